from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import add_events
from newsletter.ledger.states import Event, move
from newsletter.ledger.tally import batches_of, take_away


def shift(session: Session, which: ColumnElement[bool], event: Event, author: str, now: datetime) -> int:
    """Let one event happen to many copies, wherever the table does not ignore it; how many it moved.

    For what somebody decided about a run, not for what the wire said. A copy that opens again has all its tries before
    it, and is due now. Does not commit.
    """
    target, origins = move(event)
    values = {"state": target, "due_at": now, "settled_at": now}
    concerned = which & Delivery.state.in_(origins)
    batches = batches_of(session, concerned)
    take_away(session, batches)
    moved = session.execute(
        update(Delivery)
        .where(concerned)
        .values(**values, deferred=0 if event is Event.RESEND else Delivery.deferred)
        .returning(Delivery.id, Delivery.run_id, Delivery.batch)
        .execution_options(synchronize_session=False)
    ).all()
    # A copy may have come to be concerned between our look and our UPDATE.
    take_away(session, {(run_id, number) for _, run_id, number in moved} - batches)
    add_events(session, [id_ for id_, _, _ in moved], event, author, now)
    return len(moved)
