"""How many copies stand where, without counting a million rows: kept on each batch while nobody works on it.

A batch without a tally is counted. Whoever may change a copy takes the tally of its batch away first, in the same
transaction. The lock on the batch's row makes those who change and those who count wait for each other, so a tally that
is there is exact, whoever died when.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.db import Database, rows_changed
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, BatchKey
from newsletter.ledger.states import State

# Built once: an engine needs them for each batch, and to build them takes longer than to run them.
_COUNT_ONE: Final = (
    select(Delivery.state, func.count())
    .where(Delivery.run_id == bindparam("run"), Delivery.batch == bindparam("place"))
    .group_by(Delivery.state)
)
_KEEP: Final = (
    update(Batch)
    .where(Batch.run_id == bindparam("run"), Batch.number == bindparam("place"))
    .values(tally=bindparam("kept"))
)
_AT_ONCE = 10  # batches in one transaction: so long nobody else writes on SQLite


def tallied(copies: Mapping[State, int]) -> str:
    """A tally as it is kept."""
    return json.dumps({str(state): copies[state] for state in sorted(copies)})


def may_have(states: Collection[State]) -> ColumnElement[bool]:
    """Whether a batch has copies in one of these states, as far as its tally tells without a look at them.

    One without a tally may have.
    """
    return or_(Batch.tally.is_(None), *[Batch.tally.contains(f'"{state}"') for state in sorted(states)])


def counted(session: Session, run_ids: Collection[int]) -> dict[int, Counter[State]]:
    """How many copies of these runs stand where: by run, then by state."""
    # One statement says which batches have a tally: between two a batch could get its own, and be in neither.
    number = case((Batch.tally.is_(None), Batch.number))
    query = select(Batch.run_id, Batch.tally, number, func.count()).where(Batch.run_id.in_(run_ids))
    found: dict[int, Counter[State]] = {run_id: Counter() for run_id in run_ids}
    to_count = defaultdict[int, list[int]](list)
    for run_id, tally, untallied, batches in session.execute(query.group_by(Batch.run_id, Batch.tally, number)):
        if tally is None:
            to_count[run_id].append(untallied)
        else:
            found[run_id].update({State(state): copies * batches for state, copies in json.loads(tally).items()})
    for run_id, numbers in to_count.items():
        found[run_id].update(_count(session, run_id, numbers))
    return found


def counted_between(session: Session, run_id: int, first: int, last: int) -> Counter[State]:
    """How many copies stand where in the batches of a run with these numbers, both ends included."""
    its = select(Batch.number, Batch.tally).where(Batch.run_id == run_id, Batch.number.between(first, last))
    found, to_count = Counter[State](), list[int]()
    for number, tally in session.execute(its):
        if tally is None:
            to_count.append(number)
        else:
            found.update({State(state): copies for state, copies in json.loads(tally).items()})
    if to_count:
        found.update(_count(session, run_id, to_count))
    return found


def counted_by_variant(session: Session, run_id: int, before: int) -> dict[str, Counter[State]]:
    """How many copies of each variant stand where, in the batches of a run with numbers below one."""
    its = select(Batch.variant, Batch.number, Batch.tally).where(Batch.run_id == run_id, Batch.number < before)
    found, to_count = defaultdict[str, Counter[State]](Counter), defaultdict[str, list[int]](list)
    for variant, number, tally in session.execute(its):
        if tally is None:
            to_count[variant].append(number)
        else:
            found[variant].update({State(state): copies for state, copies in json.loads(tally).items()})
    for variant, numbers in to_count.items():
        found[variant].update(_count(session, run_id, numbers))
    return found


def _count(session: Session, run_id: int, numbers: Collection[int]) -> dict[State, int]:
    theirs = select(Delivery.state, func.count()).where(Delivery.run_id == run_id, Delivery.batch.in_(numbers))
    return {State(state): copies for state, copies in session.execute(theirs.group_by(Delivery.state))}


def take_away(session: Session, batches: Collection[BatchKey]) -> None:
    """These batches are counted from now on. Does not commit.

    Before their copies are touched, as everybody takes the locks: runs, batches, copies.
    """
    # One by one, because a single UPDATE would take the locks in any order.
    for run_id, number in sorted(batches):
        row = update(Batch).where(Batch.run_id == run_id, Batch.number == number)
        session.execute(row.values(tally=None).execution_options(synchronize_session=False))


def batches_of(session: Session, which: ColumnElement[bool]) -> set[BatchKey]:
    """The batches of these copies."""
    rows = session.execute(select(Delivery.run_id, Delivery.batch).where(which).distinct())
    return {(run_id, number) for run_id, number in rows}


def write_tally(session: Session, batch: BatchKey) -> None:
    """Count a batch whose row is locked, and keep the tally. Does not commit."""
    connection, its = session.connection(), {"run": batch[0], "place": batch[1]}
    copies = {State(state): copies for state, copies in connection.execute(_COUNT_ONE, its)}
    connection.execute(_KEEP, {**its, "kept": tallied(copies)})


def tally_idle(db: Database, now: datetime) -> int:
    """Count every batch that nobody works on and that has no tally, some at a time; how many it were."""
    total = 0
    while True:
        with db.read() as session:
            batches = session.execute(_untallied(now).limit(_AT_ONCE)).all()
        if not batches:
            return total
        with db.write() as session:
            done = [_tally_if_idle(session, (run_id, number), now) for run_id, number in batches]
        total += sum(done)
        if not any(done):  # all of them were leased meanwhile
            return total


def _tally_if_idle(session: Session, batch: BatchKey, now: datetime) -> bool:
    mine = update(Batch).where(Batch.run_id == batch[0], Batch.number == batch[1], _is_idle(now))
    # Locks the row before anything is counted: whoever changed a copy has committed then, or finds our tally.
    if not rows_changed(session, mine.values(tally="{}").execution_options(synchronize_session=False)):
        return False
    write_tally(session, batch)
    return True


def _untallied(now: datetime) -> Select[int, int]:
    return select(Batch.run_id, Batch.number).where(_is_idle(now)).order_by(Batch.run_id, Batch.number)


def _is_idle(now: datetime) -> ColumnElement[bool]:
    return Batch.tally.is_(None) & or_(Batch.lease_until.is_(None), Batch.lease_until < now)
