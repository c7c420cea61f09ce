from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import add_events
from newsletter.ledger.states import Event, move


def shift(session: Session, which: ColumnElement[bool], event: Event, author: str, now: datetime) -> int:
    """Let one event happen to many copies, wherever the table does not ignore it; how many it moved.

    For what somebody decided about a run, not for what the wire said. A copy that opens again has all its tries before
    it, and is due now. Does not commit.
    """
    target, origins = move(event)
    values = {"state": target, "due_at": now, "settled_at": now}
    moved = session.scalars(
        update(Delivery)
        .where(which, Delivery.state.in_(origins))
        .values(**values, deferred=0 if event is Event.RESEND else Delivery.deferred)
        .returning(Delivery.id)
        .execution_options(synchronize_session=False)
    ).all()
    add_events(session, moved, event, author, now)
    return len(moved)
