"""The engine rings for each figure; one rings once a day, and as often as it wants; a run that rushes goes first."""

from datetime import datetime, timedelta

import pytest

from newsletter.bulletin.compose import Sender
from newsletter.db import Database
from newsletter.engine.timed import TIMED, Means, bells
from newsletter.ledger.control import pause
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.retention.reckoning import Figures, reckoned_at
from tests import cast
from tests.ledger.stage import ordered

SENDER = Sender("ACME", "news@acme.example", "service@acme.example", "1 Works Road", "news.acme.example")


@pytest.mark.parametrize("figures", Figures)
def test_the_engine_keeps_each_figure_once_a_day(db: Database, links: Links, now: datetime, figures: Figures) -> None:
    with db.write() as session:
        cast.play(session, now)
    (line,) = (line for line in TIMED if line.name == f"keep_{figures}")
    seen = []
    for hours in (0, 1, 5, 24, 25):
        line.act(Means(db, SENDER, links, "UTC"), now + timedelta(hours=hours))
        with db.read() as session:
            seen.append(reckoned_at(session, figures))
    day = now + timedelta(hours=24)
    assert seen == [now, now, now, day, day]


def test_what_is_counted_once_a_day_leaves_the_first_minutes_of_a_run_to_it(
    db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        cast.play(session, now)
    ordered(db, links, now)
    start_due(db, "engine", now)
    assert counted_after_all_bells(db, links, now + timedelta(minutes=9)) == set()
    after = now + timedelta(minutes=10)
    assert counted_after_all_bells(db, links, after) == set(Figures)


def test_a_run_that_is_paused_keeps_no_figures_waiting(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = ordered(db, links, now)
    start_due(db, "engine", now)
    pause(db, run, "mara", now)
    assert counted_after_all_bells(db, links, now) == set(Figures)


def counted_after_all_bells(db: Database, links: Links, now: datetime) -> set[Figures]:
    for _, ring in bells(Means(db, SENDER, links, "UTC"), lambda: now):
        ring()
    with db.read() as session:
        return {figures for figures in Figures if reckoned_at(session, figures)}
