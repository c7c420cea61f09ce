"""Finding the copies of a run that stand somewhere, a page at a time, without reading a million others."""

import json
from collections.abc import Collection, Iterator

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch
from newsletter.ledger.states import State


def ids_standing(
    session: Session, run_id: int, states: Collection[State], *, limit: int, after_id: int = 0
) -> list[int]:
    """The ids of a run's copies in these states, by batch and id, at most `limit`, those after the copy `after_id`."""
    last = select(Delivery.batch).where(Delivery.id == after_id, Delivery.run_id == run_id)
    first = session.scalar(last)
    found: list[int] = []
    for numbers in _batches(session, run_id, states, first or 0, limit):
        query = select(Delivery.id).where(Delivery.run_id == run_id, Delivery.batch.in_(numbers))
        if len(states) < len(State):
            query = query.where(Delivery.state.in_(states))
        if after_id:
            is_later = Delivery.id > after_id
            query = query.where(is_later if first is None else or_(Delivery.batch != first, is_later))
        found += session.scalars(query.order_by(Delivery.batch, Delivery.id).limit(limit - len(found)))
        if len(found) == limit:
            break
    return found


def _batches(session: Session, run_id: int, states: Collection[State], first: int, limit: int) -> Iterator[list[int]]:
    """The batches that hold such copies by their tally, or that have none; so many at once as should fill a page.

    The first holds some that were shown before, so it fills nothing.
    """
    query = select(Batch.number, Batch.tally).where(Batch.run_id == run_id, Batch.number >= first)
    together, hoped = list[int](), 0
    for number, tally in session.execute(query.order_by(Batch.number)):
        copies = sum(json.loads(tally).get(state, 0) for state in states) if tally else None
        if copies == 0:
            continue
        together.append(number)
        hoped += copies if copies and number != first else 0
        if hoped >= limit or copies is None:
            yield together
            together, hoped = [], 0
    if together:
        yield together
