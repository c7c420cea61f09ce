"""People who do not exist, for seeing a bulletin before anybody is on record for it."""

from newsletter.bulletin.values import Machine, Reader

_OWNER = ("K10214", "Toolroom North")
_MACHINES = (Machine(1, "VX-500", "A100231", *_OWNER, "DE"), Machine(2, "VX-500i", "A103000", *_OWNER, "DE"))

TWO_MACHINES = Reader("nora@toolroom.example", "Nora", "Frost", "en", _MACHINES, (_OWNER,))
NOBODY_KNOWN = Reader("office@toolroom.example", "", "", "en", (), ())

MADE_UP = {
    "one": ("Somebody with one machine", TWO_MACHINES._replace(machines=_MACHINES[:1])),
    "two": ("Somebody with two machines", TWO_MACHINES),
    "nothing": ("Somebody of whom we know only the address", NOBODY_KNOWN),
}
"""By key: who it is, and the reader."""


def as_made_up(key: str, models: tuple[str, ...], language: str) -> Reader:
    """One of them, with machines of the first of these models, who reads a language. Any other key is a usual one."""
    reader = MADE_UP.get(key, MADE_UP["two"])[1]
    named = zip(reader.machines, (models * 2)[: len(reader.machines)] or ("",) * 2, strict=False)
    machines = tuple(machine._replace(model=model or machine.model) for machine, model in named)
    return reader._replace(machines=machines, language=language)
