"""A verdict as a sentence that staff read. It says who told us what and when, and never more than that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.signal.kinds import Kind
from newsletter.signal.rules import USED, State, Weighed

NOTHING_TOLD = "We do not know: nobody has told us anything yet."

_STATES = {
    State.IN_USE: "In use",
    State.BACKUP: "In use as back-up",
    State.NOT_IN_USE: "No longer in use",
    State.UNKNOWN: "Unknown",
}
_DETAILS = {
    "used_own_service": "looked after by their own people",
    "used_other_service": "serviced by another company",
    "sold": "sold",
    "replaced": "replaced by another machine",
    "scrapped": "scrapped",
    "stored": "in storage",
}
_REASONS = {
    "too_many": "too many mails",
    "too_busy": "too little time at the moment",
    "not_my_machine": "mails about machines that are not theirs",
    "not_useful": "mails that are not useful",
    "never_asked": "mails never asked for",
    "other": "another reason",
}
_SILENT = {
    Kind.OPT_OUT: "{who} left {bulletin} on {day} and said nothing about the machine",
    Kind.OPT_OUT_ANSWER: "{who} answered on {day}, when leaving {bulletin}, but did not say of which machine",
    Kind.CONTACT_LEFT: "{who} said on {day} that they are not the right person, which says nothing about the machine",
    Kind.ACKNOWLEDGEMENT: "{who} did on {day} what {bulletin} advises, but did not say on which machine",
    Kind.HEARTBEAT: "{who} answered on {day} under {bulletin}, but did not say of which machine",
    Kind.CHECK_IN_ANSWER: "{who} answered our check-in on {day}, but did not say of which machine",
    Kind.INSTALLATION: "{who} had a machine put up on {day}, of which no more is known",
    Kind.PARTS_ORDER: "{who} ordered parts on {day}, but did not say for which machine",
    Kind.SERVICE_CALL: "{who} called for service on {day}, but did not say for which machine",
    Kind.FIRMWARE_DOWNLOAD: "{who} downloaded firmware on {day}, but did not say for which machine",
    Kind.TELEMETRY: "{who} has a machine that reported on {day}, but not whether it runs",
    Kind.AGREEMENT: "{who} made an agreement on {day}, but did not say for which machine",
    Kind.STAFF_NOTE: "{who} noted on {day} that nothing is known of the machine",
    Kind.PULSE: "{who} told us on {day} how content they are, which names no machine",
    Kind.REPLY: "{who} wrote back on {day} and said nothing about the machine",
    Kind.HUMAN_CLICK: "{who} read {bulletin} on {day}, which says little about the machine",
    Kind.MACHINE_CLICK: "{who} has a mail filter that opened {bulletin} on {day}, which says nothing about the machine",
    Kind.BOUNCE: "{who} could not be reached on {day}, which says nothing about the machine",
}
_CIRCUMSTANCES = {
    Kind.OPT_OUT: "when leaving {bulletin}",
    Kind.OPT_OUT_ANSWER: "when leaving {bulletin}",
    Kind.CONTACT_LEFT: "when leaving {bulletin}",
    Kind.ACKNOWLEDGEMENT: "after doing what {bulletin} advises",
    Kind.HEARTBEAT: "under {bulletin}",
    Kind.CHECK_IN_ANSWER: "when we asked whether it is still running",
    Kind.INSTALLATION: "when it was put up",
    Kind.PARTS_ORDER: "by ordering parts",
    Kind.SERVICE_CALL: "by calling for service",
    Kind.FIRMWARE_DOWNLOAD: "by loading firmware",
    Kind.TELEMETRY: "by the machine's own report",
    Kind.AGREEMENT: "by an agreement on it",
    Kind.STAFF_NOTE: "in a note",
    Kind.PULSE: "when asked how content they are",
    Kind.REPLY: "in reply to {bulletin}",
    Kind.HUMAN_CLICK: "by reading {bulletin}",
    Kind.MACHINE_CLICK: "by a mail filter",
    Kind.BOUNCE: "by a letter that came back",
}
_SEEN = {
    Kind.INSTALLATION: "it was put up on {day}",
    Kind.PARTS_ORDER: "parts were ordered on {day}",
    Kind.SERVICE_CALL: "service was called on {day}",
    Kind.FIRMWARE_DOWNLOAD: "firmware was loaded on {day}",
    Kind.TELEMETRY: "the machine reported on {day}",
    Kind.AGREEMENT: "it was under an agreement on {day}",
    Kind.HUMAN_CLICK: "{who} read {bulletin} on {day}",
}
_LEFT_THE_FIRM = "the mailbox of {who} answered on {day} that they left the firm, which says nothing about the machine"
_FOR_A_REASON = "{who} left {bulletin} on {day} because of {reason} and said nothing about the machine"


@dataclass(frozen=True, slots=True)
class Voice:
    """One piece of evidence with its names: `on` is a day where the reader is.

    `who`, `bulletin` and `serial` are empty where nobody, nothing and no machine is named.
    """

    id: int
    kind: Kind
    says: State | None
    detail: str
    who: str
    on: date
    bulletin: str
    serial: str = ""


def sentence(verdict: Weighed, voices: Sequence[Voice], machines: Sequence[Weighed] = ()) -> str:
    """The verdict in words. `voices` are all that was observed, oldest first, the verdict's own among them.

    The verdict on an account comes with those on its `machines`.
    """
    by_id = {voice.id: voice for voice in voices}
    because = [by_id[id_] for id_ in verdict.because]
    if verdict.state == State.UNKNOWN:
        gone = [by_id[machine.because[0]] for machine in machines if machine.state == State.NOT_IN_USE]
        return _partly(gone, len(machines)) if gone else _unknown(because, voices)
    return f"{claim(verdict.state, because[0].detail)}: {source(because[0])}."


def claim(state: State, detail: str = "") -> str:
    """What is claimed of a machine: "No longer in use, scrapped"."""
    more = _DETAILS.get(detail)
    return f"{_STATES[state]}, {more}" if more else _STATES[state]


def source(voice: Voice) -> str:
    """Who told us or what was seen, and when: "said by Nora Frost on 21 November 2026, when leaving TB-2026-014"."""
    if voice.kind in _SEEN:
        return _SEEN[voice.kind].format(who=_who(voice), bulletin=_bulletin(voice), day=in_full(voice.on))
    return f"said by {_who(voice)} on {in_full(voice.on)}, {circumstance(voice)}"


def circumstance(voice: Voice) -> str:
    """On which occasion they told us: "when leaving TB-2026-014"."""
    if voice.detail == "left_firm":
        return "by an automatic answer"
    return _CIRCUMSTANCES[voice.kind].format(bulletin=_bulletin(voice))


def observation(voice: Voice) -> str:
    """One piece of evidence as a sentence."""
    if voice.says and _tells(voice):
        return f"{claim(voice.says, voice.detail)}: {source(voice)}."
    return _capital(_silence(voice)) + "."


def _tells(voice: Voice) -> bool:
    return voice.says not in (None, State.UNKNOWN)


def in_full(day: date) -> str:
    """A day as in "21 November 2026"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _partly(gone: Sequence[Voice], machines: int) -> str:
    known = "1 is" if len(gone) == 1 else f"{len(gone)} are"
    last = max(gone, key=lambda voice: (voice.on, voice.id))
    return f"We do not know of all {machines} machines: {known} no longer in use, {source(last)}."


