"""The mail that tells a colleague what waits: at their hour, once a day, and only where something does."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.db import Database
from newsletter.followup.act import take
from newsletter.followup.desk import Every, WorkDigest
from newsletter.followup.digest import post_due_digests
from newsletter.followup.own_desk import next_slot, set_digest
from newsletter.links import Links
from newsletter.post.posted import PostedLetter
from newsletter.post.wording import Writer
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty, User
from tests import cast
from tests.followup.desk import opened

ANN = "ann@vendor.example"
WRITER = Writer("Acme", "news@vendor.example", "service@vendor.example", "1 Works Road")
BERLIN = "Europe/Berlin"


@pytest.fixture
def ann(db: Database, now: datetime) -> int:
    """Ann from service asked for a mail each day at seven; it is Saturday."""
    invite(db, ANN, [Duty.SERVICE], now)
    with db.read() as session:
        user_id = session.scalars(select(User.id)).one()
    set_digest(db, WorkDigest(user_id=user_id, every=Every.DAY, hour=7, weekday=0), BERLIN, now)
    return user_id


def moved_on(db: Database, now: datetime) -> None:
    """Nora is not the right person any more."""
    with db.write() as session:
        house = cast.play(session, now)
        left = Observation(
            key="left",
            account_id=house.north.id,
            unit_id=None,
            person_id=house.nora.id,
            kind=Kind.CONTACT_LEFT,
            says=None,
            detail="wrong_person",
            observed_at=now,
            source="page",
        )
        note(session, left, now)


def letters(db: Database) -> list[PostedLetter]:
    with db.read() as session:
        return list(session.scalars(select(PostedLetter).order_by(PostedLetter.id)))


def test_the_mail_comes_on_monday_at_her_hour_once_and_says_what_waits(
    db: Database, ann: int, links: Links, now: datetime
) -> None:
    moved_on(db, now)
    monday = datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert post_due_digests(db, WRITER, links, BERLIN, monday - timedelta(seconds=1)) == 0
    assert [post_due_digests(db, WRITER, links, BERLIN, monday) for _ in range(3)] == [1, 0, 0]
    (letter,) = letters(db)
    assert (letter.address, letter.key) == (ANN, f"work_digest:{ann}:2026-11-23")
    assert letter.subject == "Follow-up: 0 of yours, 1 for anybody"
    assert "Toolroom North: Find the right contact" in letter.text
    assert f"https://news.vendor.example/staff/work/{opened(db)[0].id}" in letter.text
    take(db, [opened(db)[0].id], ANN, monday)
    late = datetime(2026, 12, 1, 9, tzinfo=UTC)  # no engine ran for a week: one mail, not five
    assert post_due_digests(db, WRITER, links, BERLIN, late) == 1
    assert "1 of yours, 0 for anybody" in letters(db)[-1].subject
    assert "1 of those below were due before today." in letters(db)[-1].text.replace("\n", " ")
    assert post_due_digests(db, WRITER, links, BERLIN, late + timedelta(hours=1)) == 0


def test_where_nothing_waits_no_mail_comes(db: Database, ann: int, links: Links) -> None:
    assert ann
    assert post_due_digests(db, WRITER, links, BERLIN, datetime(2026, 11, 23, 6, tzinfo=UTC)) == 0
    assert letters(db) == []


def test_who_is_gone_or_wants_none_gets_none(db: Database, ann: int, links: Links, now: datetime) -> None:
    moved_on(db, now)
    monday = datetime(2026, 11, 23, 6, tzinfo=UTC)
    with db.write() as session:
        session.get_one(User, ann).active = False
    assert post_due_digests(db, WRITER, links, BERLIN, monday) == 0
    with db.write() as session:
        session.get_one(User, ann).active = True
    set_digest(db, WorkDigest(user_id=ann, every=Every.NEVER, hour=7, weekday=0), BERLIN, monday)
    assert post_due_digests(db, WRITER, links, BERLIN, monday + timedelta(days=3)) == 0


@given(
    st.sampled_from([Every.DAY, Every.WEEK]),
    st.integers(0, 23),
    st.integers(0, 6),
    st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - given its zone below
    st.sampled_from(["UTC", BERLIN, "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"]),
)
def test_the_next_mail_is_always_ahead_and_within_the_week(
    every: Every, hour: int, weekday: int, at: datetime, zone: str
) -> None:
    now = at.replace(tzinfo=UTC)
    slot = next_slot(WorkDigest(user_id=1, every=every, hour=hour, weekday=weekday), zone, now)
    assert slot is not None
    assert now < slot <= now + timedelta(days=7, hours=2)
