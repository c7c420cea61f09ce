"""What a letter says, as plain parts. Every sentence is English, marked with `newsletter.language.sentence`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, in every letter: the vendor's name, the From and Reply-To addresses and the postal address."""

    vendor: str
    sender_address: str
    reply_address: str
    postal_address: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph. `sentence` may hold {placeholders}."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Strong:
    """A paragraph that is seen first. `sentence` may hold {placeholders}."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Button:
    """The one thing to press. `link` is whole, one of ours."""

    sentence: str
    link: str


@dataclass(frozen=True, slots=True)
class Links:
    """Choices of equal weight, each a sentence and a whole link of ours."""

    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """Words that are not ours, shown as they are; lines stay lines."""

    value: str


Part = Text | Strong | Button | Links | Quote


@dataclass(frozen=True, slots=True)
class Wording:
    """A letter before it is put into a language. `why` tells, in one sentence, why somebody gets this one mail."""

    subject: str
    parts: tuple[Part, ...]
    why: str


def literally(words: str) -> str:
    """Words that are no sentence of ours, such as staff's, to stand where a sentence does: braces mean nothing."""
    return words.replace("{", "{{").replace("}", "}}")
