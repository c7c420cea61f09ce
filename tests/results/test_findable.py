"""What a trial can find at all: by what former bulletins had, or by a stated assumption."""

import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.source import BulletinClass
from newsletter.bulletin.trial import Measure, Trial
from newsletter.bulletin.waves import WHOLE
from newsletter.db import Database
from newsletter.ledger.run import Batch
from newsletter.question.power import detectable
from newsletter.report.runs import DomainFigures, Domains
from newsletter.report.taught import Taught
from newsletter.results.figures import Clicks, Figures
from newsletter.results.findable import ASSUMED, findable
from newsletter.results.run_figures import RunFigures
from tests import cast
from tests.archive.newsstand import sent, source

HALF_DAY = timedelta(hours=12)


def former(
    session: Session, number: str, clicked: int, now: datetime, klass: str = "technical", of: int = 1_000
) -> None:
    """A bulletin of which so many copies were opened by people."""
    topic = session.scalars(select(Topic).order_by(Topic.id)).first()
    assert topic is not None
    run = sent(session, source(number, klass=klass), topic, now)
    session.add(Batch(run_id=run.id, number=0, tally=json.dumps({"accepted": of})))
    told = Figures(now, Domains((), 0, DomainFigures("", 0, 0, 0, 0, 0)), (), {}, Taught({}, {}), Clicks(human=clicked))
    figures = json.dumps(told.as_plain())
    session.add(RunFigures(run_id=run.id, due_at=None, counted_at=now, figures=figures))


@pytest.fixture(autouse=True)
def _played(db: Database, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)


def test_without_former_bulletins_the_rate_is_assumed_and_said_so(db: Database) -> None:
    with db.read() as session:
        for measure in Measure:
            found = findable(session, BulletinClass.TECHNICAL, Trial(2_000, HALF_DAY, measure), 10_000)
            assert (found.each, found.rate, found.bulletins) == (1_000, ASSUMED[measure], 0)
            assert found.gain == detectable(ASSUMED[measure], 1_000)


def test_the_usual_rate_is_the_middle_of_former_runs_of_the_class_that_were_large_enough(
    db: Database, now: datetime
) -> None:
    with db.write() as session:
        for number, clicked in (("TB-7", 100), ("TB-8", 300), ("TB-9", 200)):
            former(session, number, clicked, now)
        former(session, "TB-6", 40, now, of=50)
        former(session, "MB-1", 900, now, klass="marketing")
    with db.read() as session:
        found = findable(session, BulletinClass.TECHNICAL, Trial(2_000, HALF_DAY), 10_000)
    assert (found.rate, found.bulletins) == (0.2, 3)
    assert not found.is_unlikely


@pytest.mark.parametrize(
    ("copies", "share", "is_unlikely"),
    [(0, 2_000, True), (199, WHOLE, True), (1_000, 2_000, True), (1_000_000, 2_000, False), (30_000, WHOLE, False)],
)
def test_a_sample_that_can_find_nothing_likely_is_warned_about(
    db: Database, copies: int, share: int, *, is_unlikely: bool
) -> None:
    with db.read() as session:
        found = findable(session, BulletinClass.TECHNICAL, Trial(share, HALF_DAY), copies)
    assert found.is_unlikely is is_unlikely
