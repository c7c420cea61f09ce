"""A trial that is steered: chosen by hand, paused, held, cancelled; on both databases."""

from datetime import datetime

import pytest

from newsletter.db import Database
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.ledger.control import cancel, pause, resume
from newsletter.ledger.trial_deciding import choose_by_hand, decide_due
from newsletter.ledger.wave_opening import open_due, send_next
from newsletter.ledger.wave_rule import CameBack
from newsletter.links import Links
from tests.ledger.trials import HOUR, b_wins, by_chance, good, never, send_all, started, trial_of


def test_a_colleague_may_choose_before_the_end_and_it_is_written_down_as_that(
    db: Database, links: Links, now: datetime
) -> None:
    run = started(db, links, now)
    send_all(db, now)
    with pytest.raises(Conflict, match="not decided"):
        send_next(db, run, "mara", now)
    with pytest.raises(Refused):
        choose_by_hand(db, run, "c", "mara", now, b_wins)
    with pytest.raises(NotFound):
        choose_by_hand(db, run + 7, "b", "mara", now, b_wins)
    choose_by_hand(db, run, "b", "mara", now + HOUR, by_chance)
    assert send_all(db, now + HOUR) == {"b": 40}
    trial = trial_of(db, run)
    assert (trial.winner, trial.decided_by) == ("b", "mara")
    assert trial.because.startswith("Chosen by mara before the end. Opened by people: a 100 of 1,000")
    with pytest.raises(Conflict):
        choose_by_hand(db, run, "a", "ben", now + HOUR, b_wins)
    assert decide_due(db, "engine", now + 9 * HOUR, never) == []


def test_a_paused_run_is_decided_in_time_and_goes_on_with_the_winner(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, good)
    pause(db, run, "mara", now)
    assert decide_due(db, "engine", now + 4 * HOUR, b_wins) == [run]
    assert open_due(db, "engine", now + 4 * HOUR, good) == []
    resume(db, run, "mara", now + 5 * HOUR)
    assert send_all(db, now + 5 * HOUR) == {}
    assert open_due(db, "engine", now + 5 * HOUR, good) == [(run, 2)]
    assert send_all(db, now + 5 * HOUR) == {"b": 40}


def test_a_sample_much_of_which_comes_back_holds_the_rest_which_then_gets_the_winner(
    db: Database, links: Links, now: datetime
) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, good)
    decide_due(db, "engine", now + 4 * HOUR, b_wins)
    assert open_due(db, "engine", now + 4 * HOUR, lambda *_: CameBack(100, 50, 0)) == []
    assert send_next(db, run, "mara", now + 5 * HOUR) == 2
    assert send_all(db, now + 5 * HOUR) == {"b": 40}


def test_a_cancelled_run_decides_nothing(db: Database, links: Links, now: datetime) -> None:
    run = started(db, links, now)
    send_all(db, now)
    open_due(db, "engine", now, good)
    cancel(db, run, "mara", now)
    assert decide_due(db, "engine", now + 4 * HOUR, never) == []
    assert trial_of(db, run).decided_at is None
