r"""Merge tags in staff text: `{{ first_name }}`, or with a default `{{ first_name | "colleague" }}`.

Nothing else stands between braces. Two braces as such are written as a tag that only quotes them: `{{ "{{" }}`.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Self

from newsletter.errors import BadBulletin, BadLetter

MOST_TAGS = 1_000

_QUOTED = r'"((?:[^"\\\n]|\\["\\])*)"'
_TAG = re.compile(rf"\{{\{{[ \t]*(?:([a-z][a-z0-9_]*)(?:[ \t]*\|[ \t]*{_QUOTED})?|{_QUOTED})[ \t]*\}}\}}")
_REST = re.compile(r"\{\{[ \t]*([^\s{}|\"'.(]*)(.*)")
_ESCAPE = re.compile(r"\\(.)")


class Several(str):
    """A value that is several: a sentence to read, "A1, B2 and C3", and `items` for a link: A1,B2,C3."""

    __slots__ = ("items",)
    items: tuple[str, ...]

    def __new__(cls, sentence: str, items: tuple[str, ...]) -> Self:
        """Both ways to say it."""
        value = super().__new__(cls, sentence)
        value.items = items
        return value


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: its name, what stands in for a missing value (None: nothing may), and how it was written."""

    name: str
    default: str | None
    source: str

    def value_from(self, values: Mapping[str, str]) -> str:
        """The value, or the default where it is missing or blank. Raises BadLetter where there is neither."""
        value = values.get(self.name, "")
        if value and not value.isspace():
            return value
        if self.default is None:
            raise BadLetter(f"There is no value for {self.source}.", hint="Complete the record or write a default.")
        return self.default


@dataclass(frozen=True, slots=True)
class Template:
    """Staff text, cut into plain pieces and tags."""

    parts: tuple[str | Tag, ...]

    @property
    def tags(self) -> tuple[Tag, ...]:
        """The tags in the order of the text, each as often as it stands there."""
        return tuple(part for part in self.parts if isinstance(part, Tag))

    @property
    def required(self) -> tuple[str, ...]:
        """The names, each once, for which a person must have a value."""
        return tuple(dict.fromkeys(tag.name for tag in self.tags if tag.default is None))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text for one person, values as they are: for a subject. Raises BadLetter where a value is missing."""
        return "".join([part if isinstance(part, str) else part.value_from(values) for part in self.parts])


def parse(text: str, *, tags: Collection[str], first_line: int = 1) -> Template:
    """Staff text as a Template. `first_line` is the line number at which the text begins in its file.

    Raises BadBulletin, with line and column, for anything between braces that is no tag or is not among `tags`.
    """
    parts: list[str | Tag] = []
    at = 0
    while (opening := text.find("{{", at)) >= 0:
        found = _TAG.match(text, opening)
        if found is None or (found[1] and found[1] not in tags):
            raise _refusal(text, opening, tags, first_line)
        parts += text[at:opening], _part(found)
        at = found.end()
    template = Template((*parts, text[at:]))
    if len(template.parts) > 2 * MOST_TAGS:
        raise BadBulletin(f"The text has more than {MOST_TAGS} tags.", line=first_line, hint="Split the bulletin.")
    return template


def position(text: str, index: int, first_line: int = 1) -> tuple[int, int]:
    """Line and column of a character, both from 1; lines end where an editor ends them: LF, CR LF or CR."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return first_line + before.count("\n"), len(before) - before.rfind("\n")


def _part(found: re.Match[str]) -> str | Tag:
    name, default, literal = found.groups()
    if name is None:
        return _ESCAPE.sub(r"\1", literal)
    return Tag(name, None if default is None else _ESCAPE.sub(r"\1", default), found[0])


def _refusal(text: str, opening: int, tags: Collection[str], first_line: int) -> BadBulletin:
    line, column = position(text, opening, first_line)
    sentence, hint = _reason(text[opening:].splitlines()[0], tags)
    return BadBulletin(sentence, line=line, column=column, hint=hint)


def _reason(source: str, tags: Collection[str]) -> tuple[str, str]:
    """What is wrong with a line that begins with two braces, and what to do about it."""
    inside, closed, _ = source[2:].partition("}}")
    found = _REST.match(source[:200])
    name = found[1] if found else ""
    if not closed:
        return "This tag is not closed on its line.", 'Close it with }}, or write {{ "{{" }} for two braces.'
    if "{" in inside:
        return "A tag cannot stand inside a tag.", "Close the first one with }} before the next."
    if name in tags:
        return f"Only a default may follow the name {name} in a tag.", f'Write {{{{ {name} | "instead" }}}}.'
    return f"There is no tag {inside.strip()[:60]!r}.", _closest(name, tags)


def _closest(name: str, tags: Collection[str]) -> str:
    known = sorted(tags)
    close = get_close_matches(name.lower(), known, n=3, cutoff=0.5) or known[:12]
    return f"Known tags like it: {', '.join(close)}." if close else "No tags can be used here."
