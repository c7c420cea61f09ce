"""The editions of a bulletin: one for each language, and for each choice of parts that some reader sees."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from newsletter.bulletin.edition import Edition
from newsletter.bulletin.parts import NOTHING, Shown
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import Reader
from newsletter.errors import BadLetter

_MOST, _MOST_LONG, _LONG = 64, 8, 50_000
"""So many editions of a text with conditions are kept, fewer of a long one (characters); others are set anew."""


@dataclass(frozen=True)
class Editions:
    """The editions of a source, each made by `make` when it is first wanted."""

    source: Source
    make: Callable[[Section], Edition]

    def set_alike(self) -> None:
        """Set what all readers of a language get alike, or the first letter waits for it. Raises BadBulletin."""
        _ = self._by_language

    def for_reader(self, reader: Reader) -> Edition:
        """The edition for a reader. Raises BadBulletin with line and column, BadLetter where no word is for them."""
        section, edition = self._by_language(reader.language)
        if edition is not None:
            return edition
        return self.of(section.language, shown_to(reader, section))

    @cached_property
    def of(self) -> Callable[[str, Shown], Edition]:
        """The edition in a language of the text with some of its parts."""
        sections = {section.language: section for section in self.source.sections}
        most = _MOST if all(len(section.markdown) <= _LONG for section in sections.values()) else _MOST_LONG
        return lru_cache(maxsize=most)(lambda language, shown: self.make(_for_some(sections[language], shown)))

    @cached_property
    def _by_language(self) -> Callable[[str], tuple[Section, Edition | None]]:
        """For a reader's language the section, and its edition where all its readers get the same."""
        sections = [section for section in self.source.sections if not section.parts.parts]
        alike = {section.language: self.of(section.language, NOTHING) for section in sections}

        def by_language(language: str) -> tuple[Section, Edition | None]:
            section = self.source.section_for(language)
            return section, alike.get(section.language)

        return lru_cache(maxsize=256)(by_language)


def shown_to(reader: Reader, section: Section) -> Shown:
    """Which parts of a section a reader sees. Who has no language is taken to want the text's."""
    language = reader.language or section.language
    return section.parts.shown_to(reader.stands_by, language.lower().replace("_", "-"))


def _for_some(section: Section, shown: Shown) -> Section:
    reduced = section.reduced(shown)
    if not reduced.text_alone.strip(": \t\n"):
        hint = "Write something for everybody outside of the conditions."
        raise BadLetter("For this reader nothing of the text is left.", hint=hint)
    return reduced
