"""After a death: every copy the dead engine had in hand gets the state that is known of it. Nobody is left out."""

from datetime import datetime
from functools import partial
from pathlib import Path

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.engine.doubt import lose
from newsletter.engine.journal import Mark, Remains, bury_dead
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.engine import EngineSeen
from newsletter.ledger.record import Result, record_one
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.sample import Sample
from newsletter.ledger.states import Event, State

_WORDS = {
    Mark.TAKEN: "Accepted; the engine died before it could note the server's words.",
    Mark.ON_WIRE: "The engine died while this copy was on the wire.",
    None: "The machine went down while this copy was in hand.",
}
_SAMPLE_LOST = "The engine died while it had this test mail. If it did not arrive, ask again."


def recover_dead(db: Database, folder: Path, now: datetime) -> list[str]:
    """Recover after every engine that died on this machine; their names."""
    return bury_dead(folder, partial(_recover, db, now))


def _recover(db: Database, now: datetime, engine: str, remains: Remains) -> None:
    taken = [delivery_id for delivery_id, mark in remains.marks.items() if mark is Mark.TAKEN]
    with db.write() as session:
        # Somebody may have taken the engine for dead before, and its copies for lost; then "taken" is news still.
        in_hand = or_(Delivery.state == State.CLAIMED, Delivery.id.in_(taken))
        for copy in session.scalars(select(Delivery).where(Delivery.claimed_by == engine, in_hand)).all():
            _settle(session, copy, remains, engine, now)
        orphaned = update(Batch).where(Batch.engine == engine)
        session.execute(orphaned.values(engine="", lease_until=None, due_at=now))
        samples = update(Sample).where(Sample.engine == engine, Sample.settled_at.is_(None))
        session.execute(samples.values(outcome=_SAMPLE_LOST, settled_at=now))
        session.execute(delete(EngineSeen).where(EngineSeen.name == engine))


def _settle(session: Session, copy: Delivery, remains: Remains, engine: str, now: datetime) -> None:
    mark = remains.marks.get(copy.id)
    if mark is Mark.TAKEN:
        record_one(session, Result(copy.id, Event.ACCEPT, _WORDS[mark]), engine, now)
    elif mark is Mark.ON_WIRE or (mark is None and not remains.is_whole):
        run = session.get_one(Run, copy.run_id)
        lose(session, run, Result(copy.id, Event.LOSE, _WORDS[mark]), engine, now, is_first_at_once=True)
    else:
        record_one(session, Result(copy.id, Event.RETURN, due_at=now), engine, now)
