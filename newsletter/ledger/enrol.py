"""Starting a run: one engine wins the start, and in the same transaction every copy becomes a row."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate

from sqlalchemy import Select, Table, func, insert, literal, select, update
from sqlalchemy.orm import Session

from newsletter.audience.segment import Audience
from newsletter.bulletin.when import PROMPT
from newsletter.db import Database, rows_changed
from newsletter.ledger.bulk import tell_planner
from newsletter.ledger.control import note
from newsletter.ledger.delivery import Delivery, Omission
from newsletter.ledger.layout import Layout, all_alike, in_places, in_waves
from newsletter.ledger.named import named
from newsletter.ledger.places import places
from newsletter.ledger.queue import enqueue_run
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import State
from newsletter.ledger.tally import tallied
from newsletter.ledger.trial import RunTrial, part_in_halves
from newsletter.ledger.trial_layout import in_halves
from newsletter.ledger.wave import Wave, WaveState
from newsletter.ledger.wave_opening import open_first
from newsletter.pace.change import forget_run


def due_runs(session: Session, now: datetime) -> list[int]:
    """The ids of the runs whose time has come, oldest first."""
    due = select(Run.id).where(Run.state == RunState.SCHEDULED, Run.due_at <= now)
    return list(session.scalars(due.order_by(Run.due_at, Run.id)))


def set_aside_late(session: Session, run_id: int, engine: str, now: datetime) -> bool:
    """Whether a run came due too long ago to start without asking; then staff are asked."""
    too_late = Run.state == RunState.SCHEDULED, Run.start_by < now, Run.due_at < now - PROMPT
    is_late = rows_changed(session, update(Run).where(Run.id == run_id, *too_late).values(state=RunState.LATE)) == 1
    if is_late:
        note(session, engine, RunState.LATE, run_id, now)
    return is_late


def win_start(session: Session, run_id: int, engine: str, now: datetime) -> bool:
    """Whether this engine is the one that starts a run: of any number of tries at once, exactly one is told yes."""
    due = update(Run).where(Run.id == run_id, Run.state == RunState.SCHEDULED, Run.due_at <= now)
    return rows_changed(session, due.values(state=RunState.SENDING, started_at=now, started_by=engine)) == 1


def enrol(session: Session, run_id: int, audience: Audience, now: datetime) -> None:
    """Write a delivery for everybody who gets a copy, an omission for everybody who does not, and the batches."""
    run = session.get_one(Run, run_id)
    waves = session.scalars(select(Wave).where(Wave.run_id == run_id).order_by(Wave.number)).all()
    with named(session, audience) as people:
        omitted = select(literal(run_id), people.c.person_id, people.c.rule).where(people.c.rule.is_not(None))
        session.execute(insert(Omission).from_select(["run_id", "person_id", "rule"], omitted))
        layout = _layout(session, run, waves, people, now)
        new = literal(run_id), literal(State.WAITING.value), literal(0)
        columns = ["person_id", "address", "units", "batch", "due_at", "run_id", "state", "deferred"]
        session.execute(insert(Delivery).from_select(columns, layout.copies.add_columns(*new)))
    batches = select(Delivery.run_id, Delivery.batch, layout.due_at).where(Delivery.run_id == run_id)
    session.execute(insert(Batch).from_select(["run_id", "number", "due_at"], batches.distinct()))
    if session.get(RunTrial, run_id):
        part_in_halves(session, run_id)
    sizes = _keep_tallies(session, run_id)
    open_first(waves, sizes, run.started_by, now)
    enqueue_run(session, run_id, now)
    tell_planner(session, sum(sizes.values()))


def _layout(session: Session, run: Run, waves: Sequence[Wave], people: Table, now: datetime) -> Layout:
    copies = session.scalar(select(func.count()).select_from(people).where(people.c.rule.is_(None))) or 0
    if trial := session.get(RunTrial, run.id):
        return in_halves(people, copies, trial.share, run.seed)
    if waves:
        return in_waves(people, copies, list(accumulate(wave.share for wave in waves)), run.seed)
    if run.is_theirs:
        # Who is behind the hour by more than the grace gets it the next day, rather than at any hour.
        grace = run.start_by - run.due_at if run.start_by else timedelta(0)
        wall, not_before = datetime.fromisoformat(run.due_local), max(run.created_at, now - grace)
        return in_places(people, copies, places(session, wall, run.zone, not_before))
    return all_alike(people, copies)


def _keep_tallies(session: Session, run_id: int) -> dict[int, int]:
    """What each batch holds; all wait."""
    sizes = select(Delivery.batch, func.count()).where(Delivery.run_id == run_id).group_by(Delivery.batch)
    found = dict(session.execute(sizes).all())
    rows = [
        {"run_id": run_id, "number": number, "tally": tallied({State.WAITING: copies})}
        for number, copies in found.items()
    ]
    if rows:
        session.execute(update(Batch), rows)
    left_out = select(Omission.rule, func.count()).where(Omission.run_id == run_id).group_by(Omission.rule)
    counted = json.dumps(dict(session.execute(left_out.order_by(Omission.rule)).all()))
    first, last = session.execute(_span(run_id)).one()
    until = select(func.max(Batch.due_at)).where(Batch.run_id == run_id, Run.is_theirs).scalar_subquery()
    told = {"left_out": counted, "first_copy_id": first, "last_copy_id": last, "until": func.coalesce(until, Run.until)}
    session.execute(update(Run).where(Run.id == run_id).values(told))
    return found


def _span(run_id: int) -> Select[int | None, int | None]:
    return select(func.min(Delivery.id), func.max(Delivery.id)).where(Delivery.run_id == run_id)


def finish_idle(db: Database, now: datetime) -> None:
    """Close every run in which no batch will need work any more."""
    open_batch = select(Batch.run_id).where(Batch.run_id == Run.id, Batch.due_at.is_not(None))
    wave_to_come = select(Wave.run_id).where(Wave.run_id == Run.id, Wave.state != WaveState.OPEN)
    idle = (Run.state == RunState.SENDING, ~open_batch.exists(), ~wave_to_come.exists())
    with db.read() as session:
        if session.scalar(select(Run.id).where(*idle).limit(1)) is None:
            return
    with db.write() as session:
        finished = update(Run).where(*idle).values(state=RunState.FINISHED, finished_at=now).returning(Run.id)
        for run_id in session.scalars(finished).all():
            forget_run(session, run_id)
