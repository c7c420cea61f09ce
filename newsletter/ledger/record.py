"""Writing down what became of copies. Every change of state goes through here or `claim`, and through the table."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from newsletter.db import rows_changed
from newsletter.ledger.again import Runs, cancel_open, hold_run, hold_runs, make_due
from newsletter.ledger.bulk import accept
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.ledger.run import BatchKey
from newsletter.ledger.states import Event, State, move
from newsletter.ledger.tally import batches_of, take_away


class Result(NamedTuple):
    """What happened to one copy, in the server's or our own words; `due_at` is the next try, where there is one."""

    delivery_id: int
    event: Event
    reply: str = ""
    due_at: datetime | None = None


def record(session: Session, batch: BatchKey, results: Sequence[Result], engine: str, now: datetime) -> None:
    """Apply results of one batch. One that the table ignores, or that was recorded before, changes nothing."""
    runs = hold_run(session, batch[0])
    take_away(session, [batch])
    record_held(session, runs, results, engine, now)


def record_held(session: Session, runs: Runs, results: Sequence[Result], engine: str, now: datetime) -> None:
    """The same, where the run is held and the batch has no tally any more."""
    accepted = [(result.delivery_id, result.reply) for result in results if result.event == Event.ACCEPT]
    if accepted:
        accept(session, accepted, now)
    others = [result for result in results if result.event != Event.ACCEPT]
    _go_on(session, runs, _apply(session, others, engine, now), engine, now)


def record_one(session: Session, result: Result, engine: str, now: datetime) -> bool:
    """Apply one result and add its event; whether it changed anything."""
    runs = hold_runs(session, [result.delivery_id])
    take_away(session, batches_of(session, Delivery.id == result.delivery_id))
    changed = _apply(session, [result], engine, now)
    _go_on(session, runs, changed, engine, now)
    return bool(changed)


def _apply(session: Session, results: Sequence[Result], engine: str, now: datetime) -> list[int]:
    """The ids of the copies that changed."""
    put_back: dict[datetime | None, list[int]] = {}
    for result in results:
        if result.event == Event.RETURN:
            put_back.setdefault(result.due_at, []).append(result.delivery_id)
    changed = [id_ for due_at, ids in put_back.items() for id_ in _put_back(session, ids, due_at, engine, now)]
    told = (result for result in results if result.event != Event.RETURN)
    return changed + [result.delivery_id for result in told if _tell(session, result, engine, now)]


def _put_back(
    session: Session, delivery_ids: Sequence[int], due_at: datetime | None, engine: str, now: datetime
) -> Sequence[int]:
    """Put claimed copies back as if nobody had touched them: a whole chunk at once, and there is nothing to tell."""
    target, origins = move(Event.RETURN)
    # Who comes late with a copy that another engine has in hand by now has nothing to give back.
    ours = Delivery.id.in_(delivery_ids) & Delivery.state.in_(origins) & (Delivery.claimed_by == engine)
    put_back = update(Delivery).where(ours).values(state=target, settled_at=now, due_at=due_at or Delivery.due_at)
    return session.scalars(put_back.returning(Delivery.id).execution_options(synchronize_session=False)).all()


def _tell(session: Session, result: Result, engine: str, now: datetime) -> bool:
    target, origins = move(result.event)
    values: dict[str, Any] = {"state": target, "settled_at": now}
    if result.reply:
        values["reply"] = result.reply
    if result.event == Event.DEFER:
        values["deferred"] = Delivery.deferred + 1
    if result.due_at:
        values["due_at"] = result.due_at
    open_copy = update(Delivery).where(Delivery.id == result.delivery_id, Delivery.state.in_(origins))
    changed = rows_changed(session, open_copy.values(**values).execution_options(synchronize_session=False)) == 1
    if changed:
        session.add(_event(result, target, engine, now))
    return changed


def _go_on(session: Session, runs: Runs, changed: Sequence[int], engine: str, now: datetime) -> None:
    """What became open again gets its turn, but in a cancelled run it is cancelled: its time to be so has come."""
    if not changed:
        return
    make_due(session, runs, changed, now)
    add_events(session, cancel_open(session, runs, changed, now), Event.CANCEL, engine, now)


def _event(result: Result, target: State, engine: str, now: datetime) -> DeliveryEvent:
    return DeliveryEvent(
        delivery_id=result.delivery_id,
        event=result.event,
        state=target,
        happened_at=now,
        engine=engine,
        reply=result.reply,
    )


def add_events(session: Session, delivery_ids: Sequence[int], event: Event, who: str, now: datetime) -> None:
    """Write down one event for many copies whose state a bulk UPDATE has changed."""
    target, _ = move(event)
    rows = [
        {"delivery_id": id_, "event": event, "state": target, "happened_at": now, "engine": who} for id_ in delivery_ids
    ]
    if rows:
        session.execute(insert(DeliveryEvent), rows)
