"""Letters as bytes (RFC 5322, 2045, 2046, 2047).

`email.message.EmailMessage` is not used: it makes encoded words of long List-Unsubscribe links, which kills one-click.
"""

from newsletter.errors import BadLetter
from newsletter.message.boundary import boundary_of, delimiters, mime_fields, part_head
from newsletter.message.letter import Letter
from newsletter.message.letterhead import Letterhead
from newsletter.message.quoted import one_newline, quoted_text, utf8


def to_bytes(letter: Letter, *, eight_bit: bool = False, smtputf8: bool = False) -> bytes:
    r"""The letter as it goes over the wire, before dot-stuffing; the header fields end at the first `\r\n\r\n`.

    The same letter gives the same bytes. `eight_bit` and `smtputf8` say what the server offers (8BITMIME, SMTPUTF8).
    Raises BadLetter for what cannot be sent as it stands; nothing is dropped or mended in silence.
    """
    parts = (_part("plain", letter.text, eight_bit=eight_bit), _part("html", letter.html, eight_bit=eight_bit))
    boundary = _boundary_unlike(parts, letter.message_id)
    coding = "7bit" if all(map(bytes.isascii, parts)) else "8bit"
    alternative, files = mime_fields(boundary, coding), letter.files
    mime = files.fields(coding) if files.boundary else alternative
    letterhead = Letterhead.of(letter.sender, letter.reply_to, letter.language, mime, letter.headers)
    head = letterhead.octets(
        to=letter.to, subject=letter.subject, date=letter.date, message_id=letter.message_id, smtputf8=smtputf8
    )
    start, end = delimiters(boundary)
    return b"".join((head, files.before(alternative), start, parts[0], start, parts[1], end, files.octets))


def _part(subtype: str, text: str, *, eight_bit: bool) -> bytes:
    octets = utf8(one_newline(text)).replace(b"\n", b"\r\n")
    if b"\0" in octets:
        raise BadLetter(f"The {subtype} part holds a NUL character.", hint="Remove it.")
    if eight_bit and max(map(len, octets.split(b"\r\n"))) <= 998:
        return part_head(subtype, "8bit") + octets
    return part_head(subtype) + quoted_text(octets)


def _boundary_unlike(parts: tuple[bytes, bytes], seed: str) -> str:
    boundary = boundary_of(seed)
    while any(boundary.encode() in part for part in parts):  # an 8bit part might hold anything
        boundary = boundary_of(boundary)
    return boundary
