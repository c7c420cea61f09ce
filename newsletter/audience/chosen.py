"""Whom a saved segment chooses, as the rooms above hand it to an audience."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select
from sqlalchemy.orm import Session

from newsletter.errors import BadBulletin


@dataclass(frozen=True, slots=True)
class Chosen:
    """A segment as it stands now: `people` selects the ids of persons, `units` those of machines, None: of all.

    `names_machines` says that it chooses people by their machines, so that a copy speaks of these. `key`, `version`,
    `definition` and `words` are what is written down of it with a run.
    """

    key: str
    version: int
    definition: str
    words: str
    people: Select[int]
    units: Select[int] | None = None
    names_machines: bool = False


Choose = Callable[[Session, str, datetime], Chosen]
"""Gives the segment of a key as it stands at a time; raises BadBulletin where there is none that can be read."""


def no_segments(_session: Session, key: str, _at: datetime) -> Chosen:
    """What chooses where nobody handed in more: a bulletin that names a segment is refused, never sent to everybody."""
    raise BadBulletin(f"Nobody here can look up the segment {key!r}.", hint="Nothing was sent.")
