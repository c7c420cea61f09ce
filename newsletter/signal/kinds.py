"""Every kind of observation, how much it says, how fast it fades, and why: the one table of parameters."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What was observed."""

    INSTALLATION = "installation"
    PARTS_ORDER = "parts_order"
    SERVICE_CALL = "service_call"
    FIRMWARE_DOWNLOAD = "firmware_download"
    TELEMETRY = "telemetry"
    AGREEMENT = "agreement"
    ACKNOWLEDGEMENT = "acknowledgement"
    STAFF_NOTE = "staff_note"
    CHECK_IN_ANSWER = "check_in_answer"
    OPT_OUT_ANSWER = "opt_out_answer"
    HEARTBEAT = "heartbeat"
    PULSE = "pulse"
    REPLY = "reply"
    HUMAN_CLICK = "human_click"
    MACHINE_CLICK = "machine_click"
    OPT_OUT = "opt_out"
    BOUNCE = "bounce"
    CONTACT_LEFT = "contact_left"


@dataclass(frozen=True, slots=True)
class Weight:
    """`weight` in log-odds when fresh, `half_life_days` until half of it is left, and the reason for both.

    A word is what somebody said of the machine in so many words. Two words that contradict each other do not cancel:
    the later one counts. A kind that `means_use` says "in use" where nothing else is said.
    """

    weight: float
    half_life_days: float
    reason: str
    is_word: bool = False
    means_use: bool = False

    @property
    def is_faint(self) -> bool:
        """Whether it tells of people who read rather than of the machine: a hundred of them say no more than one."""
        return 0 < self.weight < 1


KINDS: dict[Kind, Weight] = {
    Kind.INSTALLATION: Weight(
        5.0,
        1460,
        "Nobody pays for a machine and leaves it in its crate; what it was bought for lasts for years.",
        means_use=True,
    ),
    Kind.PARTS_ORDER: Weight(
        3.5,
        540,
        "Parts are bought for a machine that runs; now and then for the shelf, or under the wrong serial number.",
        means_use=True,
    ),
    Kind.SERVICE_CALL: Weight(
        4.0,
        540,
        "Our fitter or theirs stood before the machine because it was wanted; the next call is a year or two away.",
        means_use=True,
    ),
    Kind.FIRMWARE_DOWNLOAD: Weight(
        2.5,
        540,
        "Who loads firmware has something to load it into, but one download may serve several machines.",
        means_use=True,
    ),
    Kind.TELEMETRY: Weight(
        4.5,
        180,
        "The machine itself says that it runs; it would soon say so again, so its silence makes us unsure early.",
        means_use=True,
    ),
    Kind.AGREEMENT: Weight(
        2.5,
        365,
        "Nobody pays for the care of a dead machine: good while it runs, usually a year at a time; some renew unseen.",
        means_use=True,
    ),
    Kind.ACKNOWLEDGEMENT: Weight(
        2.5,
        550,
        "Nobody does a maintenance job on a machine that is not used; they may have ticked the wrong one.",
        means_use=True,
    ),
    Kind.STAFF_NOTE: Weight(
        3.2,
        730,
        "A colleague asked or stood before it, and puts a name to it; a manual override is a note like any other.",
        is_word=True,
    ),
    Kind.CHECK_IN_ANSWER: Weight(
        3.2,
        730,
        "Somebody at the account was asked about this machine by name; about 4 such answers in 100 are wrong.",
        is_word=True,
    ),
    Kind.OPT_OUT_ANSWER: Weight(
        3.2,
        730,
        "Somebody who stands beside the machine said so; about 4 such answers in 100 are wrong.",
        is_word=True,
    ),
    Kind.HEARTBEAT: Weight(
        3.0,
        730,
        "A button pressed under a bulletin about this machine: as plain as an answer, with less thought.",
        is_word=True,
    ),
    Kind.PULSE: Weight(
        1.0,
        365,
        "Who says how content they are with us once a year has something of ours, but this machine was not named.",
        means_use=True,
    ),
    Kind.REPLY: Weight(
        3.0,
        730,
        "What somebody wrote in their own words is as good as an answer, but now and then misread.",
        is_word=True,
    ),
    Kind.HUMAN_CLICK: Weight(
        0.2,
        365,
        "Somebody reads about our machines; people go on reading when theirs is gone.",
        means_use=True,
    ),
    Kind.MACHINE_CLICK: Weight(0.0, 365, "A scanner opened the link; it opens every link of every mail."),
    Kind.OPT_OUT: Weight(0.0, 910, "Leaving a list is about a person's post, not about a machine."),
    Kind.BOUNCE: Weight(0.0, 365, "An address that no longer works tells of a mailbox, at most of a person."),
    Kind.CONTACT_LEFT: Weight(0.0, 910, "Somebody left the firm; the machine did not leave with them."),
}

LASTING = frozenset({"sold", "scrapped", "replaced"})
"""Details that do not fade: a scrapped machine does not come back by waiting."""
