"""Taking work: an engine leases a batch, then claims a few of its copies at a time.

Both are conditional UPDATEs whose row count is read, so any number of engines may try at once (design rule 5). Each
claim asks again whether the person may be written to, so an opt-out counts up to the last moment.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import BindParameter, ColumnElement, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from newsletter.audience.may_write import may_write
from newsletter.db import UtcDateTime, plain_rows
from newsletter.ledger.delivery import Delivery, unit_ids
from newsletter.ledger.queue import enqueue_batches
from newsletter.ledger.record import add_events
from newsletter.ledger.run import Batch, BatchKey, Run, RunState
from newsletter.ledger.states import Event, State, move
from newsletter.ledger.tally import write_tally

LEASE = timedelta(minutes=2)  # without a sign of life for so long an engine is taken for dead

# Not by the index of ids: it begins with the first copy of all runs, and PostgreSQL may think that the short way.
BY_ID: Final = Delivery.id + 0
"""The order of the copies of a batch."""


class Claimed(NamedTuple):
    """A copy in an engine's hand: what is needed to send it. A plain tuple, because there are so many."""

    id: int
    person_id: int
    address: str
    unit_ids: tuple[int, ...]
    deferred: int  # how often the server said "later"


class Chunk(NamedTuple):
    """Copies claimed at a time; `is_all`: no other copy of the batch was due."""

    copies: list[Claimed]
    is_all: bool


class About(NamedTuple):
    """What the copies of a run are about, as far as it decides who gets them."""

    topic_id: int
    is_safety: bool


def has_work(session: Session, now: datetime) -> bool:
    """Whether a batch waits for an engine: a look that takes no lock."""
    return session.connection().execute(_FREE, {"now": now, "most": 1}).first() is not None


def lease_batch(session: Session, engine: str, now: datetime) -> BatchKey | None:
    """A batch (run id, number) that is due and nobody's, now leased to this engine; None when there is none."""
    free = session.connection().execute(_FREE, {"now": now, "most": 16}).all()
    return next((batch for run_id, number in free if (batch := lease(session, (run_id, number), engine, now))), None)


def lease_beside(session: Session, engine: str, now: datetime, others: Sequence[int]) -> BatchKey | None:
    """A batch of a run that is none of the `others`, now leased to this engine: of the one with the fewest leases."""
    connection = session.connection()
    sending = [run for (run,) in connection.execute(_SENDING).all() if run not in others]
    leases = {run: connection.execute(_LEASES, {"run": run, "now": now}).scalar() or 0 for run in sending}
    for run in sorted(sending, key=lambda run: (leases[run], run)):
        for (number,) in connection.execute(_FREE_OF, {"run": run, "now": now}).all():
            if batch := lease(session, (run, number), engine, now):
                return batch
    return None


def lease(session: Session, batch: BatchKey, engine: str, now: datetime) -> BatchKey | None:
    """The batch, now leased to this engine; None where it is another's or not due."""
    told = {"run": batch[0], "place": batch[1], "now": now, "by": engine, "until": now + LEASE}
    return batch if session.connection().execute(_LEASE, told).rowcount else None


def renew_lease(session: Session, batch: BatchKey, engine: str, now: datetime) -> bool:
    """Whether the batch is still this engine's, for another LEASE."""
    told = {"run": batch[0], "place": batch[1], "by": engine, "until": now + LEASE}
    return session.connection().execute(_RENEW, told).rowcount == 1


def release_batch(
    session: Session, batch: BatchKey, engine: str, now: datetime, *, not_before: datetime | None = None
) -> None:
    """Give a batch back; it is due again when its earliest open copy is, or never when none is open.

    `not_before` puts it off, where a limit that all its copies share is reached.
    """
    connection, its = session.connection(), {"run": batch[0], "place": batch[1]}
    # The row first: somebody who makes a copy due between our look and our UPDATE would be overwritten.
    if not connection.execute(_GIVE_BACK, {**its, "by": engine}).rowcount:
        return
    earliest = connection.execute(_EARLIEST, its).scalar()
    write_tally(session, batch)
    if earliest is None:
        connection.execute(_DUE_AGAIN, {**its, "until": None})
    else:
        connection.execute(_DUE_AGAIN, {**its, "until": max(earliest, not_before or earliest)})
        enqueue_batches(session, [batch], now)


def claim(session: Session, batch: BatchKey, engine: str, limit: int, now: datetime) -> list[Claimed]:
    """Up to `limit` copies of a leased batch, now claimed; empty when the run was paused or nothing is due.

    Copies to people who may not be written to any more are withheld instead.
    """
    return claim_leased(session, batch, engine, limit, now).copies if renew_lease(session, batch, engine, now) else []


def claim_leased(session: Session, batch: BatchKey, engine: str, limit: int, now: datetime) -> Chunk:
    """The same of a batch whose lease was renewed in this transaction."""
    about = sending_about(session, batch[0])
    if about is None:
        return Chunk([], is_all=True)
    told = {"run": batch[0], "place": batch[1], "now": now, "most": limit, "topic": about.topic_id, "by": engine}
    while True:
        beyond = session.connection().execute(_BEYOND, told).scalar()
        next_ones = {**told, "beyond": _NO_END if beyond is None else beyond}
        taken = _in_order(plain_rows(session, _take_next(is_safety=about.is_safety), next_ones))
        # Nearly always all are wanted; only where some are missing is it asked who is not.
        if len(taken) == limit or not withhold(session, about, batch, now) or taken:
            return Chunk(taken, is_all=beyond is None)


def sending_about(session: Session, run_id: int) -> About | None:
    """What a run that is being sent is about; None where it is paused, cancelled or over."""
    row = session.connection().execute(_ABOUT, {"run": run_id}).first()
    return About(*row) if row else None


