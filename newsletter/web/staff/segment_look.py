"""What a segment covers now, as its page shows it, kept for some minutes in the memory of this process."""

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar, cast

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.chosen import Chosen
from newsletter.audience.person import Person
from newsletter.audience.segment import Audience, reach
from newsletter.audience.topic import DEFAULT_TOPIC, Topic
from newsletter.report.segment_reach import OutOfReach, out_of_reach
from newsletter.segment.choosing import names_of, select_of
from newsletter.segment.counting import Covered, count_covered, count_people, some_people
from newsletter.segment.definition import Definition
from newsletter.segment.reading import as_json
from newsletter.segment.wording import in_words
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.show import country, language

KEPT = timedelta(minutes=5)
_MOST = 500
_PATIENCE = 1.0  # seconds that the list of all segments may take to count
_KEY = "segment figures"
_Figure = TypeVar("_Figure")


@dataclass(frozen=True, slots=True)
class Look:
    """The figures: `targeted` would get a bulletin of the topic now, `left_out` would not, by rule."""

    words: str
    covered: Covered
    names_machines: bool
    topic: str
    targeted: int
    left_out: Mapping[str, int]
    unreached: OutOfReach | None


def look(session: Session, definition: Definition, topic: str) -> Look:
    """The figures of a definition, at most some minutes old. Raises Refused."""
    return kept((as_json(definition), topic), lambda: _look(session, definition, topic))


def words_of(session: Session, definition: Definition) -> str:
    """The definition in words, with countries and languages by name."""
    return in_words(definition, replace(names_of(session, definition), country=country, language=language))


def sample(session: Session, definition: Definition) -> Sequence[Person]:
    """Some of the people."""
    return some_people(session, definition, parts.now())


def living_counts(session: Session, definitions: Mapping[str, Definition]) -> dict[str, tuple[int, datetime]]:
    """How many people each segment chooses, and when it was counted; those there was no time to count are not in it."""
    began = time.perf_counter()
    found: dict[str, tuple[int, datetime]] = {}
    for key, definition in definitions.items():
        if time.perf_counter() - began < _PATIENCE or _fresh(_name(definition)):
            found[key] = counted(session, definition)
    return found


def counted(session: Session, definition: Definition) -> tuple[int, datetime]:
    """How many people it chooses, and when that was counted. Raises Refused."""
    return kept(_name(definition), lambda: (count_people(session, definition, parts.now()), parts.now()))


def _name(definition: Definition) -> Hashable:
    return as_json(definition), "people"


def kept(name: Hashable, figure: Callable[[], _Figure]) -> _Figure:
    """A figure from memory, or reckoned now."""
    memory = _memory()
    if not _fresh(name):
        if len(memory) >= _MOST:
            memory.clear()
        memory[name] = (parts.now(), figure())
    return cast("_Figure", memory[name][1])


def _memory() -> dict[Hashable, tuple[datetime, object]]:
    memory: dict[Hashable, tuple[datetime, object]] = current_app.extensions.setdefault(_KEY, {})
    return memory


def _fresh(name: Hashable) -> bool:
    found = _memory().get(name)
    return found is not None and timedelta(0) <= parts.now() - found[0] < KEPT


def _look(session: Session, definition: Definition, topic: str) -> Look:
    now = parts.now()
    found = select_of(session, definition, now)
    chosen = Chosen("", 0, "", "", found.people, found.units, found.names_machines)
    row = session.scalar(select(Topic).where(Topic.key == topic))
    row = row or session.scalar(select(Topic).where(Topic.key == DEFAULT_TOPIC))
    reached = reach(session, Audience(row.id, at=now, chosen=chosen)) if row else None
    return Look(
        words=words_of(session, definition),
        covered=count_covered(session, definition, now),
        names_machines=found.names_machines,
        topic=row.key if row else "",
        targeted=reached.targeted if reached else 0,
        left_out=reached.left_out if reached else {},
        unreached=out_of_reach(session, found.units) if found.units is not None else None,
    )
