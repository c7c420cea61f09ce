from datetime import datetime, timedelta

import pytest

from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.ledger.claim import release_batch
from newsletter.ledger.control import cancel, pause
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.progress import Progress, progress
from newsletter.ledger.record import Result
from newsletter.ledger.run import RunState
from newsletter.ledger.states import OPEN, Event, State
from newsletter.links import Links
from tests import cast
from tests.ledger import stage


def seen(db: Database, run: int, now: datetime) -> Progress:
    with db.read() as session:
        return progress(session, run, now)


def test_a_run_is_counted_from_its_copies(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = stage.ordered(db, links, now)
    assert (seen(db, run, now).percent, seen(db, run, now).targeted) == (0, 0)
    stage.start_due(db, "engine", now)
    later = now + timedelta(seconds=10)
    first, second, third, fourth = stage.claimed(db, run, later)
    stage.told(db, [Result(first.id, Event.ACCEPT), Result(second.id, Event.REFUSE)], later)
    stage.told(db, [Result(third.id, Event.DEFER, "", later + timedelta(minutes=30))], later)
    half = seen(db, run, later)
    assert half.copies == {"accepted": 1, "refused": 1, "deferred": 1, "claimed": 1}
    assert (half.targeted, half.settled, half.open, half.percent) == (4, 2, 2, 50)
    assert half.left_out == {"opted_out": 1}
    assert half.per_second == 0.1
    pause(db, run, "mara", later)
    cancel(db, run, "mara", later)
    assert seen(db, run, later).percent == 75
    stage.told(db, [Result(fourth.id, Event.ACCEPT)], later)
    over = seen(db, run, later + timedelta(days=1))
    assert (over.percent, over.state, over.per_second) == (100, "cancelled", 0.2)


def test_a_finished_run_keeps_its_speed(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = stage.started(db, links, now)
    stage.told(db, [Result(copy.id, Event.ACCEPT) for copy in stage.claimed(db, run, now)], now)
    with db.write() as session:
        release_batch(session, (run, 0), "engine", now)
    finish_idle(db, now + timedelta(seconds=2))
    assert [seen(db, run, now + later).per_second for later in (timedelta(0), timedelta(days=9))] == [2.0, 2.0]


@pytest.mark.parametrize("state", [state for state in State if state is not State.ACCEPTED])
def test_a_run_is_not_at_100_percent_before_its_last_copy(state: State) -> None:
    nearly = Progress(1, RunState.SENDING, {State.ACCEPTED: 99_999, state: 1}, {}, 0.0)
    assert nearly.percent == (99 if state in OPEN else 100)


@pytest.mark.parametrize("state", RunState)
def test_a_run_without_copies_is_done_when_it_is_over(state: RunState) -> None:
    is_over = state in (RunState.FINISHED, RunState.CANCELLED)
    assert Progress(1, state, {}, {}, 0.0).percent == (100 if is_over else 0)


def test_a_run_that_does_not_exist_is_not_found(db: Database, now: datetime) -> None:
    with pytest.raises(NotFound, match="no run 7"):
        seen(db, 7, now)
