"""Copies of which nobody knows whether they arrived."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.orm import Session

from newsletter.ledger.control import klass_of
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.ledger.record import Result, record, record_one
from newsletter.ledger.run import Run
from newsletter.ledger.states import Event, State

# A relay that takes every message and then hangs up would get the same mail for ever, and so would its reader.
AGAIN_AFTER = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2))

_LEFT_BEHIND: Final = and_(
    Delivery.run_id == bindparam("run"), Delivery.batch == bindparam("place"), Delivery.state == State.CLAIMED
)
# Built once, because it is asked of each batch.
_HAS_LEFT: Final = select(Delivery.id).where(_LEFT_BEHIND).limit(1)


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
    return session.connection().execute(_HAS_LEFT, {"run": batch[0], "place": batch[1]}).first() is not None


def settle_left_behind(session: Session, batch: tuple[int, int], engine: str, now: datetime) -> None:
    """Settle the copies left behind in a batch leased by `engine`. Does not commit.

    Those of another engine may be out, for it is out of reach and we cannot know more. Our own never went out: the
    database was lost while we claimed them, so no connection ever saw them.
    """
    run = session.get_one(Run, batch[0])
    left = select(Delivery).where(_LEFT_BEHIND)
    copies = session.scalars(left, {"run": batch[0], "place": batch[1]}).all()
    ours = [Result(copy.id, Event.RETURN, due_at=now) for copy in copies if copy.claimed_by == engine]
    record(session, batch, ours, engine, now)
    for copy in copies:
        if copy.claimed_by != engine:
            result = Result(copy.id, Event.LOSE, "The engine that had it is out of reach.")
            lose(session, run, result, engine, now, is_first_at_once=True)
