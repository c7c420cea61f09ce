"""Every address we hand out, built from the configured base URL only: a Host header never shapes a link."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import NamedTuple
from urllib.parse import quote

from newsletter.errors import BadToken
from newsletter.tokens import Purpose, Signer


class OptOutLink(NamedTuple):
    """What an opt-out link says. `delivery_id` is 0 where no copy led there.

    `further` are the other topics of a letter that was about several.
    """

    person_id: int
    topic_id: int
    delivery_id: int
    further: tuple[int, ...] = ()

    @property
    def topic_ids(self) -> tuple[int, ...]:
        """All topics that the link takes its person off."""
        return self.topic_id, *self.further


@dataclass(frozen=True, slots=True)
class DoneLink:
    """What the link of a safety bulletin says: this person tells that this copy's advice was followed."""

    person_id: int
    delivery_id: int


@dataclass(frozen=True, slots=True)
class CheckInLink:
    """What the links of a check-in letter say: this person answers this letter."""

    person_id: int
    check_in_id: int


@dataclass(frozen=True, slots=True)
class RunningLink:
    """What the links of a heartbeat line say: this person tells whether the machines of this copy still run."""

    person_id: int
    delivery_id: int


@dataclass(frozen=True, slots=True)
class ViewLink:
    """What "view in browser" says: this person's copy. A digest has no copy of a bulletin, and names its version."""

    person_id: int
    delivery_id: int = 0
    version_id: int = 0


class Side(IntEnum):
    """Which of the two mailboxes a letter about a change of address went to."""

    NEW = 0
    OLD = 1


