"""From a bulletin version to its copies: who would get it, and starting the runs that are due."""

import logging
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from newsletter.audience.chosen import Choose, Chosen, no_segments
from newsletter.audience.segment import Audience
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.compose import needed_tags
from newsletter.bulletin.source import BulletinClass, Source, read_source
from newsletter.bulletin.write import lock
from newsletter.db import Database
from newsletter.errors import BadBulletin, Conflict
from newsletter.ledger.control import cancel, note
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.enrol import due_runs, enrol, set_aside_late, win_start
from newsletter.ledger.gate import Gate
from newsletter.ledger.reminding import plan_reminders
from newsletter.ledger.run import Run, RunSegment
from newsletter.ledger.states import State

_log = logging.getLogger(__name__)

NOT_SENT = "not sent:"
"""How the note about a run begins that was cancelled because its text is forbidden."""

_MAY_HAVE_IT = (State.ACCEPTED, State.CLAIMED, State.WAITING, State.DEFERRED, State.IN_DOUBT, State.LET_BE)


def audience_of(
    source: Source, topic: Topic, bulletin_id: int | None, at: datetime, chosen: Chosen | None = None
) -> Audience:
    """Whom a bulletin is for when it starts `at`, without those who have it or are about to.

    One copy a person, over all its runs. Raises BadBulletin where it names a segment and nobody was `chosen`: it must
    not go to everybody instead.
    """
    if source.segment and chosen is None:
        raise BadBulletin(f"Nobody looked up the segment {source.segment!r}.", hint="Nothing was sent.")
    already = _have_it(bulletin_id) if bulletin_id is not None else None
    is_safety = source.klass is BulletinClass.SAFETY
    return Audience(
        topic.id,
        source.models,
        source.serials,
        needed_tags(source),
        already,
        at=at,
        is_safety=is_safety,
        chosen=chosen if source.segment else None,
    )


def chosen_by(session: Session, source: Source, choose: Choose, at: datetime) -> Chosen | None:
    """What the segment that a bulletin names chooses; None where it names none. Raises BadBulletin."""
    return choose(session, source.segment, at) if source.segment else None


def start_due(
    db: Database, engine: str, now: datetime, choose: Choose = no_segments, gate: Gate | None = None
) -> list[int]:
    """Start every run whose time has come, enrolling in the same act; the ids of those this engine started.

    One whose time is too long past becomes late instead, and waits for a decision. A run whose text can be read no more
    (after an upgrade), or whose segment is gone, is cancelled, so that it stands in nobody's way. `choose` looks up the
    segments that bulletins name. One that the `gate` keeps waits until it is approved or late; one that it refuses is
    cancelled, and what it says is written down with the run.
    """
    with db.read() as session:
        due = due_runs(session, now)
    return [run_id for run_id in due if _start_or_cancel(db, run_id, engine, now, choose, gate)]


def _start_or_cancel(db: Database, run_id: int, engine: str, now: datetime, choose: Choose, gate: Gate | None) -> bool:
    try:
        if gate is not None and not gate.is_open(db, run_id):
            return _wait(db, run_id, engine, now)
        return _start(db, run_id, engine, now, choose, gate)
    except _Unapproved:
        return False
    except BadBulletin as error:
        _log.error("run %d cannot be sent as it stands and is cancelled: %s", run_id, error)
        with suppress(Conflict):
            cancel(db, run_id, engine, now)
            with db.write() as session:
                note(session, engine, f"{NOT_SENT} {error}", run_id, now)
        return False


def _wait(db: Database, run_id: int, engine: str, now: datetime) -> bool:
    """Nothing starts; a run for which nobody said yes in time becomes late."""
    with db.read() as session:
        run = session.get_one(Run, run_id)
        is_late = run.start_by is not None and run.start_by < now
    if is_late:
        with db.write() as session:
            set_aside_late(session, run_id, engine, now)
    return False


class _Unapproved(Exception):
    """The text, its segment or its topic was changed after the gate was looked at."""


def _start(db: Database, run_id: int, engine: str, now: datetime, choose: Choose, gate: Gate | None) -> bool:
    with db.write() as session:
        if set_aside_late(session, run_id, engine, now) or not win_start(session, run_id, engine, now):
            return False
        run = session.get_one(Run, run_id)
        version = session.get_one(Version, run.version_id)
        # Two runs of one bulletin may start at once in two engines: the second must see whom the first gave a copy.
        lock(session, version.bulletin_id)
        topic = session.get_one(Topic, run.topic_id)
        source = read_source(version.source)
        if gate is not None and gate.lacks_approval(session, version, source, topic):
            raise _Unapproved
        chosen = chosen_by(session, source, choose, now)
        if chosen is not None:
            told = {"key": chosen.key, "version": chosen.version, "definition": chosen.definition}
            session.add(RunSegment(run_id=run_id, words=chosen.words, **told))
        enrol(session, run_id, audience_of(source, topic, version.bulletin_id, now, chosen), now)
        plan_reminders(session, run, source, now)
    return True


def _have_it(bulletin_id: int) -> Select[int]:
    return (
        select(Delivery.person_id)
        .join(Run, Run.id == Delivery.run_id)
        .join(Version, Version.id == Run.version_id)
        .where(Version.bulletin_id == bulletin_id, Delivery.state.in_(_MAY_HAVE_IT))
    )
