"""A bulletin as the fields of a form, its languages side by side, and the text they write. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from newsletter.bulletin.source import SECTION
from newsletter.errors import BadBulletin

_LINES = {
    "number": "number",
    "klass": "class",
    "topic": "topic",
    "segment": "segment",
    "models": "models",
    "serials": "serials",
    "theme": "theme",
    "layout": "layout",
    "attach": "attach",
    "archive": "archive",
    "heartbeat": "heartbeat",
    "remind": "remind",
}
LINES = tuple(_LINES)
"""The fields that are one line of the front matter, whatever the language."""
_ORDER = ("number", "title", "preheader", "class", "topic", "segment", "models", "serials", "language")
_NEEDED = ("number", "title", "class", "language")
_OF_A_LANGUAGE = re.compile(r"(?P<b>b\.)?(?:title|preheader)(?:\.(?P<language>.*))?")
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody typed in one language."""

    language: str = ""
    title: str = ""
    preheader: str = ""
    markdown: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """What somebody typed, right or wrong. `models` and `serials` are lists with commas.

    `front` is the front matter this began with, so that its order and spelling stay where nothing was changed; `more`
    are its lines that no field is for. The first of `spoken` is for everybody who reads none of the others.
    """

    number: str = ""
    klass: str = ""
    topic: str = ""
    segment: str = ""
    models: str = ""
    serials: str = ""
    theme: str = ""
    layout: str = ""
    attach: str = ""
    archive: str = ""
    heartbeat: str = ""
    remind: str = ""
    spoken: tuple[Spoken, ...] = (Spoken(),)
    front: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the fields something is wrong: `line` and `column` count from 1 in that field; no field is the whole.

    What belongs to a language has its number behind it: `title-0`, `markdown-1`.
    """

    field: str
    line: int
    column: int


def as_text(fields: Fields) -> str:
    """The bulletin as a file: front matter and Markdown."""
    first, *others = fields.spoken
    told = [part for one in others for part in (f"---{one.language}---", one.markdown)]
    return "\n".join([_FENCE, *_front(fields), _FENCE, first.markdown, *told])


def as_fields(text: str) -> Fields | None:
    """The fields that write exactly this text, or None, so that a form never loses anything."""
    lines = text.split("\n")
    if lines[0] != _FENCE or _FENCE not in lines[1:]:
        return None
    end = lines.index(_FENCE, 1)
    front = lines[1:end]
    values = _values(front)
    sections = enumerate(_sections(lines[end + 1 :], _codes(values.get("language", ""))))
    spoken = tuple(_spoken(values, language, told, is_first=not at) for at, (language, told) in sections)
    said = {name: values.get(key, "") for name, key in _LINES.items()}
    fields = Fields(**said, spoken=spoken, front="\n".join(front))
    fields = replace(fields, more="\n".join(_others(front, _written(fields).keys())))
    return fields if as_text(fields) == text else None


def with_spoken(fields: Fields, spoken: Sequence[Spoken]) -> Fields:
    """The fields with other languages, or the same in another order. The first one is spoken of without its name."""
    codes = {one.language.lower() for one in spoken}
    front = [line for line in _front(fields) if _is_for_any(line, codes)]
    changed = replace(fields, spoken=tuple(spoken), front="\n".join(front))
    return replace(changed, more="\n".join(_others(front, _written(changed).keys())))


def place(text: str, error: BadBulletin) -> Place:
    """The field that an error in a text made of fields is about."""
    lines = text.split("\n")
    head = lines.index(_FENCE, 1) + 1
    if error.line <= head:
        return _place_in_front(lines, error)
    started = [number for number, line in enumerate(lines, 1) if number > head and SECTION.fullmatch(line.rstrip())]
    before = [number for number in started if number < error.line]
    return Place(f"markdown-{len(before)}", error.line - (before[-1] if before else head), error.column)


def _place_in_front(lines: list[str], error: BadBulletin) -> Place:
    line = lines[error.line - 1]
    name, _, value = line.partition(":")
    codes = _codes(_values(lines).get("language", ""))
    what, _, language = _key(line).partition(".")
    if what in ("title", "preheader"):
        spelled = [code.lower() for code in codes]
        field = f"{what}-{spelled.index(language) if language in spelled else 0}"
    elif what == "language":
        field = f"language-{line[: error.column - 1].count(',')}"
    else:
        field = next((field for field, key in _LINES.items() if key == what), "more" if what else "")
    began = len(name) + 1 + len(value) - len(value.lstrip())
    return Place(field, 1, max(1, error.column - began)) if field != "more" else Place(field, 1, error.column)


def _is_for_any(line: str, codes: set[str]) -> bool:
    """Whether a line stays where these languages are left: titles are written anew, those of variant b are kept."""
    found = _OF_A_LANGUAGE.fullmatch(_key(line))
    return not found or bool(found["b"] and (found["language"] is None or found["language"] in codes))


def _front(fields: Fields) -> list[str]:
    """The lines of the front matter; those that say what they said before are as they were."""
    said = _written(fields)
    former = fields.front.split("\n") if fields.front else []
    stays = "\n".join(_others(former, said.keys())) == fields.more
    lines: list[tuple[str, str]] = []
    left = dict(said)
    for line in former:
        key = _key(line)
        if key in left:
            value = left.pop(key)
            lines += [(key, kept)] if (kept := _line(line, key, value)) else []
        elif stays:
            lines.append(("", line))
    order = list(said)
    for key, value in left.items():
        if value or key in _NEEDED:
            before = order[: order.index(key)]
            at = max((at for at, (known, _) in enumerate(lines, 1) if known in before), default=0)
            lines.insert(at, (key, f"{key}: {value}"))
    return [line for _, line in lines] + (fields.more.split("\n") if fields.more and not stays else [])


def _line(former: str, key: str, value: str) -> str:
    """The line of a key for a value: the former one where it says the same, none where nothing is said any more."""
    name, _, said = former.partition(":")
    is_same = _same_codes(said, value) if key == "language" else said.strip() == value
    if is_same:
        return former
    return f"{name}: {value}" if value or key in _NEEDED else ""


def _written(fields: Fields) -> dict[str, str]:
    """What each line says, by its key, in the order in which new lines are written."""
    said = {key: _one_line(getattr(fields, name)) for name, key in _LINES.items()}
    said["language"] = ", ".join(_one_line(one.language) for one in fields.spoken)
    front = _values(fields.front.split("\n"))
    for at, one in enumerate(fields.spoken):
        for name, value in (("title", one.title), ("preheader", one.preheader)):
            own = f"{name}.{one.language.lower()}"
            said[own if at or own in front else name] = _one_line(value)
    known = [key for key in _ORDER if key in said]
    return {key: said[key] for key in [*known, *(key for key in said if key not in known)]}


def _spoken(values: dict[str, str], language: str, told: str, *, is_first: bool) -> Spoken:
    title, preheader = (_said_in(values, name, language, is_first=is_first) for name in ("title", "preheader"))
    return Spoken(language, title, preheader, told)


def _said_in(values: dict[str, str], name: str, language: str, *, is_first: bool) -> str:
    own = values.get(f"{name}.{language.lower()}")
    return own if own is not None else values.get(name, "") if is_first else ""


def _sections(lines: list[str], codes: list[str]) -> list[tuple[str, str]]:
    """The Markdown by language, in the order of the file; the first has no marker."""
    found: list[tuple[str, list[str]]] = [(codes[0] if codes else "", [])]
    for line in lines:
        if marker := SECTION.fullmatch(line):
            found.append((marker["language"], []))
        else:
            found[-1][1].append(line)
    return [(language, "\n".join(told)) for language, told in found]


def _values(front: Sequence[str]) -> dict[str, str]:
    """What each line says by its key; the first counts."""
    said: dict[str, str] = {}
    for line in front:
        if key := _key(line):
            said.setdefault(key, line.partition(":")[2].strip())
    return said


def _others(front: Sequence[str], keys: Iterable[str]) -> list[str]:
    """The lines that are none of these keys: comments, what stands twice, what has no field."""
    left = dict.fromkeys(keys, 1)
    return [line for line in front if not left.pop(_key(line), 0)]


def _key(line: str) -> str:
    """The key of a line such as `title.de: …`, or nothing."""
    name, colon, _ = line.partition(":")
    return name.strip().lower() if colon and not line.lstrip().startswith("#") else ""


def _codes(line: str) -> list[str]:
    return [code.strip() for code in line.split(",") if code.strip()]


def _same_codes(former: str, now: str) -> bool:
    """Whether a line names the same languages, the same one first; the others may stand in another order."""
    return _codes(former)[:1] == _codes(now)[:1] and sorted(_codes(former)) == sorted(_codes(now))


def _one_line(value: str) -> str:
    return re.sub(r"[\r\n]+", " ", value).strip()
