"""From a bulletin version to its copies: who would get it, and starting the runs that are due."""

import logging
from contextlib import suppress
from datetime import datetime

from sqlalchemy import Select, select

from newsletter.audience.segment import Audience
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.compose import needed_tags
from newsletter.bulletin.source import BulletinClass, Source, read_source
from newsletter.bulletin.write import lock
from newsletter.db import Database
from newsletter.errors import BadBulletin, Conflict
from newsletter.ledger.control import cancel
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.enrol import due_runs, enrol, set_aside_late, win_start
from newsletter.ledger.reminding import plan_reminders
from newsletter.ledger.run import Run
from newsletter.ledger.states import State

_log = logging.getLogger(__name__)

_MAY_HAVE_IT = (State.ACCEPTED, State.CLAIMED, State.WAITING, State.DEFERRED, State.IN_DOUBT, State.LET_BE)


def audience_of(source: Source, topic: Topic, bulletin_id: int | None, at: datetime) -> Audience:
    """Whom a bulletin is for when it starts `at`, without those who have it or are about to.

    One copy a person, over all its runs.
    """
    already = _have_it(bulletin_id) if bulletin_id is not None else None
    is_safety = source.klass is BulletinClass.SAFETY
    return Audience(topic.id, source.models, source.serials, needed_tags(source), already, at=at, is_safety=is_safety)


def start_due(db: Database, engine: str, now: datetime) -> list[int]:
    """Start every run whose time has come, enrolling in the same act; the ids of those this engine started.

    One whose time is too long past becomes late instead, and waits for a decision. A run whose text can be read no more
    (after an upgrade) is cancelled, so that it stands in nobody's way.
    """
    with db.read() as session:
        due = due_runs(session, now)
    return [run_id for run_id in due if _start_or_cancel(db, run_id, engine, now)]


def _start_or_cancel(db: Database, run_id: int, engine: str, now: datetime) -> bool:
    try:
        return _start(db, run_id, engine, now)
    except BadBulletin as error:
        _log.error("run %d cannot be sent as it stands and is cancelled: %s", run_id, error)
        with suppress(Conflict):
            cancel(db, run_id, engine, now)
        return False


def _start(db: Database, run_id: int, engine: str, now: datetime) -> bool:
    with db.write() as session:
        if set_aside_late(session, run_id, engine, now) or not win_start(session, run_id, engine, now):
            return False
        run = session.get_one(Run, run_id)
        version = session.get_one(Version, run.version_id)
        # Two runs of one bulletin may start at once in two engines: the second must see whom the first gave a copy.
        lock(session, version.bulletin_id)
        topic = session.get_one(Topic, run.topic_id)
        source = read_source(version.source)
        enrol(session, run_id, audience_of(source, topic, version.bulletin_id, now), now)
        plan_reminders(session, run, source, now)
    return True


def _have_it(bulletin_id: int) -> Select[int]:
    return (
        select(Delivery.person_id)
        .join(Run, Run.id == Delivery.run_id)
        .join(Version, Version.id == Run.version_id)
        .where(Version.bulletin_id == bulletin_id, Delivery.state.in_(_MAY_HAVE_IT))
    )
