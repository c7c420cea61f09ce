"""Quoted-printable (RFC 2045 section 6.7), whole or in pieces between which values will stand."""

import re
from binascii import b2a_qp
from collections.abc import Sequence

from newsletter.errors import BadLetter

LONGEST = 75  # octets: one less than a line may have, so that a soft line break fits behind every line
SOFT = b"=\r\n"

_FULL_LINE = re.compile(rb"(?:\..{0,72}|[^.].{0,74})(?<!=)(?<!=.)")  # does not end within "=C3"
_DOT = b"=2E"


def utf8(text: str) -> bytes:
    """The text as octets. Raises BadLetter for half a character, which has none."""
    try:
        return text.encode()
    except UnicodeEncodeError as cause:
        raise BadLetter("The letter holds half a character.", hint="Enter the text again.") from cause


def quoted(line: bytes) -> bytes:
    """One line of text, coded in lines of at most 75 octets, none of which ends in a blank or lacks its soft break.

    So a soft line break may follow as well as a hard one. `line` holds no line break. No line begins with a dot, which
    SMTP would double: what is looked for and not found costs less, and some servers double none.
    """
    coded = b2a_qp(line)
    if len(coded) <= LONGEST and not coded.startswith(b"."):
        return coded
    # It breaks lines at 76, and a blank at the end of a full line stretches that line to 77.
    lines = _FULL_LINE.findall(coded.replace(b"=\n", b""))
    return SOFT.join([_DOT + line[1:] if line.startswith(b".") else line for line in lines])


def quoted_text(text: bytes) -> bytes:
    r"""A text whose lines end in `\r\n`."""
    return b"\r\n".join(map(quoted, text.split(b"\r\n")))


def one_newline(text: str) -> str:
    r"""The text with `\n` for every line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def seamed(pieces: Sequence[str]) -> list[bytes]:
    """The pieces of a text coded so that between each two any `quoted` line may stand, an empty one too.

    A value starts on a line of its own and what follows it on the next: so no line break depends on a value.
    """
    return [_seamed(piece, is_first=at == 0, is_last=at == len(pieces) - 1) for at, piece in enumerate(pieces)]


def _seamed(piece: str, *, is_first: bool, is_last: bool) -> bytes:
    lines = [quoted(utf8(line)) for line in one_newline(piece).split("\n")]
    if len(lines) == 1 and not lines[0]:
        return b"" if is_first or is_last else SOFT
    before = SOFT if lines[0] and not is_first else b""
    after = SOFT if lines[-1] and not is_last else b""
    return before + b"\r\n".join(lines) + after
