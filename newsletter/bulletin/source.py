"""A bulletin as it is written: front matter between two `---` lines, then Markdown, then `---de---` and its German.

    ---
    number: TB-2026-014
    title: Spindle bearing lubrication
    class: technical
    models: VX-500, VX-500i
    serials: A100000-A104000, B100000-B104000
    language: en, de
    title.de: Schmierung der Spindellager
    preheader: Grease with half the usual amount
    preheader.de: Schmieren Sie mit der halben Menge
    ---
    # Text in the first language …
    ---de---
    # Text in the second …

Of a bulletin in two variants (`bulletin.variant`), one is read and both are checked.
Every refusal is a BadBulletin with the line and column in the file as written.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from newsletter.account.serial import SerialRange, read_ranges
from newsletter.bulletin.asking import Remind, asks_heartbeat, read_remind
from newsletter.bulletin.attaching import read_attach
from newsletter.bulletin.blocks import KINDS, without_marks
from newsletter.bulletin.front_matter import PREHEADER_IN, TITLE_IN, Field, Front, read_fields, wanted
from newsletter.bulletin.looks import is_in_blocks, read_theme
from newsletter.bulletin.parts import NONE, Parts, Shown, read_parts
from newsletter.bulletin.publishing import read_archive
from newsletter.bulletin.variant import VARIANTS, A, B, fields_of, in_variant, lines_of, speaks_of_variants
from newsletter.errors import BadBulletin, Refused
from newsletter.message.characters import check_text

LARGEST_SOURCE = 1_000_000  # characters; a bulletin is a few pages
_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SEGMENT_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SECTION = re.compile(r"---(?P<language>[A-Za-z0-9-]+)---")


class BulletinClass(StrEnum):
    """What kind of news it is; it decides what happens to a copy in doubt."""

    TECHNICAL = "technical"
    SAFETY = "safety"
    MARKETING = "marketing"

    @property
    def resends(self) -> bool:
        """Whether a copy in doubt is sent again without asking: better twice than never, but not for advertising."""
        return self is not BulletinClass.MARKETING


@dataclass(frozen=True, slots=True)
class Section:
    """The text in one language; `line` is the line of the source on which its Markdown begins.

    `title_line` and `title_column` are where its title begins; `asks_heartbeat` ends it with "Still running?".
    `preheader` is what lists of mails show behind the subject, empty where nothing was written; `preheader_at` is the
    line and column where it begins. `parts` says which lines are for some readers only; `in_blocks`:
    the Markdown is a row of blocks (`message.blocks`). `pictures` is the address before the name of a picture of ours,
    empty while nobody sends it.
    """

    language: str
    title: str
    markdown: str
    line: int
    title_line: int
    title_column: int
    asks_heartbeat: bool = False
    preheader: str = ""
    preheader_at: tuple[int, int] = (1, 1)
    parts: Parts = NONE
    in_blocks: bool = False
    pictures: str = ""

    @property
    def text_alone(self) -> str:
        """Its Markdown without the lines that open and close blocks, every other line at its place."""
        return without_marks(self.markdown) if self.in_blocks else self.markdown

    def reduced(self, shown: Shown) -> "Section":
        """The section as a reader gets it who sees these parts."""
        return (
            replace(self, markdown=self.parts.reduced(self.markdown, shown), parts=NONE) if self.parts.parts else self
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A bulletin, read. `sections` are in the order of `language:`; the first is for everybody else.

    No `models` means everybody with consent to the topic. `topic` is a key, empty for the default topic. `segment` is
    the key of a saved audience, empty for none, `theme` that of a look, empty for the house's. `variants` are the two
    there are, or none; `variant` is this one, and `other` the bulletin in the other one.
    """

    number: str
    title: str
    klass: BulletinClass
    models: tuple[str, ...]
    serials: tuple[SerialRange, ...]
    topic: str
    sections: tuple[Section, ...]
    remind: Remind | None = None
    archive: bool | None = None  # whether it is public; None: as its topic is
    segment: str = ""
    theme: str = ""
    attach: tuple[Field, ...] = ()  # the names of files that go with it
    variants: tuple[str, ...] = ()
    variant: str = ""
    other: "Source | None" = None

    @property
    def each(self) -> tuple["Source", ...]:
        """The bulletin in all its variants, a first."""
        both = (self, self.other) if self.other else (self,)
        return tuple(sorted(both, key=lambda source: source.variant))

    def section_for(self, language: str) -> Section:
        """The text for a reader of a language, or the first one: "de-AT" reads "de-AT", else "de", else "de-CH"."""
        wish = language.lower().replace("_", "-")
        primary = wish.partition("-")[0]
        return min(self.sections, key=lambda section: _distance(section.language.lower(), wish, primary))


