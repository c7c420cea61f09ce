from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.engine import EngineSeen
from newsletter.ledger.run import Run, RunState
from newsletter.report.today import Today, today
from tests.optout.copies import NUMBER, Stage


def at(db: Database, now: datetime) -> Today:
    with db.read() as session:
        return today(session, now)


@pytest.mark.parametrize(
    ("seconds", "is_silent"),
    [pytest.param(5, False, id="just seen"), pytest.param(60, False, id="a minute"), pytest.param(61, True, id="more")],
)
def test_an_engine_that_is_silent_for_more_than_a_minute_is_noticed(
    db: Database, now: datetime, seconds: int, *, is_silent: bool
) -> None:
    with db.write() as session:
        session.add(EngineSeen(name="old", started_at=now, seen_at=now - timedelta(days=1)))
        session.add(EngineSeen(name="new", started_at=now, seen_at=now - timedelta(seconds=seconds)))
    assert at(db, now).engine_is_silent is is_silent


def test_a_database_on_which_no_engine_ever_ran_says_so(db: Database, now: datetime) -> None:
    assert at(db, now) == Today((), None, engine_is_silent=True)


@pytest.mark.parametrize("state", RunState)
def test_only_runs_that_are_not_over_need_somebody(db: Database, stage: Stage, now: datetime, state: RunState) -> None:
    assert stage.cast.north.number == "K1"
    with db.write() as session:
        session.execute(update(Run).values(state=state))
    shown = [(sending.number, sending.state) for sending in at(db, now).sendings]
    is_over = state in (RunState.FINISHED, RunState.CANCELLED)
    assert shown == ([] if is_over else [(NUMBER, state)])


def test_progress_counts_the_copies_the_engine_is_done_with(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        session.execute(update(Run).values(state=RunState.SENDING))
        for link, state in ((stage.nora, "waiting"), (stage.una, "deferred"), (stage.pia, "refused")):
            session.execute(update(Delivery).where(Delivery.id == link.delivery_id).values(state=state))
    sending = at(db, now).sendings[0]
    assert (sending.copies, sending.settled) == (4, 2)


def test_what_troubles_a_living_engine_is_told(db: Database, now: datetime) -> None:
    with db.write() as session:
        for name, seconds, trouble in (("a", 5, "535 who?"), ("b", 5, ""), ("c", 5, "535 who?"), ("d", 61, "gone")):
            seen_at = now - timedelta(seconds=seconds)
            session.add(EngineSeen(name=name, started_at=now, seen_at=seen_at, trouble=trouble))
    assert at(db, now).troubles == ("535 who?",)
