"""The two forms of one text: its fields, and the whole file."""

from dataclasses import dataclass
from typing import Self

from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import HiddenField, SelectChoice, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from newsletter.audience.topic import DEFAULT_TOPIC, Topic
from newsletter.bulletin.fields import Fields, as_text, place
from newsletter.bulletin.source import BulletinClass
from newsletter.bulletin.values import TAGS, Machine, Reader, values_for
from newsletter.errors import BadBulletin
from newsletter.language import LANGUAGES
from newsletter.report.concerned_machines import known_models
from newsletter.segment.saving import saved_segments

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

_SOMEBODY = Reader(
    address="nora@toolroom.example",
    first_name="Nora",
    last_name="Frost",
    language="en",
    machines=(Machine(1, "VX-500", "A100231", "", ""), Machine(2, "VX-500i", "A103000", "", "")),
    accounts=(("K10214", "Toolroom North"),),
)


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from: the names of topics by key, models, and the names of segments by key."""

    topics: dict[str, str]
    models: tuple[str, ...]
    segments: dict[str, str]


def choices(session: Session) -> Choices:
    """The topics, models and segments there are."""
    topics = session.execute(select(Topic.key, Topic.name).order_by(Topic.name))
    segments = {one.key: one.name for one in saved_segments(session)}
    return Choices(dict(topics.all()), tuple(known_models(session)), segments)


def tag_examples() -> dict[str, str]:
    """Every merge tag, and what it becomes for somebody with two machines."""
    values = values_for(_SOMEBODY, "en", acknowledge_url="a link to say “done”")
    return {tag: values[tag] for tag in TAGS}


class FieldsForm(FlaskForm):  # type: ignore[misc] # the library ships no types
    """A bulletin in one language, field by field."""

    number = StringField("Number")
    title = StringField("Title")
    preheader = StringField("Preheader")
    klass = SelectField(
        "Class", choices=[SelectChoice(kind, kind.capitalize()) for kind in BulletinClass], validate_choice=False
    )
    topic = SelectField("Topic", choices=[], default=DEFAULT_TOPIC, validate_choice=False)
    models = SelectMultipleField(
        "Models",
        choices=[],
        validate_choice=False,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    serials = StringField("Serial numbers")
    segment = SelectField("Segment", choices=[], validate_choice=False)
    language = SelectField("Language", choices=[], validate_choice=False)
    markdown = TextAreaField("Text")
    seen = HiddenField()

    @classmethod
    def filled(cls, fields: Fields, *, seen: str) -> Self:
        """The form as it stands for a bulletin that is there."""
        values = {name: getattr(fields, name) for name in Fields.__slots__}
        form: Self = cls(**{**values, "models": _listed(fields.models)}, seen=seen)
        return form

    def text(self) -> str:
        """What was typed, as a file."""
        typed = {name: getattr(self, name).data or "" for name in Fields.__slots__}
        typed["models"] = ", ".join(self.models.data or ())
        typed["markdown"] = "\n".join(typed["markdown"].replace("\r\n", "\n").split("\r"))
        return as_text(Fields(**typed))

    def show(self, error: BadBulletin) -> None:
        """Put an error beside the field it is about."""
        where = place(self.text(), error)
        said = f"{error.message} {error.hint}".strip()
        if where.field == "markdown":
            said = f"Line {where.line}, column {where.column}: {said}"
        field = getattr(self, where.field, None)
        if field is None:
            self.form_errors.append(said)
        else:
            field.errors = [*field.errors, said]

    def offer(self, there_is: Choices) -> None:
        """Fill the lists; what was chosen stays, also where it is on no list."""
        self.topic.choices = _with(self.topic.data or "", there_is.topics)
        chosen = self.segment.data or ""
        self.segment.choices = _with(chosen, {"": "None", **there_is.segments})
        models = dict.fromkeys((*there_is.models, *(self.models.data or ())))
        self.models.choices = [SelectChoice(model) for model in models]
        self.language.choices = _with(self.language.data or "", LANGUAGES)


class FileForm(FlaskForm):  # type: ignore[misc] # the library ships no types
    """A bulletin as the file it is, with everything a file may hold."""

    source = TextAreaField("The bulletin as a file")
    seen = HiddenField()

    def text(self) -> str:
        """What was typed."""
        return "\n".join((self.source.data or "").replace("\r\n", "\n").split("\r"))

    def show(self, error: BadBulletin) -> None:
        """Put an error, with its line and column, beside the text."""
        self.source.errors = [*self.source.errors, str(error)]

    def offer(self, there_is: Choices) -> None:
        """A file is written freely: there is nothing to fill."""


def _with(chosen: str, offered: dict[str, str]) -> list[SelectChoice]:
    own = {} if chosen in offered else {chosen: chosen or "The default"}
    return [SelectChoice(key, name) for key, name in {**own, **offered}.items()]


def _listed(models: str) -> list[str]:
    return [model.strip() for model in models.split(",") if model.strip()]