def no_longer_wanted(session: Session, about: About, claimed: Sequence[int], now: datetime) -> set[int]:
    """Which of these claimed copies are to people who left, or asked for fewer mails, since."""
    unwanted = select(Delivery.id).where(Delivery.id.in_(claimed), ~_wanted(about, now))
    return set(session.scalars(unwanted))


def take(session: Session, about: About, which: ColumnElement[bool], engine: str, now: datetime) -> list[Claimed]:
    """Those of these copies that are open and wanted, now claimed, in the order of their ids."""
    taken = _taken(which, _wanted(about, now), engine, now)
    return _in_order(session.execute(taken.execution_options(synchronize_session=False)))


def withhold(session: Session, about: About, batch: BatchKey, now: datetime) -> bool:
    """Withhold the due copies of a batch that are not wanted any more; whether there were any."""
    told = {"run": batch[0], "place": batch[1], "now": now, "topic": about.topic_id}
    withheld = [id_ for (id_,) in plain_rows(session, _withhold(is_safety=about.is_safety), told)]
    add_events(session, withheld, Event.WITHHOLD, "", now)
    return bool(withheld)


def due(
    batch: BatchKey | tuple[BindParameter[int], BindParameter[int]], now: datetime | BindParameter[datetime]
) -> ColumnElement[bool]:
    """The copies of a batch whose time has come."""
    return (
        (Delivery.run_id == batch[0])
        & (Delivery.batch == batch[1])
        & Delivery.state.in_((State.WAITING, State.DEFERRED))
        & (Delivery.due_at <= now)
    )


# What every chunk and batch needs is built once: to build a statement takes longer than to run it.
_NOW: Final[BindParameter[datetime]] = bindparam("now", type_=UtcDateTime())
_DUE: Final = due((bindparam("run"), bindparam("place")), _NOW)
_BEYOND: Final = select(Delivery.id).where(_DUE).order_by(BY_ID).offset(bindparam("most")).limit(1)
_NO_END: Final = 2**63 - 1

_ABOUT: Final = select(Run.topic_id, Run.is_safety).where(Run.id == bindparam("run"), Run.state == RunState.SENDING)
_IS_FREE: Final = (Batch.due_at <= _NOW, or_(Batch.lease_until.is_(None), Batch.lease_until < _NOW))
_FREE: Final = (
    select(Batch.run_id, Batch.number)
    .join(Run)
    .where(Run.state == RunState.SENDING, *_IS_FREE)
    .order_by(Batch.run_id, Batch.number)
    .limit(bindparam("most"))
)
_SENDING: Final = select(Run.id).where(Run.state == RunState.SENDING)
_OF_RUN: Final = Batch.run_id == bindparam("run")
_LEASES: Final = select(func.count()).where(_OF_RUN, Batch.lease_until >= _NOW)
_FREE_OF: Final = select(Batch.number).where(_OF_RUN, *_IS_FREE).order_by(Batch.number).limit(4)
_THIS: Final = update(Batch).where(Batch.run_id == bindparam("run"), Batch.number == bindparam("place"))
_OURS: Final = _THIS.where(Batch.engine == bindparam("by"))
_LEASE: Final = _THIS.where(*_IS_FREE, _ABOUT.exists()).values(
    engine=bindparam("by"), lease_until=bindparam("until"), tally=None
)
_RENEW: Final = _OURS.values(lease_until=bindparam("until"), tally=None)
_GIVE_BACK: Final = _OURS.values(engine="", lease_until=None)
_DUE_AGAIN: Final = _THIS.values(due_at=bindparam("until"))
_EARLIEST: Final = (
    select(Delivery.due_at)
    .where(Delivery.run_id == bindparam("run"), Delivery.batch == bindparam("place"))
    .where(Delivery.state.in_((State.WAITING, State.DEFERRED)))
    .order_by(Delivery.due_at)
    .limit(1)
)


@lru_cache
def _withhold(*, is_safety: bool) -> Any:  # noqa: ANN401 - an UPDATE that gives rows
    target, origins = move(Event.WITHHOLD)
    wanted = may_write(bindparam("topic"), Delivery.person_id, _NOW, is_safety=is_safety)
    unwanted = update(Delivery).where(_DUE, Delivery.state.in_(origins), ~wanted)
    return unwanted.values(state=target, settled_at=_NOW).returning(Delivery.id)


@lru_cache
def _take_next(*, is_safety: bool) -> Any:  # noqa: ANN401 - an UPDATE that gives rows
    wanted = may_write(bindparam("topic"), Delivery.person_id, _NOW, is_safety=is_safety)
    return _taken(_DUE & (Delivery.id < bindparam("beyond")), wanted, bindparam("by"), _NOW)


def _taken(
    which: ColumnElement[bool],
    wanted: ColumnElement[bool],
    engine: str | BindParameter[str],
    now: datetime | BindParameter[datetime],
) -> Any:  # noqa: ANN401 - an UPDATE that gives rows
    _, origins = move(Event.CLAIM)
    taken = update(Delivery).where(which, Delivery.state.in_(origins), wanted)
    taken = taken.values(state=State.CLAIMED, claimed_by=engine, claimed_at=now)
    return taken.returning(Delivery.id, Delivery.person_id, Delivery.address, Delivery.units, Delivery.deferred)


def _in_order(rows: Iterable[Any]) -> list[Claimed]:
    return sorted([Claimed(id_, who, address, unit_ids(units), tries) for id_, who, address, units, tries in rows])


def _wanted(about: About, now: datetime) -> ColumnElement[bool]:
    return may_write(about.topic_id, Delivery.person_id, now, is_safety=about.is_safety)
