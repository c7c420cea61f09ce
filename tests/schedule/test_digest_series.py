"""A digest that a series gathers: what each person has not had yet, once, however many engines write it."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from newsletter.audience.consent import ConsentAct, Subscription
from newsletter.audience.preferences import Frequency, Preference
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.digest.gather import AT_ONCE
from newsletter.errors import BadTime, NotFound
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.gate import Gate
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.post.posted import PostedLetter
from newsletter.post.wording import Writer
from newsletter.schedule.fire import fire_due
from newsletter.schedule.gather import Means, gather_due
from newsletter.schedule.series import Became, Occurrence
from newsletter.schedule.steer import Planned, plan_series
from newsletter.segment.choosing import choose
from tests.ledger import stage
from tests.ledger.crowd import TEXT, crowd
from tests.ledger.test_waves import send_all

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
WRITER = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")
DIGEST = Planned("", "every Monday", "09:00", "Europe/Berlin", topics=("crowd",))


def sent(db: Database, links: Links, number: str, now: datetime) -> None:
    text = TEXT.format(number=number).replace("title: Grease", f"title: About {number}")
    stage.desk(db, links).order(text, topic="", when=When(now), author="mara", now=now)
    start_due(db, "engine", now)
    send_all(db, now)
    finish_idle(db, now)


def gather(db: Database, links: Links, now: datetime, at_once: int = AT_ONCE) -> int:
    fire_due(db, "engine", now, Gate(stage.SENDER, links, refuse=lambda _press: None))
    return gather_due(db, Means(WRITER, links, "Europe/Berlin", choose), now, at_once)


def letters(db: Database) -> dict[int | None, str]:
    with db.read() as session:
        return {letter.person_id: letter.text for letter in session.scalars(select(PostedLetter))}


def past(db: Database) -> list[tuple[date, str, int]]:
    with db.read() as session:
        rows = session.scalars(select(Occurrence).order_by(Occurrence.day))
        return [(row.day, row.became, row.letters) for row in rows]


def test_newcomers_are_told_of_what_was_sent_before_they_came_once(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        crowd(session, 3, now)
    sent(db, links, "TB-1", now)
    sent(db, links, "TB-2", now)
    with db.write() as session:
        newcomers = crowd(session, 2, now)
    plan_series(db, DIGEST, by="mara", now=now)
    assert gather(db, links, MONDAY - timedelta(seconds=1)) == 0
    assert gather(db, links, MONDAY) == 2
    found = letters(db)
    assert found.keys() == set(newcomers)
    assert all("About TB-1" in text and "About TB-2" in text for text in found.values())
    assert gather(db, links, MONDAY) == 0
    sent(db, links, "TB-3", MONDAY + timedelta(days=1))  # all five get it
    assert gather(db, links, MONDAY + timedelta(days=7)) == 0
    assert past(db) == [(date(2026, 11, 23), Became.SENT, 2), (date(2026, 11, 30), Became.SENT, 0)]


def test_who_left_paused_or_has_digests_of_their_own_gets_none(db: Database, links: Links, now: datetime) -> None:
    sent_before = now - timedelta(days=1)
    with db.write() as session:
        crowd(session, 1, now)
    sent(db, links, "TB-1", sent_before)
    with db.write() as session:
        left, weekly, paused, safety, stays = crowd(session, 5, now)
        session.add(Preference(person_id=weekly, frequency=Frequency.WEEKLY))
        session.add(Preference(person_id=safety, frequency=Frequency.SAFETY))
        session.add(Preference(person_id=paused, paused_until=now + timedelta(days=90)))
        session.execute(update(Subscription).where(Subscription.person_id == left).values(state=ConsentAct.WITHDRAWN))
    plan_series(db, DIGEST, by="mara", now=now)
    assert gather(db, links, MONDAY) == 1
    assert list(letters(db)) == [stays]


def test_engines_at_once_and_one_that_stopped_half_way_write_each_letter_once(
    db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        crowd(session, 1, now)
    sent(db, links, "TB-1", now)
    with db.write() as session:
        newcomers = crowd(session, 12, now)
    plan_series(db, DIGEST, by="mara", now=now)
    posted: list[int] = []
    threads = [threading.Thread(target=lambda: posted.append(gather(db, links, MONDAY, 5))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(posted) == len(letters(db)) == len(newcomers)
    assert past(db) == [(date(2026, 11, 23), Became.SENT, 12)]


@pytest.mark.parametrize(
    "wrong",
    [
        Planned("TB-1", "every Monday", "09:00", "Europe/Berlin", topics=("crowd",)),
        Planned("", "every Monday", "09:00", "Europe/Berlin", topics=("crowd",), waves="10%, 1h, rest"),
        Planned("", "every Monday", "09:00", "Europe/Berlin", topics=("crowd",), is_theirs=True),
        Planned("", "every Monday", "09:00", "Europe/Berlin", topics=("nothing",)),
        Planned("", "every Monday", "09:00", "Europe/Berlin"),
    ],
    ids=str,
)
def test_a_digest_that_cannot_be_is_refused(sqlite_db: Database, now: datetime, wrong: Planned) -> None:
    with sqlite_db.write() as session:
        crowd(session, 1, now)
    with pytest.raises((BadTime, NotFound)):
        plan_series(sqlite_db, wrong, by="mara", now=now)
