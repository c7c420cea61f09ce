"""Which of two firmware versions is the newer, and whether they are one. Pure."""

import re

Order = tuple[tuple[int, int, str], ...]

_PARTS = re.compile(r"[0-9]{1,18}|[a-z]+")
_PREFIX = re.compile(r"^[^0-9]*(?=[0-9])")


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
