"""One copy as the wire takes it."""

from typing import NamedTuple

from newsletter.smtp.envelope import Envelope


class Copy(NamedTuple):
    """A message's octets on its way to one person; `key` is the caller's name for it and never leaves this machine.

    `is_body_sound`: whoever made it knows that what follows the head are lines that `commands.checked` lets pass, and
    that no line at all begins with a dot.
    """

    key: int | None
    envelope: Envelope
    octets: bytes
    is_body_sound: bool = False
