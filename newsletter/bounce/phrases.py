"""Words in a mail."""

import re


def any_of(lines: str) -> re.Pattern[str]:
    """A pattern for any of these, one a line; a line that begins with # tells in which language they are."""
    stripped = (line.strip() for line in lines.splitlines())
    return re.compile("|".join(line for line in stripped if line and not line.startswith("#")), re.IGNORECASE)


def one_line(text: str, longest: int) -> str:
    """A text on one line that every database keeps: no NUL, no half characters."""
    seen = "".join(letter if letter.isprintable() else " " for letter in text[: 4 * longest])
    return " ".join(seen.split())[:longest]
