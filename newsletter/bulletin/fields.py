"""A bulletin in one language as the fields of a form, and the text they write. Pure."""

import re
from dataclasses import dataclass

from newsletter.errors import BadBulletin

_LINES = {
    "number": "number",
    "title": "title",
    "preheader": "preheader",
    "klass": "class",
    "topic": "topic",
    "segment": "segment",
    "models": "models",
    "serials": "serials",
    "language": "language",
}
_MAY_BE_LEFT_OUT = ("preheader", "topic", "segment", "models", "serials")
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Fields:
    """What somebody typed, right or wrong. `models` and `serials` are lists with commas."""

    number: str = ""
    title: str = ""
    preheader: str = ""
    klass: str = ""
    topic: str = ""
    segment: str = ""
    models: str = ""
    serials: str = ""
    language: str = ""
    markdown: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the fields something is wrong: `line` and `column` count from 1 in that field; no field is the whole."""

    field: str
    line: int
    column: int


def as_text(fields: Fields) -> str:
    """The bulletin as a file: front matter and Markdown."""
    values = {name: _one_line(getattr(fields, name)) for name in _LINES}
    written = {name: value for name, value in values.items() if value or name not in _MAY_BE_LEFT_OUT}
    front = [f"{_LINES[name]}: {value}" for name, value in written.items()]
    return "\n".join([_FENCE, *front, _FENCE, fields.markdown])


def as_fields(text: str) -> Fields | None:
    """The fields that write exactly this text, or None.

    So a form never loses a comment, a second language or an order of lines.
    """
    front, fence, markdown = text.removeprefix(f"{_FENCE}\n").partition(f"\n{_FENCE}\n")
    named = {key: name for name, key in _LINES.items()}
    values = dict(line.partition(": ")[::2] for line in front.split("\n"))
    if not fence or not values.keys() <= named.keys() or "," in values.get("language", ""):
        return None
    fields = Fields(**{named[key]: value for key, value in values.items()}, markdown=markdown)
    return fields if as_text(fields) == text else None


def place(text: str, error: BadBulletin) -> Place:
    """The field that an error in a text made of fields is about."""
    lines = text.split("\n")
    head = lines.index(_FENCE, 1) + 1
    if error.line > head:
        return Place("markdown", error.line - head, error.column)
    key, colon, _ = lines[error.line - 1].partition(": ")
    name = next((name for name, named in _LINES.items() if colon and named == key), "")
    return Place(name, 1, max(1, error.column - len(key + colon)))


def _one_line(value: str) -> str:
    return re.sub(r"[\r\n]+", " ", value).strip()