@dataclass(frozen=True, slots=True)
class Links:
    """`base_url` without a trailing slash, e.g. `https://news.vendor.example`."""

    base_url: str
    signer: Signer

    def opt_out(self, link: OptOutLink) -> str:
        """The page and the RFC 8058 one-click address: one URL, GET shows, POST acts."""
        return f"{self.base_url}/leave/{self.opt_out_token(link)}"

    def done(self, link: DoneLink) -> str:
        """The page where the reader of a copy says that its advice was followed."""
        return f"{self.base_url}/done/{self.signer.sign(Purpose.ACKNOWLEDGE, link.person_id, link.delivery_id)}"

    def read_done(self, token: str) -> DoneLink:
        """What such a token says. Raises BadToken."""
        return DoneLink(*self.signer.numbers(Purpose.ACKNOWLEDGE, token, 2))

    def running(self, link: RunningLink) -> str:
        """The page where the reader of a copy tells whether its machines run; an answer may follow after a slash."""
        return f"{self.base_url}/running/{self.signer.sign(Purpose.HEARTBEAT, link.person_id, link.delivery_id)}"

    def read_running(self, token: str) -> RunningLink:
        """What such a token says. Raises BadToken."""
        return RunningLink(*self.signer.numbers(Purpose.HEARTBEAT, token, 2))

    def view(self, opt_out_url: str) -> str:
        """The page that shows one letter as its reader got it. The token is that of the opt-out link, as in `trap`."""
        return f"{self.base_url}/view/{opt_out_url.rpartition('/')[2]}"

    def view_gathered(self, person_id: int, version_id: int) -> str:
        """The same for a bulletin that a digest told of."""
        return f"{self.base_url}/view/{self.signer.sign(Purpose.VIEW_GATHERED, person_id, version_id)}"

    def read_view(self, token: str) -> ViewLink:
        """What such a token says. Raises BadToken."""
        try:
            copy = self.read_opt_out(token)
            return ViewLink(copy.person_id, copy.delivery_id)
        except BadToken:
            person_id, version_id = self.signer.numbers(Purpose.VIEW_GATHERED, token, 2)
            return ViewLink(person_id, version_id=version_id)

    def work(self, follow_up_id: int | None = None) -> str:
        """A colleague's inbox, or one follow-up in it. Whoever opens it signs in."""
        return f"{self.base_url}/staff/work" + (f"/{follow_up_id}" if follow_up_id else "")

    def archive(self, *path: str) -> str:
        """A page of the public archive, or a feed of it: a topic's key, then a bulletin's number or a file's name."""
        return "/".join([f"{self.base_url}/archive", *(quote(part, safe="") for part in path)])

    @property
    def pictures(self) -> str:
        """What stands before the name of a picture in its address: the same for every reader."""
        return f"{self.base_url}/picture/"

    def check_in(self, link: CheckInLink) -> str:
        """The page behind a check-in letter; a machine and an answer may follow after a slash each."""
        return f"{self.base_url}/check-in/{self.signer.sign(Purpose.CHECK_IN, link.person_id, link.check_in_id)}"

    def read_check_in(self, token: str) -> CheckInLink:
        """What such a token says. Raises BadToken."""
        return CheckInLink(*self.signer.numbers(Purpose.CHECK_IN, token, 2))

    def trap(self, opt_out_url: str) -> str:
        """The link that no reader of a copy sees, only a program that opens every link.

        The token is that of the opt-out link: to sign another one takes a tenth of the time of a letter.
        """
        return f"{self.base_url}/about/{opt_out_url.rpartition('/')[2]}"

    def confirm(self, request_id: int) -> str:
        """The page whose button confirms what was asked for on the subscribe page."""
        return f"{self.base_url}/confirm/{self.signer.sign(Purpose.CONFIRM, request_id)}"

    def read_confirm(self, token: str) -> int:
        """The request of such a token. Raises BadToken."""
        return self.signer.numbers(Purpose.CONFIRM, token, 1)[0]

    def stop(self, person_id: int) -> str:
        """The page whose button stops everything, for somebody who asked by address."""
        return f"{self.base_url}/stop/{self.signer.sign(Purpose.STOP_BY_ADDRESS, person_id)}"

    def read_stop(self, token: str) -> int:
        """The person of such a token. Raises BadToken."""
        return self.signer.numbers(Purpose.STOP_BY_ADDRESS, token, 1)[0]

    def address(self, change_id: int, side: Side) -> str:
        """The page whose button changes an address (new mailbox), or takes the change back (old one)."""
        return f"{self.base_url}/address/{self.signer.sign(Purpose.ADDRESS, change_id, side)}"

    def read_address(self, token: str) -> tuple[int, Side]:
        """The change of such a token, and who got it. Raises BadToken."""
        change_id, side = self.signer.numbers(Purpose.ADDRESS, token, 2)
        return change_id, Side(side)

    def mine(self, person_id: int, made_at: datetime) -> str:
        """The page with everything we hold. Good for a day (`audience.mailed_link`)."""
        minutes = int(made_at.timestamp()) // 60
        return f"{self.base_url}/mine/{self.signer.sign(Purpose.MINE, person_id, minutes)}"

    def read_mine(self, token: str) -> tuple[int, datetime]:
        """The person of such a token, and when it was made. Raises BadToken."""
        person_id, minutes = self.signer.numbers(Purpose.MINE, token, 2)
        return person_id, datetime.fromtimestamp(minutes * 60, UTC)

    def preferences(self, person_id: int) -> str:
        """The page where somebody chooses what they get, and the way to all that concerns their record."""
        return f"{self.base_url}/preferences/{self.preferences_token(person_id)}"

    def preferences_token(self, person_id: int) -> str:
        """The token alone."""
        return self.signer.sign(Purpose.PREFERENCES, person_id)

    def read_preferences(self, token: str) -> int:
        """The person of such a token. Raises BadToken."""
        return self.signer.numbers(Purpose.PREFERENCES, token, 1)[0]

    def opt_out_token(self, link: OptOutLink) -> str:
        """The token alone."""
        return self.signer.sign(Purpose.OPT_OUT, link.person_id, link.topic_id, link.delivery_id, *link.further)

    def read_opt_out(self, token: str) -> OptOutLink:
        """What a token says. Raises BadToken."""
        person_id, topic_id, delivery_id, *further = self.signer.numbers(Purpose.OPT_OUT, token, 3, or_more=True)
        return OptOutLink(person_id, topic_id, delivery_id, tuple(further))

    def return_path(self, delivery_id: int, domain: str) -> str:
        """The envelope sender of one copy (VERP): a bounce to it names the copy and cannot be forged."""
        return f"bounce+{self.signer.sign_caseless(Purpose.RETURN_PATH, delivery_id)}@{domain}"

    def read_return_path(self, local_part: str) -> int:
        """The delivery a return path was made for. Raises BadToken."""
        mailbox, _, token = local_part.partition("+")
        if mailbox.lower() != "bounce":
            raise BadToken("This return path is not ours.")
        return self.signer.numbers_caseless(Purpose.RETURN_PATH, token, 1)[0]

    def mail_leave(self, link: OptOutLink, domain: str) -> str:
        """Where a mail is sent to opt out: any mail to it does, whatever it says."""
        token = self.signer.sign_caseless(Purpose.MAIL_LEAVE, link.person_id, link.topic_id, link.delivery_id)
        return f"leave+{token}@{domain}"

    def read_mail_leave(self, local_part: str) -> OptOutLink:
        """What such an address was made for. Raises BadToken."""
        mailbox, _, token = local_part.partition("+")
        if mailbox.lower() != "leave":
            raise BadToken("This is not an address to opt out by.")
        person_id, topic_id, delivery_id = self.signer.numbers_caseless(Purpose.MAIL_LEAVE, token, 3)
        return OptOutLink(person_id, topic_id, delivery_id)

    def read_letter_path(self, local_part: str) -> int:
        """The letter such a return path was made for. Raises BadToken."""
        mailbox, _, token = local_part.partition("+")
        if mailbox.lower() != "letter":
            raise BadToken("This return path is not ours.")
        return self.signer.numbers_caseless(Purpose.LETTER_PATH, token, 1)[0]

    def letter_path(self, letter_id: int, domain: str) -> str:
        """The envelope sender of a letter that is no bulletin."""
        return f"letter+{self.signer.sign_caseless(Purpose.LETTER_PATH, letter_id)}@{domain}"
