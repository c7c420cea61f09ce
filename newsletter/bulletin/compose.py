"""One reader's letter: the version set once in each language, then joined with that reader's values."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from urllib.parse import quote

from newsletter.bulletin.frame import frame_texts
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import TAGS, Machine, Reader, values_for
from newsletter.errors import BadBulletin
from newsletter.links import DoneLink, Links, OptOutLink
from newsletter.message.frame import Frame
from newsletter.message.headers import ListIdentity, list_headers, message_id
from newsletter.message.letter import Letter, Mailbox
from newsletter.message.merge import Template, parse
from newsletter.message.mime import to_bytes
from newsletter.message.render import Prepared, prepare

_LINES = "machines"
_OPT_OUT = "opt_out_url"
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
    """Who writes: the vendor's name, the From and Reply-To addresses, the postal address, the domain of our ids."""

    vendor: str
    address: str
    reply_address: str
    postal_address: str
    domain: str


@dataclass(frozen=True, slots=True)
class List:
    """The topic a bulletin goes to, as the reader's mail program knows it."""

    topic_id: int
    key: str
    name: str


@dataclass(frozen=True)
class Press:
    """One version of a bulletin, ready to be set for any number of readers. `seed` is the run's."""

    source: Source
    sender: Sender
    list: List
    links: Links
    seed: str

    def letter(self, reader: Reader, *, person_id: int, delivery_id: int, date: datetime) -> Letter:
        """The letter to one reader. Raises BadLetter where a value is missing."""
        section = self.source.section_for(reader.language)
        link = OptOutLink(person_id, self.list.topic_id, delivery_id)
        opt_out_url = self.links.opt_out(link)
        values = values_for(reader, section.language, acknowledge_url=self.links.done(DoneLink(person_id, delivery_id)))
        machines = "\n".join(f"{machine.model} {machine.serial}" for machine in reader.machines)
        html, text = self.prepared[section.language].fill({**values, _LINES: machines, _OPT_OUT: opt_out_url})
        return Letter(
            sender=Mailbox(self.sender.vendor, self.sender.address),
            to=Mailbox(reader.name, reader.address),
            reply_to=Mailbox(self.sender.vendor, self.sender.reply_address),
            subject=" ".join(self._titles[section.language].fill(values).split()),
            text=text,
            html=html,
            language=section.language,
            message_id=message_id(f"{self.seed}.{delivery_id}", self.sender.domain),
            date=date,
            headers=list_headers(self._identity, unsubscribe=opt_out_url, feedback=self._feedback),
        )

    @cached_property
    def prepared(self) -> dict[str, Prepared]:
        """The text in each language, by language. Raises BadBulletin, with line and column."""
        return {section.language: self._prepared(section) for section in self.source.sections}

    def proof(self) -> None:
        """Set one letter in each language as if to send it.

        Raises BadBulletin with line and column, or BadLetter, for what would stop every copy.
        """
        for section in self.source.sections:
            anybody = replace(_ANYBODY, language=section.language)
            to_bytes(self.letter(anybody, person_id=0, delivery_id=0, date=datetime.fromtimestamp(0, UTC)))

    @cached_property
    def _titles(self) -> dict[str, Template]:
        return {section.language: _title(section) for section in self.source.sections}

    @cached_property
    def _identity(self) -> ListIdentity:
        mailto = f"mailto:{self.sender.reply_address}"
        label = quote(self.list.key, safe="").replace(".", "%2E")  # one label, whatever the key is
        list_id = f"{label}.{self.sender.domain}"
        return ListIdentity(list_id, self.list.name, help_uri=mailto, owner_uri=mailto)

    @cached_property
    def _feedback(self) -> tuple[str, str, str, str]:
        return self.source.number, self.source.klass, self.seed, self.sender.domain[-64:]

    def _prepared(self, section: Section) -> Prepared:
        _title(section)  # the frame holds it too, but does not know where it stands
        texts = frame_texts(section.language, vendor=self.sender.vendor, topic=self.list.name)
        frame = Frame(
            vendor=_literally(self.sender.vendor),
            title=section.title,
            preheader=section.title,
            why=_literally(f"{texts.because} {texts.contact}"),
            postal_address=_literally(self.sender.postal_address),
            language=section.language,
            links=((texts.opt_out, _OPT_OUT),),
            lines=(texts.machines, _LINES),
            direction=texts.direction,
        )
        return prepare(markdown=section.markdown, tags=TAGS, frame=frame, first_line=section.line)


def needed_tags(source: Source) -> tuple[str, ...]:
    """The tags for which every reader must have a value, over all languages. Raises BadBulletin for an unknown one."""
    needed: dict[str, None] = {}
    for section in source.sections:
        needed.update(dict.fromkeys(_title(section).required))
        needed.update(dict.fromkeys(parse(section.markdown, tags=TAGS, first_line=section.line).required))
    return tuple(needed)


def _title(section: Section) -> Template:
    try:
        return parse(section.title, tags=TAGS)
    except BadBulletin as error:
        column = section.title_column + error.column - 1
        raise BadBulletin(error.message, line=section.title_line, column=column, hint=error.hint) from error


def _literally(text: str) -> str:
    """Text of ours or of a setting for a frame, in which two braces would begin a tag."""
    return text.replace("{{", '{{ "{{" }}')
