"""A copy made ready for one relay, or held back from it before anything is said."""

from dataclasses import dataclass

from newsletter.errors import BadLetter
from newsletter.smtp import commands
from newsletter.smtp.copy import Copy
from newsletter.smtp.extensions import Extensions
from newsletter.smtp.outcome import Cause, Kind, Outcome


@dataclass(slots=True)
class Ready:
    """A copy with its octets checked; `held` is its outcome where nothing is to be said to the relay."""

    copy: Copy
    octets: bytes
    held: Outcome | None


def make_ready(copy: Copy, offered: Extensions) -> Ready:
    """The copy for a relay that offers this."""
    try:
        octets = commands.checked(copy.octets, is_body_sound=copy.is_body_sound)
    except BadLetter as error:
        return Ready(copy, b"", Outcome(Kind.HELD, Cause.CONTENT, usable=True, detail=str(error)))
    return Ready(copy, octets, _held(copy, octets, offered))


def _held(copy: Copy, octets: bytes, offered: Extensions) -> Outcome | None:
    if not offered.smtputf8 and copy.envelope.needs_smtputf8:
        return Outcome(Kind.HELD, Cause.SMTPUTF8, usable=True, detail="The relay takes only ASCII addresses.")
    if not offered.eight_bit and not octets.isascii():
        return Outcome(Kind.HELD, Cause.EIGHT_BIT, usable=True, detail="The relay takes only 7-bit messages.")
    if offered.size is not None and len(octets) > offered.size:
        words = f"The message has {len(octets)} octets; the relay takes {offered.size}."
        return Outcome(Kind.REFUSED, Cause.SIZE, usable=True, detail=words)
    return None
