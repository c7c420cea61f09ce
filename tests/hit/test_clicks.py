"""What people read becomes a faint sign, once a person, mail and day; what programs opened becomes none."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.hit.clicks import note_clicks
from newsletter.hit.hit import Hit
from newsletter.hit.sift import sift
from newsletter.signal.evidence import Evidence
from newsletter.signal.verdict import Verdict
from tests import cast
from tests.optout.copies import NUMBER, Stage, set_stage

HOUR = timedelta(hours=1)


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


def opened(db: Database, stage: Stage, at: datetime, kind: str = "view", **more: object) -> None:
    usual = {"at": at, "method": "GET", "kind": kind, "person_id": stage.nora.person_id, "since": 7200.0}
    with db.write() as session:
        session.add(Hit(**{**usual, "delivery_id": stage.nora.delivery_id, **more}))
    sift(db, at)


def clicks(db: Database) -> list[tuple[str, int, int | None, str]]:
    with db.read() as session:
        return [(e.kind, e.account_id, e.unit_id, e.bulletin_number) for e in session.scalars(select(Evidence))]


def test_a_person_who_reads_is_noted_once_a_mail_and_day(db: Database, stage: Stage, now: datetime) -> None:
    for minutes in (0, 20, 40):
        opened(db, stage, now + timedelta(minutes=minutes))
    assert note_clicks(db, now + HOUR) == 1
    assert note_clicks(db, now + HOUR) == 0
    assert clicks(db) == [("human_click", stage.cast.north.id, None, NUMBER)]
    opened(db, stage, now + 2 * HOUR, kind="done")
    assert note_clicks(db, now + 3 * HOUR) == 0
    opened(db, stage, now + 24 * HOUR)
    assert note_clicks(db, now + 25 * HOUR) == 1
    with db.read() as session:
        assert set(session.scalars(select(Verdict.state))) == {"unknown"}


@pytest.mark.parametrize(
    "more",
    [{"method": "HEAD"}, {"since": 3.0}, {"kind": "about"}, {"kind": "leave"}, {"person_id": None}],
    ids=["machine", "unsure", "trap", "who leaves", "nobody"],
)
def test_other_hits_are_no_sign(db: Database, stage: Stage, now: datetime, more: dict[str, object]) -> None:
    opened(db, stage, now, **more)
    assert note_clicks(db, now + HOUR) == 0


def test_a_fresh_hit_waits_until_its_neighbours_are_known(db: Database, stage: Stage, now: datetime) -> None:
    opened(db, stage, now)
    assert note_clicks(db, now + timedelta(seconds=90)) == 0
    assert note_clicks(db, now + timedelta(seconds=121)) == 1
