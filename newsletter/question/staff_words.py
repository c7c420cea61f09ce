"""What staff may write where a customer reads it: plain words, no link, nothing unseen."""

import re
import unicodedata

from newsletter.errors import BadWording
from newsletter.question.wording import LINES

LONGEST_NAME = 60
LONGEST_ANSWER = 80  # characters: two lines of a button at 360 px
LONGEST_QUESTION = 120
LONGEST_INTRO = 300

_JOINERS = "\u200c\u200d"  # scripts that join their letters need them
_LINK = re.compile(r"://|\bwww\.|\bmailto:|\S@\S|[^\s.]\.[^\W\d_]{2,}", re.IGNORECASE)
_BLANK = re.compile("[ \t\r\n]+")


def longest(line: str) -> int:
    """How many characters a line may have."""
    if line == "intro":
        return LONGEST_INTRO
    return LONGEST_ANSWER if "." in line else LONGEST_QUESTION


def kept_line(line: str, text: str) -> str:
    """A line as it is kept: one line, blanks at its ends taken off, "" where there is nothing. Raises BadWording."""
    words = _plain(text, line)
    most = longest(line)
    if len(words) > most:
        raise BadWording(f"It has {len(words)} characters; {most} is the most.", line=line)
    return words


def kept_name(text: str) -> str:
    """The name of a version. Raises BadWording."""
    words = _plain(text, "name")
    if not words:
        raise BadWording("Give it a name, so that colleagues know it.", line="name")
    if len(words) > LONGEST_NAME:
        raise BadWording(f"It has {len(words)} characters; {LONGEST_NAME} is the most.", line="name")
    return words


def in_english(line: str) -> str:
    """What a line is called on staff pages: its built-in English."""
    return LINES.get(line, line)


def _plain(text: str, line: str) -> str:
    words = _BLANK.sub(" ", text).strip(" ")
    if any(_is_unseen(character) for character in words):
        raise BadWording("It holds a character that cannot be seen or that turns the direction of text.", line=line)
    if _LINK.search(words):
        hint = "A full stop needs a blank after it."
        raise BadWording("It reads as a link or an address, and the question has none.", line=line, hint=hint)
    if words and not any(character.isalpha() for character in words):
        raise BadWording("It has no letter.", line=line)
    return words


def _is_unseen(character: str) -> bool:
    """Controls, bidi marks and other formats, halves of pairs, private and unassigned characters, odd line breaks."""
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} and character not in _JOINERS
