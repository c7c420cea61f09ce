"""Human text in header fields: encoded words (RFC 2047), phrases and folding (RFC 5322 section 2.2.3)."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from newsletter.errors import BadLetter

LINE = 76  # RFC 2047 section 2: a line that holds an encoded word has at most 76 octets.

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PRINTABLE = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_ATOMS = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_PIECE = re.compile(r" *[^ ]+")
_Q_SAFE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/ ")
_Q_ESCAPED = re.compile(rb"[^A-Za-z0-9!*+\-/ ]")
_FRAME = len("=?utf-8?q??=")


def clean(value: str, what: str) -> str:
    """The value itself. Raises BadLetter if it holds what could break out of its line or turn its reading round."""
    if found := _FORBIDDEN.search(value):
        raise BadLetter(
            f"The {what} holds the control character U+{ord(found[0]):04X} at position {found.start() + 1}.",
            hint="Remove it; line breaks and direction overrides cannot stand in a header.",
        )
    return value


def clean_field(name: str, value: str) -> str:
    """A value in wire form: printable ASCII on one line, whose encoded words hold nothing forbidden either."""
    if not _PRINTABLE.fullmatch(value):
        raise BadLetter(f"The header {name} must be one line of printable ASCII.", hint="Encode or remove the rest.")
    if "=?" in value:
        try:
            clean(str(make_header(decode_header(value))), name)
        except (HeaderParseError, LookupError, UnicodeError, ValueError) as cause:
            raise BadLetter(f"The header {name} holds a broken encoded word.", hint="Give the text itself.") from cause
    return value


def unstructured(value: str, used: int) -> str:
    """Text for a field such as Subject, of which the first line has `used` octets already; one line, to be folded."""
    if _PRINTABLE.fullmatch(value) and "=?" not in value and _fits(value, used):
        return value
    return " ".join(_encoded_words(value, used))


def phrase(value: str, used: int) -> str:
    """A display name: atoms, a quoted string, or encoded words. Runs of spaces mean one space (RFC 5322, 3.2.2)."""
    if "  " in value or value[:1] == " " or value[-1:] == " ":
        value = " ".join(filter(None, value.split(" ")))
    if not _PRINTABLE.fullmatch(value) or "=?" in value:
        return " ".join(_encoded_words(value, used))
    plain = value if _ATOMS.fullmatch(value) else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return plain if _fits(plain, used) else " ".join(_encoded_words(value, used))


def fold(name: str, value: str) -> str:
    """The header field without its closing CRLF, broken before spaces. Raises BadLetter past 998 octets a line."""
    if len(name) + 2 + len(value) <= LINE or (" " not in value and len(value) <= 900):
        return f"{name}: {value}"
    lines, line = [], f"{name}:"
    for piece in _PIECE.findall(" " + value):
        # A break right after the name would be legal, but some readers then take the field for empty.
        if len(line) + len(piece) > LINE and len(line) > len(name) + 1:
            lines.append(line)
            line = ""
        line += piece
    lines.append(line)
    if max(map(len, lines)) > 998:
        raise BadLetter(f"The header {name} cannot be broken into lines of 998.", hint="Shorten the link or the name.")
    return "\r\n".join(lines)


def _fits(value: str, used: int) -> bool:
    if used + len(value) <= LINE:
        return True
    pieces = _PIECE.findall(value)
    return used + len(pieces[0]) <= LINE and all(len(piece) < LINE for piece in pieces)


def _encoded_words(value: str, used: int) -> Iterator[str]:
    first, rest = LINE - used - _FRAME, LINE - 1 - _FRAME
    if sum(map(_q_cost, value)) <= (len(value.encode()) + 2) // 3 * 4:
        for part in _slices(value, _q_cost, first, rest):
            yield f"=?utf-8?q?{_q(part)}?="
    else:
        for part in _slices(value, _b_cost, first // 4 * 3, rest // 4 * 3):
            yield f"=?utf-8?b?{b64encode(part.encode()).decode('ascii')}?="


def _slices(value: str, cost: Callable[[str], int], first: int, rest: int) -> Iterator[str]:
    """Cuts between characters, after a space where one is near.

    Python's own parser reads a space between two encoded words of a name (CPython issue 128110); beside a space
    that does the least harm.
    """
    begin, room = 0, first
    while begin < len(value):
        end = _reach(value, begin, cost, room)
        if end < len(value) and (space := value.rfind(" ", begin, end)) > begin:
            end = space + 1
        yield value[begin:end]
        begin, room = end, rest


def _reach(value: str, begin: int, cost: Callable[[str], int], room: int) -> int:
    end = begin
    while end < len(value) and (room := room - cost(value[end])) >= 0:
        end += 1
    return end


def _q(part: str) -> str:
    escaped = _Q_ESCAPED.sub(lambda found: b"=" + found[0].hex().upper().encode(), part.encode())
    return escaped.replace(b" ", b"_").decode("ascii")


def _q_cost(char: str) -> int:
    return 1 if ord(char) < 128 and ord(char) in _Q_SAFE else 3 * len(char.encode())


def _b_cost(char: str) -> int:
    return len(char.encode())
