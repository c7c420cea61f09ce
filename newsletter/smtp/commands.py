"""The octets of an envelope and of a message, as they stand on the wire."""

from newsletter.errors import BadLetter
from newsletter.smtp.envelope import Envelope, xtext
from newsletter.smtp.extensions import Extensions

DATA = b"DATA\r\n"
RSET = b"RSET\r\n"
QUIT = b"QUIT\r\n"
DOT = b".\r\n"

_LONGEST_LINE = 998
_LONGEST_ORCPT = 500


def mail(envelope: Envelope, message: bytes, offered: Extensions) -> bytes:
    """MAIL with the parameters that were offered and are needed (RFC 1870, 6152, 6531, 3461)."""
    command = f"MAIL FROM:<{envelope.sender}>"
    if offered.size is not None:
        command += f" SIZE={len(message)}"
    if offered.eight_bit and not message.isascii():
        command += " BODY=8BITMIME"
    if envelope.needs_smtputf8:
        command += " SMTPUTF8"
    if offered.dsn:
        command += " RET=HDRS"
        if envelope.envid is not None:
            command += f" ENVID={xtext(envelope.envid)}"
    return command.encode() + b"\r\n"


def rcpt(envelope: Envelope, offered: Extensions) -> bytes:
    """RCPT, which asks for a report of failure and delay where DSN was offered (RFC 3461 section 4)."""
    command = f"RCPT TO:<{envelope.recipient}>"
    if offered.dsn:
        command += f" NOTIFY=FAILURE,DELAY{_orcpt(envelope.recipient)}"
    return command.encode() + b"\r\n"


def _orcpt(recipient: str) -> str:
    # An address beyond ASCII is not of type rfc822 (RFC 6533 section 3), and the report names it anyhow.
    encoded = xtext(recipient)
    return f" ORCPT=rfc822;{encoded}" if recipient.isascii() and len(encoded) <= _LONGEST_ORCPT else ""


def body(message: bytes) -> bytes:
    """The message with its dots doubled (RFC 5321 4.5.2), ending in a line end, still without the final dot.

    Raises BadLetter for what must never be on the wire: a bare CR or LF, NUL, a line over 998 octets.
    """
    lines = message.split(b"\r\n")
    ends = len(lines) - 1
    if message.count(b"\r") != ends or message.count(b"\n") != ends:
        raise BadLetter("The message has a line end that is not CRLF.")
    if b"\0" in message:
        raise BadLetter("The message holds a NUL.")
    if max(map(len, lines)) > _LONGEST_LINE:
        raise BadLetter("The message has a line of more than 998 octets.")
    ending = b"\r\n" if lines[-1] else b""
    opening = b"." if message.startswith(b".") else b""
    return opening + message.replace(b"\r\n.", b"\r\n..") + ending
