"""A bulletin as every language of it is sent, to be looked over before anybody gets it."""

from dataclasses import dataclass

from newsletter.bulletin.compose import Press
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import TAGS
from newsletter.message.letter import Letter
from newsletter.message.mentioned import Mentioned, mentioned


@dataclass(frozen=True, slots=True)
class Told:
    """One language: the section, a letter of it to nobody, and its links and images."""

    section: Section
    letter: Letter
    mentions: tuple[Mentioned, ...]

    @property
    def links(self) -> tuple[Mentioned, ...]:
        """The links of the text, without those of the frame."""
        return tuple(mention for mention in self.mentions if not mention.is_image)

    @property
    def images(self) -> tuple[Mentioned, ...]:
        """The images."""
        return tuple(mention for mention in self.mentions if mention.is_image)


@dataclass(frozen=True, slots=True)
class Composed:
    """All languages. `postal_address` is what every letter has to name."""

    source: Source
    postal_address: str
    told: tuple[Told, ...]


def composed(press: Press) -> Composed:
    """The bulletin of a press. Raises BadBulletin with line and column, or BadLetter."""
    told = tuple(Told(section, letter, _mentions(section)) for section, letter in press.specimens())
    return Composed(press.source, press.sender.postal_address, told)


def _mentions(section: Section) -> tuple[Mentioned, ...]:
    return mentioned(section.markdown, tags=TAGS, first_line=section.line)
