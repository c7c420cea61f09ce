"""One copy as the wire takes it."""

from dataclasses import dataclass

from newsletter.smtp.envelope import Envelope


@dataclass(frozen=True, slots=True)
class Copy:
    """A message's octets on its way to one person; `key` is the caller's name for it and never leaves this machine."""

    key: int | None
    envelope: Envelope
    octets: bytes
