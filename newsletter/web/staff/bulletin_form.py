"""What stands in the form of a bulletin: its fields with its languages side by side, or the whole file."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from newsletter.audience.topic import DEFAULT_TOPIC, Topic
from newsletter.bulletin.fields import LINES, Fields, Spoken, as_fields, as_text, place
from newsletter.bulletin.made_up import TWO_MACHINES
from newsletter.bulletin.source import BulletinClass
from newsletter.bulletin.values import TAGS, values_for
from newsletter.errors import BadBulletin, Refused
from newsletter.language import LANGUAGES
from newsletter.report.concerned_machines import known_models
from newsletter.segment.saving import saved_segments
from newsletter.theme.keeping import themes

EXAMPLE = """---
number:
title:
class: technical
models:
serials:
language: en, de
title.de:
---
Dear {{ name | "colleague" }},

---de---
Guten Tag {{ name | "zusammen" }},
"""
BLANK = Fields(klass=BulletinClass.TECHNICAL, topic=DEFAULT_TOPIC, spoken=(Spoken("en"),))

_IN_A_LANGUAGE = ("language", "title", "preheader", "markdown")
_COLUMN = re.compile(r"markdown-([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: as fields, or without them as the file it is. `seen` is the stamp of the text it began with.

    `was` is the stamp before somebody else saved. `wrong` says by field what is wrong with it, under an empty name
    what is wrong with the whole; `at` is where in a text: line and column.
    """

    fields: Fields | None
    file: str = ""
    seen: str = ""
    was: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    at: tuple[int, int] = (0, 0)

    @property
    def text(self) -> str:
        """It as a file."""
        return as_text(self.fields) if self.fields else self.file

    def refused(self, error: Refused) -> "Typed":
        """With an error beside the field it is about, or above all where it is about none."""
        if not isinstance(error, BadBulletin):
            return replace(self, wrong={"": str(error)})
        said = f"{error.message} {error.hint}".strip()
        if self.fields is None:
            return replace(self, wrong={"source": str(error)}, at=(error.line, error.column))
        where = place(self.text, error)
        if where.field.startswith("markdown"):
            said = f"Line {where.line}, column {where.column}: {said}"
        return replace(self, wrong={where.field: said}, at=(where.line, where.column))


def opened(text: str, *, seen: str, as_file: bool = False) -> Typed:
    """A text in the form: in fields, unless these could not keep it or the file is asked for."""
    return Typed(None if as_file else as_fields(text), text, seen)


def typed(form: "MultiDict[str, str]") -> Typed:
    """What came with a form."""
    seen, was = form.get("seen", ""), form.get("was", "")
    if "source" in form:
        return Typed(None, _lines(form["source"]), seen, was)
    said = {name: form.get(name, "") for name in LINES}
    said["models"] = ", ".join(model for model in form.getlist("models") if model)
    fields = Fields(**said, spoken=tuple(_spoken(form)), front=_lines(form.get("front", "")), more=_more(form))
    return Typed(fields, seen=seen, was=was)


def _spoken(form: "MultiDict[str, str]") -> Iterator[Spoken]:
    columns = sorted(int(found[1]) for name in form if (found := _COLUMN.fullmatch(name)))
    for column in columns or (0,):
        said = (_lines(form.get(f"{name}-{column}", "")) for name in _IN_A_LANGUAGE)
        yield Spoken(*said)


def _more(form: "MultiDict[str, str]") -> str:
    """A fence among them would end the front matter."""
    lines = _lines(form.get("more", "")).split("\n")
    return "\n".join(line for line in lines if line.rstrip() != "---")


def _lines(text: str) -> str:
    """With the line ends of a file: browsers send their own."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, each by its key; what was chosen stays, also where it is on no list."""

    topics: dict[str, str]
    segments: dict[str, str]
    themes: dict[str, str]
    models: tuple[str, ...]
    classes: dict[str, str]
    languages: dict[str, str]


def choices(session: Session, fields: Fields) -> Choices:
    """The topics, segments, themes and models there are."""
    topics = dict(session.execute(select(Topic.key, Topic.name).order_by(Topic.name)).all())
    segments = {"": "None", **{one.key: one.name for one in saved_segments(session)}}
    chosen = [model.strip() for model in fields.models.split(",") if model.strip()]
    spoken = {one.language: one.language for one in fields.spoken if one.language not in LANGUAGES}
    return Choices(
        _with(fields.topic, topics),
        _with(fields.segment, segments),
        _with(fields.theme, {"": "The usual look", **{one.key: one.name for one in themes(session)}}),
        tuple(dict.fromkeys((*known_models(session), *chosen))),
        _with(fields.klass, {str(kind): kind.capitalize() for kind in BulletinClass}),
        {**spoken, **LANGUAGES},
    )


def tag_examples() -> dict[str, str]:
    """Every merge tag, and what it becomes for somebody with two machines."""
    values = values_for(TWO_MACHINES, "en", acknowledge_url="a link to say “done”")
    return {tag: values[tag] for tag in TAGS}


def _with(chosen: str, offered: dict[str, str]) -> dict[str, str]:
    return offered if chosen in offered else {chosen: chosen or "The default", **offered}