def _unknown(because: Sequence[Voice], voices: Sequence[Voice]) -> str:
    if because:
        return _not_enough(sorted(because, key=lambda voice: (voice.on, voice.id)))
    silent = [voice for voice in voices if not _tells(voice)]
    return f"We do not know: {_silence(silent[-1])}." if silent else NOTHING_TOLD


def _not_enough(told: Sequence[Voice]) -> str:
    last = told[-1]
    other = [v for v in told if v.serial == last.serial and (v.says in USED) != (last.says in USED)]
    if other:
        return f"We do not know, because we were told both: {_quoted(last)}; {_quoted(other[-1])}."
    return f"We do not know any more: {_quoted(last)}, but that is too long ago or too little to count on."


def _quoted(voice: Voice) -> str:
    return f"“{claim(voice.says or State.UNKNOWN, voice.detail).lower()}”, {source(voice)}"


def _silence(voice: Voice) -> str:
    reason = _REASONS.get(voice.detail)
    pattern = _FOR_A_REASON if reason else _SILENT[voice.kind]
    if voice.detail == "left_firm":
        pattern = _LEFT_THE_FIRM
    return pattern.format(who=_who(voice), bulletin=_bulletin(voice), day=in_full(voice.on), reason=reason)


def _who(voice: Voice) -> str:
    return voice.who or "somebody"


def _bulletin(voice: Voice) -> str:
    return voice.bulletin or "our bulletins"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
