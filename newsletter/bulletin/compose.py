"""One reader's letter: the version set once in each language, then joined with that reader's values."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import quote

from newsletter.bulletin.edition import LINES, OPT_OUT, PREFERENCES, TRAP, VIEW, Edition, preheader_of, title_of
from newsletter.bulletin.editions import Editions
from newsletter.bulletin.parts import NOTHING
from newsletter.bulletin.readings import readings
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import ACKNOWLEDGE, RUNNING, TAGS, Machine, Reader, values_for
from newsletter.links import DoneLink, Links, OptOutLink, RunningLink
from newsletter.message.attachment import NOTHING_ATTACHED, Attached
from newsletter.message.boundary import boundary_of, mime_fields
from newsletter.message.headers import ListIdentity, list_headers, message_id, one_click
from newsletter.message.letter import Fields, Letter, Mailbox
from newsletter.message.letterhead import Letterhead
from newsletter.message.look import HOUSE_LOOK, Look
from newsletter.message.merge import Template, parse
from newsletter.message.prepared import Prepared

_ANYBODY = Reader(
    address="reader@example.com",
    first_name="A",
    last_name="Reader",
    language="",
    machines=(Machine(0, "M", "S", "K", "A"),),
    accounts=(("K", "A"),),
)
_NEVER = datetime.fromtimestamp(0, UTC)


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


Setter = Callable[[Section, str, str, str, Look], Prepared]
"""Sets a section, given the vendor's name, the topic's, the postal address and the look."""


def set_here(section: Section, vendor: str, topic: str, postal_address: str, look: Look = HOUSE_LOOK) -> Prepared:
    """The setter in this process. Raises BadBulletin, with line and column."""
    from newsletter.bulletin.setting import set_section  # noqa: PLC0415 - its tools take 8 MB, and engines set elsewhere

    return set_section(section, vendor, topic, postal_address, look)


@dataclass(frozen=True)
class Press:
    """One version of a bulletin, ready to be set for any number of readers. `seed` is the run's."""

    source: Source
    sender: Sender
    list: List
    links: Links
    seed: str
    setter: Setter = set_here
    look: Look = HOUSE_LOOK
    files: Attached = NOTHING_ATTACHED

    def set_alike(self) -> None:
        """Set what many readers get alike, which takes a while, before the first letter. Raises BadBulletin."""
        self._editions.set_alike()

    def letter(self, reader: Reader, *, person_id: int, delivery_id: int, date: datetime) -> Letter:
        """The letter to one reader, to look at. Raises BadLetter where a value is missing."""
        return self._letter(self._editions.for_reader(reader), reader, person_id, delivery_id, date=date)

    def _letter(self, edition: Edition, reader: Reader, person_id: int, delivery_id: int, *, date: datetime) -> Letter:
        link = OptOutLink(person_id, self.list.topic_id, delivery_id)
        values = self._values(edition, reader, link)
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
            headers=self._headers(values[OPT_OUT], link),
            files=self.files,
        )

    def octets(
        self, reader: Reader, *, person_id: int, delivery_id: int, date: datetime, smtputf8: bool = False
    ) -> bytes:
        r"""The same letter as it goes over the wire, made for speed; its header fields end at the first `\r\n\r\n`.

        No line of its body has more than 998 octets or an end that is not CRLF, and none holds a NUL. No line begins
        with a dot, which SMTP would have to double. It says the same as `to_bytes` of the letter, with line
        breaks of its own, and raises BadLetter as that does.
        """
        edition = self._editions.for_reader(reader)
        return self._octets(edition, reader, person_id, delivery_id, date=date, smtputf8=smtputf8)

    def _octets(
        self,
        edition: Edition,
        reader: Reader,
        person_id: int,
        delivery_id: int,
        *,
        date: datetime,
        smtputf8: bool = False,
    ) -> bytes:
        link = OptOutLink(person_id, self.list.topic_id, delivery_id)
        values = self._values(edition, reader, link)
        head = edition.letterhead.octets(
            to=Mailbox(reader.name, reader.address),
            subject=edition.subject(values),
            date=date,
            message_id=self._message_id(delivery_id),
            own=self._ways_out(values[OPT_OUT], link),
            smtputf8=smtputf8,
        )
        return edition.body.octets(head, values)

    @property
    def each(self) -> tuple["Press", ...]:
        """A press for each variant of the bulletin, a first."""
        return tuple(self if one is self.source else replace(self, source=one) for one in self.source.each)

    def specimens(self) -> Iterator[tuple[Section, Letter]]:
        """A letter to nobody in each language, to look at: it shows what is for some readers, too.

        Raises BadBulletin with line and column.
        """
        for section in self.source.sections:
            whole = self._editions.of(section.language, section.parts.all)
            yield section, self._letter(whole, _ANYBODY, 0, 0, date=_NEVER)

    def proof(self) -> None:
        """Set a letter in each language as if to send it, and of a text with conditions one of each kind.

        It does so in all variants. Raises BadBulletin with line and column, or BadLetter, for what would stop copies.
        """
        for press in self.each:
            press._proof()  # noqa: SLF001 - our own

    def _proof(self) -> None:
        for section in self.source.sections:
            for shown in readings(self.source, section):
                self._octets(self._editions.of(section.language, shown), _ANYBODY, 0, 0, date=_NEVER)

    @cached_property
    def _editions(self) -> Editions:
        return Editions(self.source, self._edition)

    def _values(self, edition: Edition, reader: Reader, link: OptOutLink) -> dict[str, str]:
        person_id, delivery_id = link.person_id, link.delivery_id
        done = self.links.done(DoneLink(person_id, delivery_id)) if ACKNOWLEDGE in edition.tags else ""
        values = values_for(reader, edition.language, acknowledge_url=done, tags=edition.tags)
        values[LINES] = "\n".join([f"{machine.model} {machine.serial}" for machine in reader.machines])
        if edition.asks_heartbeat:
            page = self.links.running(RunningLink(person_id, delivery_id))
            values |= {name: f"{page}/{answer}" for answer, name in RUNNING.items()}
        values[OPT_OUT] = self.links.opt_out(link)
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
        mime = self.files.fields("7bit") if self.files.boundary else mime_fields(boundary, "7bit")
        letterhead = Letterhead.of(self._from, self._reply_to, section.language, mime, headers, "List-Unsubscribe")
        section = replace(section, pictures=self.links.pictures)
        prepared = self.setter(section, self.sender.vendor, self.list.name, self.sender.postal_address, self.look)
        return Edition.of(section, prepared, letterhead, boundary, self.files)


def needed_tags(source: Source) -> tuple[str, ...]:
    """The tags for which every reader must have a value, over all languages. Raises BadBulletin for an unknown one.

    A tag in a part for some readers is none of them: a copy that shows it and lacks the value is held with its reason.
    """
    needed: dict[str, None] = {}
    for section in _sections(source):
        needed.update(dict.fromkeys(title_of(section).required))
        needed.update(dict.fromkeys(preheader_of(section).required))
        needed.update(dict.fromkeys(_text_of(section.reduced(NOTHING)).required))
    return tuple(needed)


def partly_needed_tags(source: Source) -> tuple[str, ...]:
    """The tags for which only the readers of some parts must have a value. Raises BadBulletin like `needed_tags`."""
    everywhere = needed_tags(source)
    texts = [_text_of(section.reduced(section.parts.all)) for section in _sections(source)]
    return tuple(dict.fromkeys(tag for text in texts for tag in text.required if tag not in everywhere))


def _sections(source: Source) -> Iterator[Section]:
    """Those of all variants: who gets which is drawn by lot, so everybody needs the values for both."""
    for variant in source.each:
        yield from variant.sections


def _text_of(section: Section) -> Template:
    return parse(section.markdown, tags=TAGS, first_line=section.line)
