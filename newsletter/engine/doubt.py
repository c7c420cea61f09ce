"""Copies of which nobody knows whether they arrived."""

from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from newsletter.ledger.control import klass_of
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.ledger.record import Result, record, record_one
from newsletter.ledger.run import Run
from newsletter.ledger.states import Event, State

# A relay that takes every message and then hangs up would get the same mail for ever, and so would its reader.
AGAIN_AFTER = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2))


def lose(
    session: Session, run: Run, result: Result, engine: str, now: datetime, *, is_first_at_once: bool = False
) -> None:
    """Mark a copy as in doubt, and send it again where its class says so. Does not commit.

    A technical or safety bulletin is sent again with the same Message-ID, three times at most: better twice than never.
    A marketing one is held until somebody decides: better never than twice.
    """
    if not record_one(session, result, engine, now) or not klass_of(session, run).resends:
        return
    lost = select(func.count()).where(DeliveryEvent.delivery_id == result.delivery_id)
    losses = session.scalar(lost.where(DeliveryEvent.event == Event.LOSE)) or 1
    if losses <= len(AGAIN_AFTER):
        pause = timedelta() if is_first_at_once and losses == 1 else AGAIN_AFTER[losses - 1]
        record_one(session, Result(result.delivery_id, Event.RESEND, "", now + pause), engine, now)


def has_left_behind(session: Session, batch: tuple[int, int]) -> bool:
    """Whether somebody claimed copies of a batch just leased, and left them."""
    return session.execute(_left_behind(batch).limit(1)).first() is not None


def settle_left_behind(session: Session, batch: tuple[int, int], engine: str, now: datetime) -> None:
    """Settle the copies left behind in a batch leased by `engine`. Does not commit.

    Those of another engine may be out, for it is out of reach and we cannot know more. Our own never went out: the
    database was lost while we claimed them, so no connection ever saw them.
    """
    run = session.get_one(Run, batch[0])
    copies = session.scalars(_left_behind(batch)).all()
    ours = [Result(copy.id, Event.RETURN, due_at=now) for copy in copies if copy.claimed_by == engine]
    record(session, batch, ours, engine, now)
    for copy in copies:
        if copy.claimed_by != engine:
            result = Result(copy.id, Event.LOSE, "The engine that had it is out of reach.")
            lose(session, run, result, engine, now, is_first_at_once=True)


def _left_behind(batch: tuple[int, int]) -> Select[Delivery]:
    run_id, number = batch
    return select(Delivery).where(Delivery.run_id == run_id, Delivery.batch == number, Delivery.state == State.CLAIMED)
