"""One reader's letter: the version set once in each language, then joined with that reader's values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from urllib.parse import quote

from newsletter.bulletin.edition import LINES, OPT_OUT, PREFERENCES, TRAP, VIEW, Edition, preheader_of, title_of
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import ACKNOWLEDGE, RUNNING, TAGS, Machine, Reader, values_for
from newsletter.links import DoneLink, Links, OptOutLink, RunningLink
from newsletter.message.headers import ListIdentity, list_headers, message_id, one_click
from newsletter.message.letter import Fields, Letter, Mailbox
from newsletter.message.letterhead import Letterhead
from newsletter.message.merge import parse
from newsletter.message.mime import boundary_of, mime_fields
from newsletter.message.prepared import Prepared

_ANYBODY = Reader(
    address="reader@example.com",
    first_name="A",
    last_name="Reader",
    language="",
    machines=(Machine(0, "M", "S", "K", "A"),),
    accounts=(("K", "A"),),
)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes: the vendor's name, the From and Reply-To addresses, the postal address, the domain of our ids.

    `takes_mail`: whether mail to that domain reaches us, so that one can leave by mail.
    """

    vendor: str
    address: str
    reply_address: str
    postal_address: str
    domain: str
    takes_mail: bool = False


@dataclass(frozen=True, slots=True)
class List:
    """The topic a bulletin goes to, as the reader's mail program knows it."""

    topic_id: int
    key: str
    name: str


Setter = Callable[[Section, str, str, str], Prepared]
"""Sets a section, given the vendor's name, the topic's and the postal address."""


def set_here(section: Section, vendor: str, topic: str, postal_address: str) -> Prepared:
    """The setter in this process. Raises BadBulletin, with line and column."""
    from newsletter.bulletin.setting import set_section  # noqa: PLC0415 - its tools take 8 MB, and engines set elsewhere

    return set_section(section, vendor, topic, postal_address)


