from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture as octets; `kind` is a media type, width and height are pixels."""

    octets: bytes
    kind: str
    width: int
    height: int
