"""A bulletin as every language of it is sent, to be looked over before anybody gets it."""

from dataclasses import dataclass

from newsletter.bulletin.compose import Press
from newsletter.bulletin.readings import readings
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
    told = tuple(Told(section, letter, _mentions(press.source, section)) for section, letter in press.specimens())
    return Composed(press.source, press.sender.postal_address, told)


def composed_in_all(press: Press) -> Composed:
    """The same with the texts of all variants."""
    return Composed(
        press.source, press.sender.postal_address, tuple(t for one in press.each for t in composed(one).told)
    )


def _mentions(source: Source, section: Section) -> tuple[Mentioned, ...]:
    """Those of every reader: a code block that one part opens could hide the links of the next."""
    texts = dict.fromkeys(section.reduced(shown).text_alone for shown in readings(source, section))
    found = [one for text in texts for one in mentioned(text, tags=TAGS, first_line=section.line)]
    return tuple(sorted(dict.fromkeys(found), key=lambda mention: mention.line)) if len(texts) > 1 else tuple(found)