@dataclass(frozen=True)
class Press:
    """One version of a bulletin, ready to be set for any number of readers. `seed` is the run's."""

    source: Source
    sender: Sender
    list: List
    links: Links
    seed: str
    setter: Setter = set_here

    def letter(self, reader: Reader, *, person_id: int, delivery_id: int, date: datetime) -> Letter:
        """The letter to one reader, to look at. Raises BadLetter where a value is missing."""
        edition = self._edition_for(reader.language)
        values = self._values(edition, reader, person_id, delivery_id)
        html, text = edition.prepared.fill(values)
        return Letter(
            sender=self._from,
            to=Mailbox(reader.name, reader.address),
            reply_to=self._reply_to,
            subject=edition.subject(values),
            text=text,
            html=html,
            language=edition.language,
            message_id=self._message_id(delivery_id),
            date=date,
            headers=self._headers(values[OPT_OUT], OptOutLink(person_id, self.list.topic_id, delivery_id)),
        )

    def octets(
        self, reader: Reader, *, person_id: int, delivery_id: int, date: datetime, smtputf8: bool = False
    ) -> bytes:
        r"""The same letter as it goes over the wire, made for speed; its header fields end at the first `\r\n\r\n`.

        A line may begin with a dot: whoever sends it by DATA doubles that. It says the same as `to_bytes` of the
        letter, with line breaks of its own, and raises BadLetter as that does.
        """
        edition = self._edition_for(reader.language)
        values = self._values(edition, reader, person_id, delivery_id)
        head = edition.letterhead.octets(
            to=Mailbox(reader.name, reader.address),
            subject=edition.subject(values),
            date=date,
            message_id=self._message_id(delivery_id),
            own=self._ways_out(values[OPT_OUT], OptOutLink(person_id, self.list.topic_id, delivery_id)),
            smtputf8=smtputf8,
        )
        return edition.body.octets(head, values)

    def specimens(self) -> Iterator[tuple[Section, Letter]]:
        """A letter to nobody in each language, to look at. Raises BadBulletin with line and column."""
        date = datetime.fromtimestamp(0, UTC)
        for section in self.source.sections:
            anybody = replace(_ANYBODY, language=section.language)
            yield section, self.letter(anybody, person_id=0, delivery_id=0, date=date)

    def proof(self) -> None:
        """Set one letter in each language as if to send it.

        Raises BadBulletin with line and column, or BadLetter, for what would stop every copy.
        """
        for section in self.source.sections:
            anybody = replace(_ANYBODY, language=section.language)
            self.octets(anybody, person_id=0, delivery_id=0, date=datetime.fromtimestamp(0, UTC))

    @cached_property
    def _edition_for(self) -> Callable[[str], Edition]:
        """The edition for a reader of a language. Raises BadBulletin, with line and column."""
        editions = {section.language: self._edition(section) for section in self.source.sections}
        return lru_cache(maxsize=256)(lambda language: editions[self.source.section_for(language).language])

    def _values(self, edition: Edition, reader: Reader, person_id: int, delivery_id: int) -> dict[str, str]:
        done = self.links.done(DoneLink(person_id, delivery_id)) if ACKNOWLEDGE in edition.tags else ""
        values = values_for(reader, edition.language, acknowledge_url=done, tags=edition.tags)
        values[LINES] = "\n".join([f"{machine.model} {machine.serial}" for machine in reader.machines])
        if edition.asks_heartbeat:
            page = self.links.running(RunningLink(person_id, delivery_id))
            values |= {name: f"{page}/{answer}" for answer, name in RUNNING.items()}
        values[OPT_OUT] = self.links.opt_out(OptOutLink(person_id, self.list.topic_id, delivery_id))
        values[PREFERENCES] = self.links.preferences(person_id)
        values[VIEW] = self.links.view(values[OPT_OUT])
        values[TRAP] = self.links.trap(values[OPT_OUT])
        return values

    def _message_id(self, delivery_id: int) -> str:
        return message_id(f"{self.seed}.{delivery_id}", self.sender.domain)

    def _headers(self, opt_out_url: str, link: OptOutLink) -> Fields:
        mailto = self._leave_by_mail(link)
        return list_headers(self._identity, unsubscribe=opt_out_url, feedback=self._feedback, mailto=mailto)

    def _ways_out(self, opt_out_url: str, link: OptOutLink) -> str:
        click = one_click(opt_out_url)
        return f"{click}, <{self._leave_by_mail(link)}>" if self.sender.takes_mail else click

    def _leave_by_mail(self, link: OptOutLink) -> str:
        if not self.sender.takes_mail:
            return ""
        return f"mailto:{self.links.mail_leave(link, self.sender.domain)}?subject=stop"

    @cached_property
    def _from(self) -> Mailbox:
        return Mailbox(self.sender.vendor, self.sender.address)

    @cached_property
    def _reply_to(self) -> Mailbox:
        return Mailbox(self.sender.vendor, self.sender.reply_address)

    @cached_property
    def _identity(self) -> ListIdentity:
        mailto = f"mailto:{self.sender.reply_address}"
        label = quote(self.list.key, safe="").replace(".", "%2E")  # one label, whatever the key is
        list_id = f"{label}.{self.sender.domain}"
        return ListIdentity(list_id, self.list.name, help_uri=mailto, owner_uri=mailto)

    @cached_property
    def _feedback(self) -> tuple[str, str, str, str]:
        return self.source.number, self.source.klass, self.seed, self.sender.domain[-64:]

    def _edition(self, section: Section) -> Edition:
        boundary = boundary_of(f"{self.seed} {section.language}")
        nobody = OptOutLink(0, self.list.topic_id, 0)
        headers = self._headers(self.links.opt_out(nobody), nobody)
        letterhead = Letterhead.of(
            self._from, self._reply_to, section.language, mime_fields(boundary, "7bit"), headers, "List-Unsubscribe"
        )
        prepared = self.setter(section, self.sender.vendor, self.list.name, self.sender.postal_address)
        return Edition.of(section, prepared, letterhead, boundary)


def needed_tags(source: Source) -> tuple[str, ...]:
    """The tags for which every reader must have a value, over all languages. Raises BadBulletin for an unknown one."""
    needed: dict[str, None] = {}
    for section in source.sections:
        needed.update(dict.fromkeys(title_of(section).required))
        needed.update(dict.fromkeys(preheader_of(section).required))
        needed.update(dict.fromkeys(parse(section.markdown, tags=TAGS, first_line=section.line).required))
    return tuple(needed)