def read_source(text: str, variant: str = "") -> Source:
    """The bulletin in a text; of one in two variants the one asked for, or a. Raises BadBulletin for either."""
    if len(text) > LARGEST_SOURCE:
        raise BadBulletin(f"The bulletin is longer than {LARGEST_SOURCE:,} characters.", hint="Split it in two.")
    text = text.removeprefix("\ufeff")
    check_text(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    fields, end = read_fields(lines)
    if not speaks_of_variants(fields, lines):
        return _read(fields, lines, end, A)
    first = _read(fields, lines, end, A)
    try:
        second = _read(fields, lines, end, B)
    except BadBulletin as error:
        raise in_variant(error, B) from error
    if _told(first) == _told(second):
        return first
    first, second = replace(first, variants=VARIANTS, variant=A), replace(second, variants=VARIANTS, variant=B)
    return replace(second, other=first) if variant == B else replace(first, other=second)


def _told(source: Source) -> list[tuple[str, str, str]]:
    """What two variants can differ in."""
    return [(section.title, section.preheader, section.markdown) for section in source.sections]


def _read(fields: Front, lines: list[str], end: int, variant: str) -> Source:
    fields = fields_of(fields, variant)
    languages = _languages(fields)
    written = _texts(lines, end, languages)
    texts = {language: (line, lines_of(told, line, variant)) for language, (line, told) in written.items()}
    sections = tuple(_section(language, texts.get(language.value), fields) for language in languages)
    return Source(
        number=_number(fields),
        title=sections[0].title,
        klass=_klass(fields),
        models=_listed(fields, "models"),
        serials=_serials(fields),
        topic=fields["topic"].value if "topic" in fields else "",
        sections=sections,
        remind=read_remind(fields),
        archive=read_archive(fields),
        segment=_segment(fields),
        theme=read_theme(fields),
        attach=read_attach(fields),
    )


def _distance(language: str, wish: str, primary: str) -> int:
    """How far a text is from a wish; `min` takes the first of the nearest, so the first text of all is for the rest."""
    near = (language == wish, language == primary, language.partition("-")[0] == primary)
    return near.index(True) if True in near else len(near)


def _number(fields: Front) -> str:
    field = wanted(fields, "number", "Add a line such as `number: TB-2026-014`.")
    if not _NUMBER.fullmatch(field.value):
        raise field.refusal("{} is no bulletin number.", "Use letters, digits, dots and dashes, at most 64.")
    return field.value


def _klass(fields: Front) -> BulletinClass:
    field = wanted(fields, "class", "Add `class: technical`, `class: safety` or `class: marketing`.")
    try:
        return BulletinClass(field.value.lower())
    except ValueError:
        raise field.refusal("{} is no class.", f"Write {', '.join(BulletinClass)}.") from None


def _segment(fields: Front) -> str:
    field = fields.get("segment", Field("", 1, 1))
    if field.value and not SEGMENT_KEY.fullmatch(field.value):
        raise field.refusal("{} is no segment.", "Write the key of one, in small letters, digits and dashes.")
    return field.value


def _listed(fields: Front, name: str) -> tuple[str, ...]:
    parts = fields[name].parts() if name in fields else ()
    return tuple(dict.fromkeys(part.value for part in parts))


def _serials(fields: Front) -> tuple[SerialRange, ...]:
    parts = list(fields["serials"].parts()) if "serials" in fields else []
    if parts and not _listed(fields, "models"):
        hint = "Add `models:`, because the same serial may stand on two models."
        raise parts[0].refusal("Serials are given without models.", hint)
    return tuple(serials for part in parts for serials in _ranges(part))


def _ranges(part: Field) -> tuple[SerialRange, ...]:
    try:
        return read_ranges(part.value)
    except Refused as error:
        raise BadBulletin(error.message, line=part.line, column=part.column, hint=error.hint) from error


def _languages(fields: Front) -> tuple[Field, ...]:
    """The languages, each once, in the spelling it has first."""
    field = wanted(fields, "language", "Add a line such as `language: en` or `language: en, de`.")
    languages: dict[str, Field] = {}
    for part in field.parts():
        if not _LANGUAGE.fullmatch(part.value):
            raise part.refusal("{} is no language.", "Write a language tag such as en, de or pt-BR.")
        languages.setdefault(part.value.lower(), part)
    for name, line in fields.items():
        what, _, language = name.partition(".")
        if language and language not in languages:
            hint = f"Add {language} to `language:`, or take the line out."
            raise line.refusal(f"There is a {what} in {language!r}, but no text.", hint)
    return tuple(languages.values())


def _texts(lines: list[str], end: int, languages: tuple[Field, ...]) -> dict[str, tuple[int, list[str]]]:
    """The lines in each language, with the number of the first of them."""
    spelled = {language.value.lower(): language.value for language in languages}
    current = languages[0].value
    texts: dict[str, tuple[int, list[str]]] = {current: (end + 1, [])}
    for number, line in enumerate(lines[end:], end + 1):
        marker = SECTION.fullmatch(line.rstrip())
        if marker is None:
            texts[current][1].append(line)
            continue
        language = spelled.get(marker["language"].lower(), "")
        if not language or language in texts:
            named = ", ".join(spelled.values())
            raise Field(marker["language"][:60], number, 1).refusal(
                "No text in {} is expected here.",
                f"`language:` names {named}; each stands once, the first without a marker.",
            )
        current = language
        texts[current] = (number + 1, [])
    return texts


def _section(language: Field, text: tuple[int, list[str]] | None, fields: Front) -> Section:
    if text is None:
        hint = f"Add a line ---{language.value}--- and the text below it."
        raise language.refusal("The text in {} is missing.", hint)
    line, lines = text
    if not "".join(lines).strip():
        raise Field(language.value, line, 1).refusal("The text in {} is empty.", "Write something to send.")
    own = fields.get(f"{TITLE_IN}{language.value.lower()}")
    title = own if own and own.value else wanted(fields, "title", "Add a line such as `title: Check the spindle`.")
    markdown = "\n".join(lines)
    preheader = fields.get(f"{PREHEADER_IN}{language.value.lower()}") or fields.get("preheader", Field("", 1, 1))
    return Section(
        language.value,
        title.value,
        markdown,
        line,
        title.line,
        title.column,
        asks_heartbeat(fields),
        preheader.value,
        (preheader.line, preheader.column),
        read_parts(lines, line, KINDS if is_in_blocks(fields) else ()),
        is_in_blocks(fields),
    )
