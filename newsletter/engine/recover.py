"""After a death: every copy the dead engine had in hand gets the state that is known of it. Nobody is left out."""

from collections.abc import Collection
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.engine.doubt import lose
from newsletter.engine.journal import Mark, Remains, bury_dead
from newsletter.ledger.again import hold_batches, hold_run
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.engine import EngineSeen
from newsletter.ledger.record import Result, record
from newsletter.ledger.run import Batch, BatchKey, Run
from newsletter.ledger.sample import Sample
from newsletter.ledger.states import Event, State
from newsletter.post.due import leave_behind

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
        mine = select(Delivery.run_id, Delivery.batch, Delivery.id).where(Delivery.claimed_by == engine, in_hand)
        copies = sorted((run_id, number, id_) for run_id, number, id_ in session.execute(mine))
        _hold_in_order(session, engine, {run_id for run_id, _, _ in copies})
        for batch, theirs in groupby(copies, key=itemgetter(0, 1)):
            _settle(session, batch, [id_ for _, _, id_ in theirs], remains, engine, now)
        orphaned = update(Batch).where(Batch.engine == engine)
        session.execute(orphaned.values(engine="", lease_until=None, due_at=now))
        samples = update(Sample).where(Sample.engine == engine, Sample.settled_at.is_(None))
        session.execute(samples.values(outcome=_SAMPLE_LOST, settled_at=now))
        leave_behind(session, engine, now)
        session.execute(delete(EngineSeen).where(EngineSeen.name == engine))


def _hold_in_order(session: Session, engine: str, run_ids: Collection[int]) -> None:
    """Runs, batches, then the copies: as all who send or cancel take them, so that neither waits in a circle."""
    for run_id in sorted(run_ids):
        hold_run(session, run_id)
    hold_batches(session, Batch.engine == engine)


def _settle(
    session: Session, batch: BatchKey, delivery_ids: Collection[int], remains: Remains, engine: str, now: datetime
) -> None:
    known = []
    run = session.get_one(Run, batch[0])
    for delivery_id in delivery_ids:
        mark = remains.marks.get(delivery_id)
        if mark is Mark.TAKEN:
            known.append(Result(delivery_id, Event.ACCEPT, _WORDS[mark]))
        elif mark is Mark.ON_WIRE or (mark is None and not remains.is_whole):
            lose(session, run, Result(delivery_id, Event.LOSE, _WORDS[mark]), engine, now, is_first_at_once=True)
        else:
            known.append(Result(delivery_id, Event.RETURN, due_at=now))
    record(session, batch, known, engine, now)
