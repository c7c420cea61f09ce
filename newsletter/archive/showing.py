"""A bulletin as a piece of a page: in neutral words for everybody, or as one person got it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache, partial

from newsletter.archive.published import Published
from newsletter.bulletin.anybody import said_to, summary_for_anybody, title_for, words_for_anybody
from newsletter.bulletin.editions import shown_to
from newsletter.bulletin.for_whom import for_whom_in_markdown
from newsletter.bulletin.parts import NONE
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import TAGS, Reader
from newsletter.errors import BadBulletin
from newsletter.language import direction
from newsletter.message.alone import NO_LINK, begins_with_headline, fill_alone, prepare_alone
from newsletter.message.slots import Place, Slot


@dataclass(frozen=True, slots=True)
class Shown:
    """`html` is sanitised; `has_headline` tells that it begins with one of its own."""

    title: str
    summary: str
    html: str
    has_headline: bool
    language: str
    direction: str


def show_to_anybody(version_id: int, source: Source, language: str, pictures: str = "") -> Shown:
    """A bulletin as it was sent, in the text for a language, with nobody's data. What is sent does not change.

    Parts for some readers are shown to everybody, and each says for whom it is. `pictures` is the address before the
    names of our own; other images are links.
    """
    return _neutral(version_id, source, source.section_for(language).language, pictures)


def show_each(found: Iterable[Published], language: str, pictures: str) -> list[tuple[Published, Shown]]:
    """The same for several, without any that an upgrade made unfit to be set: it must not hide the others."""
    shown = []
    for one in found:
        with suppress(BadBulletin):
            wish = language or one.source.sections[0].language
            shown.append((one, show_to_anybody(one.version_id, one.source, wish, pictures)))
    return shown


def show_to(source: Source, reader: Reader, values: Mapping[str, str], pictures: str = "") -> Shown:
    """The same with one person's values, by merge tag, and the parts for them; neutral words where there is none."""
    section = source.section_for(reader.language)
    theirs = section.reduced(shown_to(reader, section))
    return _shown(source, replace(theirs, pictures=pictures), values)


@lru_cache(maxsize=128)
def _neutral(_version_id: int, source: Source, language: str, pictures: str) -> Shown:
    section = source.section_for(language)
    text = section.parts.told(section.markdown, partial(for_whom_in_markdown, language=section.language))
    summary = summary_for_anybody(source, section)
    whole = replace(section, markdown=text, parts=NONE, pictures=pictures)
    return replace(_shown(source, whole, {}), summary=summary)


def _shown(source: Source, section: Section, values: Mapping[str, str]) -> Shown:
    part = prepare_alone(markdown=section.text_alone, tags=TAGS, first_line=section.line, pictures=section.pictures)
    return Shown(
        title=title_for(source, section, values),
        summary=summary_for_anybody(source, section),
        html=fill_alone(part, partial(_said, words=words_for_anybody(source, section.language), values=values)),
        has_headline=begins_with_headline(part),
        language=section.language,
        direction=direction(section.language),
    )


def _said(slot: Slot, words: Mapping[str, str], values: Mapping[str, str]) -> str:
    said = said_to(slot.tag, {} if slot.place in (Place.LINK, Place.PART) else words, values)
    return NO_LINK if slot.place is Place.LINK and not said else said
