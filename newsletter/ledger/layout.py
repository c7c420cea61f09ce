"""How the copies of a run are laid into batches: all alike, in waves, or by when it is time where their readers are.

Whoever is in which wave is settled by a number that the run's seed draws for each person, so that a wave is a fair
sample of all; the sizes are exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise

from sqlalchemy import ColumnElement, Select, Subquery, Table, case, func, literal, select

from newsletter.bulletin.waves import WHOLE
from newsletter.db import UtcDateTime
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.places import Places, placed
from newsletter.ledger.wave import WIDTH, first_batch

# Copies in a batch: small runs in many batches, so that all connections have work; large ones in few, because each is
# leased and given back.
SMALLEST, LARGEST, _BATCHES = 50, 2000, 16

AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
"""When a new copy is due. Not the time of the start: a clock that is set back then would put the whole run off."""

DUE_AT_ONCE = literal(AT_ONCE, UtcDateTime())
_PRIME = 2_147_483_647  # its square fits into the integers of both databases


@dataclass(frozen=True, slots=True)
class Layout:
    """`copies` are rows (person_id, address, units, batch, due_at) of who gets one; `due_at` is when a batch is due.

    A batch that has to wait for something else than a time is not due.
    """

    copies: Select[int, str, str, int, datetime]
    due_at: ColumnElement[datetime] | ColumnElement[datetime | None]


def batch_size(copies: int, share: float = 1.0) -> int:
    """The size of the batches of a part of a run of so many copies."""
    return max(SMALLEST, min(LARGEST, int(copies * share) // _BATCHES))


def all_alike(people: Table, copies: int) -> Layout:
    """Everybody at once."""
    number = func.row_number().over(order_by=people.c.person_id) - 1
    batch = number // batch_size(copies)
    return Layout(copies_in(people, batch, DUE_AT_ONCE).where(people.c.rule.is_(None)), DUE_AT_ONCE)


def in_waves(people: Table, copies: int, ends: Sequence[int], seed: str) -> Layout:
    """One wave after the other; `ends` are how much of WHOLE has gone with each. Every wave rounds up what went."""
    ranked = drawn(people, seed)
    upto = [(ranked.c.total * end + (WHOLE - 1)) // WHOLE for end in ends]
    wave = case(*((ranked.c.drawn < end, number) for number, end in enumerate(upto[:-1])), else_=len(ends) - 1)
    sizes = [batch_size(copies, (end - before) / WHOLE) for before, end in pairwise((0, *ends))]
    waved, batch = in_parts(ranked, wave, sizes)
    # The batches of a wave that has to wait have nothing to do before it is opened.
    return Layout(copies_in(waved, batch, DUE_AT_ONCE), case((Delivery.batch < first_batch(2), DUE_AT_ONCE)))


def in_places(people: Table, copies: int, places: Places) -> Layout:
    """Each copy due when it is time where its reader is."""
    there = placed(people, places)
    parted, batch = in_parts(there, there.c.place, [batch_size(copies)] * len(places.times))
    due = {index: literal(at, UtcDateTime()) for index, at in enumerate(places.times)}
    of_batches = {index * WIDTH: at for index, at in due.items()}
    return Layout(
        copies_in(parted, batch, case(due, value=parted.c.part)),
        case(of_batches, value=Delivery.batch - Delivery.batch % WIDTH),
    )


def drawn(people: Table, seed: str) -> Subquery:
    """Who gets a copy, each with the place `drawn` for them, from 0, and the `total` of all."""
    place = func.row_number().over(order_by=(draw(people.c.person_id, seed), people.c.person_id)) - 1
    ranked = select(people, place.label("drawn"), func.count().over().label("total")).where(people.c.rule.is_(None))
    return ranked.subquery("ranked")


def in_parts(people: Subquery, part: ColumnElement[int], sizes: Sequence[int]) -> tuple[Subquery, ColumnElement[int]]:
    """The same people, and the batch of each: `part` counts from 0, `sizes` are those of the batches of each part.

    Within a part they stand in the order of their ids: in any other the indexes of a million copies take minutes.
    """
    parted = select(people, part.label("part")).subquery("parted")
    number = func.row_number().over(partition_by=parted.c.part, order_by=parted.c.person_id) - 1
    return parted, parted.c.part * WIDTH + number // case(dict(enumerate(sizes)), value=parted.c.part)


def draw(person_id: ColumnElement[int], seed: str) -> ColumnElement[int]:
    """A number for each person that only the seed tells, the same on both databases."""
    digest = sha256(seed.encode()).digest()
    first, second, third, fourth = (int.from_bytes(digest[at : at + 8]) % _PRIME or 1 for at in (0, 8, 16, 24))
    mixed = (person_id % _PRIME * first + second) % _PRIME
    # Once squared, neighbours are strangers: a straight line alone would spread them evenly, as no sample does.
    mixed = (mixed * mixed + third) % _PRIME
    return (mixed * mixed + fourth) % _PRIME


def copies_in(
    people: Table | Subquery, batch: ColumnElement[int], due_at: ColumnElement[datetime]
) -> Select[int, str, str, int, datetime]:
    """The rows of a `Layout`."""
    return select(people.c.person_id, people.c.address, people.c.units, batch.label("batch"), due_at.label("due_at"))
