"""The octets of an envelope and of a message, as they stand on the wire."""

from io import IncrementalNewlineDecoder

from newsletter.errors import BadLetter
from newsletter.smtp.envelope import Envelope, xtext
from newsletter.smtp.extensions import Extensions

DATA = b"DATA\r\n"
RSET = b"RSET\r\n"
QUIT = b"QUIT\r\n"
DOT = b".\r\n"

_LINE_ENDS = (None, "\r\n")
_LONGEST_LINE = 998
_WINDOW = 499
_LONGEST_ORCPT = 500


def envelope(envelope: Envelope, message: bytes, offered: Extensions) -> bytes:
    """MAIL and RCPT, with the parameters that were offered and are needed (RFC 1870, 6152, 6531, 3461)."""
    size = "" if offered.size is None else f" SIZE={len(message)}"
    eight_bit = " BODY=8BITMIME" if offered.eight_bit and not message.isascii() else ""
    utf8 = " SMTPUTF8" if envelope.needs_smtputf8 else ""
    ret, notify = _reports(envelope) if offered.dsn else ("", "")
    return (
        f"MAIL FROM:<{envelope.sender}>{size}{eight_bit}{utf8}{ret}\r\nRCPT TO:<{envelope.recipient}>{notify}\r\n"
    ).encode()


def _reports(envelope: Envelope) -> tuple[str, str]:
    """What MAIL and RCPT say about reports of failure and delay (RFC 3461 section 4)."""
    envid = "" if envelope.envid is None else f" ENVID={envelope.envid}"
    # An address beyond ASCII is not of type rfc822 (RFC 6533 section 3), and the report names it anyhow.
    name = xtext(envelope.recipient) if envelope.recipient.isascii() else ""
    orcpt = f" ORCPT=rfc822;{name}" if 0 < len(name) <= _LONGEST_ORCPT else ""
    return f" RET=HDRS{envid}", f" NOTIFY=FAILURE,DELAY{orcpt}"


def checked(message: bytes, *, is_body_sound: bool = False) -> bytes:
    """The message ending in a line end. Raises BadLetter for what must never be on the wire.

    That is a bare CR or LF, NUL, and a line over 998 octets. Of a message whose body is sound only the head is looked
    at, up to the first empty line.
    """
    part = message[: message.find(b"\r\n\r\n") + 2] if is_body_sound else message
    # The decoder of text files looks at each line end once, three times as fast as counting CR, LF and CRLF apart.
    lines = IncrementalNewlineDecoder(None, translate=False)
    lines.decode(part.decode("latin-1"), final=True)
    if lines.newlines not in _LINE_ENDS:
        raise BadLetter("The message has a line end that is not CRLF.")
    if b"\0" in part:
        raise BadLetter("The message holds a NUL.")
    if _has_long_line(part):
        raise BadLetter("The message has a line of more than 998 octets.")
    return message if message.endswith(b"\r\n") or not message else message + b"\r\n"


def _has_long_line(message: bytes) -> bool:
    # A line of 999 octets covers a window of 499 that begins at a multiple of 499, and most messages have none such.
    for start in range(0, len(message) - _WINDOW + 1, _WINDOW):
        if message.find(b"\n", start, start + _WINDOW) < 0:
            return max(map(len, message.split(b"\r\n"))) > _LONGEST_LINE
    return False


def dotted(message: bytes, *, has_no_dots: bool = False) -> bytes:
    """A checked message as it follows DATA: its dots doubled (RFC 5321 4.5.2), and the final dot.

    Whoever knows that no line begins with a dot saves the search.
    """
    if has_no_dots:
        return message + DOT
    # Searched from the end the first octet decides, and three in four are skipped; forward it takes four times as long.
    if message.rfind(b"\r\n.") >= 0:
        message = message.replace(b"\r\n.", b"\r\n..")
    opening = b"." if message.startswith(b".") else b""
    return b"".join((opening, message, DOT))


def bdat(size: int, *, is_last: bool) -> bytes:
    """The command that announces so many octets of a message (RFC 3030 section 2)."""
    return b"BDAT %d LAST\r\n" % size if is_last else b"BDAT %d\r\n" % size
