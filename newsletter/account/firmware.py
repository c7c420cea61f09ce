"""Which of two firmware versions is the newer, whether they are one, and of what they are versions. Pure."""

import re

Order = tuple[tuple[int, int, str], ...]

_PARTS = re.compile(r"[0-9]{1,18}|[a-z]+")
_PREFIX = re.compile(r"^[^0-9]*(?=[0-9])")
_WORD = re.compile(r"[^\W\d_]+")
_SAYS_NOTHING = frozenset(
    {"v", "ver", "version", "r", "rev", "revision", "rel", "release", "fw", "firmware", "sw", "software"}
)


def order_of(version: str) -> Order:
    """What versions are sorted by: "V4.9" is older than "4.10", and that than "4.10.1" and "4.10b"; case is nothing.

    What stands before the first digit is a name and not counted. A letter is less than a number in the same place.
    Empty where there is nothing to sort by, as of "-": such a version is unknown, neither older nor newer than any.
    """
    parts = _PARTS.findall(_PREFIX.sub("", version.lower()))
    return tuple((1, int(part), "") if part.isdigit() else (0, 0, part) for part in parts)


def identity_of(version: str) -> Order | str:
    """What all spellings of one version have in common: their order, or of what cannot be sorted how it is spelled."""
    return order_of(version) or version.casefold()


def subject_of(version: str) -> str:
    """Of what it is a version: "plc" of "PLC V4.2", empty of "V4.2" and "FW 4.2"."""
    before = _PREFIX.match(version.lower())
    return " ".join(word for word in _WORD.findall(before[0]) if word not in _SAYS_NOTHING) if before else ""


def is_of(version: str, asked: str) -> bool:
    """Whether a version is of what another one asks about; "4.2" asks about everything."""
    return subject_of(asked) in ("", subject_of(version))
