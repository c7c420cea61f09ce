"""A version in one language, set once: its texts, and the octets that every letter of it is joined from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from newsletter.bulletin.source import Section
from newsletter.bulletin.values import TAGS
from newsletter.errors import BadBulletin
from newsletter.message.attachment import NOTHING_ATTACHED, Attached
from newsletter.message.body import Body
from newsletter.message.letterhead import Letterhead
from newsletter.message.merge import Template, parse
from newsletter.message.prepared import Prepared

LINES = "machines"
OPT_OUT = "opt_out_url"
PREFERENCES = "preferences_url"
TRAP = "trap_url"
VIEW = "view_url"


@dataclass(frozen=True, slots=True)
class Edition:
    """`prepared` is for a letter to look at, `letterhead` and `body` for the wire; `tags` are those it speaks of."""

    language: str
    prepared: Prepared
    letterhead: Letterhead
    body: Body
    tags: tuple[str, ...]
    asks_heartbeat: bool
    _title: Template
    _same_subject: str

    @classmethod
    def of(
        cls,
        section: Section,
        prepared: Prepared,
        letterhead: Letterhead,
        boundary: str,
        files: Attached = NOTHING_ATTACHED,
    ) -> Self:
        """The edition of a section that is set. Raises BadBulletin, with line and column."""
        title = title_of(section)
        spoken_of = {*prepared.names, *(tag.name for tag in title.tags)}
        tags = tuple(tag for tag in TAGS if tag in spoken_of)
        subject = "" if title.tags else _on_one_line(title.fill({}))
        body = Body.of(prepared, boundary, files)
        return cls(section.language, prepared, letterhead, body, tags, section.asks_heartbeat, title, subject)

    def subject(self, values: Mapping[str, str]) -> str:
        """The title for one person, on one line."""
        return self._same_subject or _on_one_line(self._title.fill(values))


def _on_one_line(title: str) -> str:
    return " ".join(title.split())


def title_of(section: Section) -> Template:
    """The title of a section. Raises BadBulletin, with line and column."""
    return _parsed_at(section.title, (section.title_line, section.title_column))


def preheader_of(section: Section) -> Template:
    """What lists of mails show behind the subject. Raises BadBulletin, with line and column."""
    return _parsed_at(section.preheader, section.preheader_at)


def _parsed_at(line: str, at: tuple[int, int]) -> Template:
    try:
        return parse(line, tags=TAGS)
    except BadBulletin as error:
        raise BadBulletin(error.message, line=at[0], column=at[1] + error.column - 1, hint=error.hint) from error
