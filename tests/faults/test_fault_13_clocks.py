"""Fault 13: clocks that skip an hour, repeat one, or jump; leap days; zones that change."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.bulletin.when import read_when
from newsletter.db import Database
from newsletter.errors import BadTime
from newsletter.ledger.order import Desk
from newsletter.ledger.start import start_due
from newsletter.ledger.states import State
from newsletter.links import Links
from tests import cast
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE
from tests.ledger import stage as ledger

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(minutes=10)


@pytest.mark.parametrize(
    ("local", "zone", "instant"),
    [
        pytest.param("2026-10-25T02:30", "Europe/Berlin", "2026-10-25T00:30", id="twice in Berlin"),
        pytest.param("2026-11-01T01:30", "America/New_York", "2026-11-01T05:30", id="twice in New York"),
        pytest.param("2026-04-05T01:45", "Australia/Lord_Howe", "2026-04-04T14:45", id="twice, by half an hour"),
        pytest.param("2026-03-29T03:00", "Europe/Berlin", "2026-03-29T01:00", id="just after the gap"),
        pytest.param("2028-02-29T09:00", "Europe/Berlin", "2028-02-29T08:00", id="leap day"),
        pytest.param("2026-07-01T09:00", "Africa/Casablanca", "2026-07-01T08:00", id="a zone with its own summer"),
    ],
)
def test_a_local_time_fires_once_and_at_the_first_chance(
    sqlite_db: Database, links: Links, local: str, zone: str, instant: str
) -> None:
    with sqlite_db.write() as session:
        cast.play(session, BEFORE)
    when, due = read_when(local, zone, BEFORE), datetime.fromisoformat(instant).replace(tzinfo=UTC)
    Desk(sqlite_db, ledger.SENDER, links).order(ledger.TEXT, topic="", when=when, author="Ann", now=BEFORE)
    ticks = [due + STEP * number for number in range(-18, 19)]
    started = [tick for tick in ticks if start_due(sqlite_db, "engine", tick)]
    assert started == [due]


@pytest.mark.parametrize(
    ("local", "zone"),
    [
        ("2026-03-29T02:30", "Europe/Berlin"),
        ("2026-03-08T02:30", "America/New_York"),
        ("2026-10-04T02:15", "Australia/Lord_Howe"),
        ("2027-02-29T09:00", "Europe/Berlin"),
    ],
)
def test_a_local_time_that_does_not_exist_is_refused(local: str, zone: str) -> None:
    with pytest.raises(BadTime):
        read_when(local, zone, BEFORE)


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_clock_that_jumps_in_mid_run_sends_everything_once(stage: Stage, jump: timedelta) -> None:
    stage.crowd(150)
    run = stage.order()

    def says(at: str, words: str) -> None:
        if at == "dot" and words.startswith("p0050") and stage.clock.now == began:
            stage.clock.now += jump

    began = stage.clock.now
    stage.relay.says = says
    with running(stage.engine(connections=2)):
        wait_until(lambda: stage.states() == {State.ACCEPTED: 150 + CAST_SIZE}, f"all have it: {stage.states()}")
    assert set(stage.relay.copies.values()) == {1}
    assert stage.run(run).started_at == began
