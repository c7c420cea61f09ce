"""How fast a run goes just now."""

from datetime import datetime, timedelta

from newsletter.db import Database
from newsletter.pace.throughput import note_accepted, recent_rate

SECOND = timedelta(seconds=1)


def send(db: Database, engine: str, begin: datetime, seconds: int, copies: int) -> None:
    with db.write() as session:
        for second in range(seconds):
            for _ in range(2):
                note_accepted(session, 1, engine, copies // 2, begin + second * SECOND)


def rate(db: Database, at: datetime) -> float | None:
    with db.read() as session:
        return recent_rate(session, 1, at)


def test_before_the_first_copy_there_is_no_rate(db: Database, now: datetime) -> None:
    assert rate(db, now) is None


def test_engines_add_up(db: Database, now: datetime) -> None:
    send(db, "one", now, 40, 100)
    send(db, "two", now, 40, 50)
    assert rate(db, now + 40 * SECOND) == 150


def test_a_run_that_has_just_begun_is_measured_from_its_first_copy(db: Database, now: datetime) -> None:
    send(db, "one", now, 3, 100)
    assert rate(db, now + 3 * SECOND) == 100


def test_what_was_a_minute_ago_is_forgotten(db: Database, now: datetime) -> None:
    send(db, "one", now, 200, 100)
    assert rate(db, now + 200 * SECOND) == 100
    assert rate(db, now + 300 * SECOND) is None
