"""The one letter after an opt-out that had no page."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from newsletter.account.account import Account
from newsletter.audience.consent import ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.db import Database
from newsletter.language import SUPPORTED
from newsletter.links import Links
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.optout.receipt import BETWEEN, GOODBYE, Goodbye
from newsletter.post.post import post
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Text, Wording, Writer
from newsletter.question.reasons import Reason
from tests.optout.copies import Stage

ACME = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")


@pytest.fixture
def goodbye(links: Links) -> Goodbye:
    return Goodbye(links, ACME)


def letters(db: Database) -> Sequence[PostedLetter]:
    with db.read() as session:
        return session.scalars(select(PostedLetter).order_by(PostedLetter.id)).all()


def has_left(db: Database, stage: Stage) -> bool:
    with db.read() as session:
        row = session.get(Subscription, (stage.una.person_id, stage.una.topic_id))
        return row is not None and row.state == ConsentAct.WITHDRAWN


def agree_again(db: Database) -> None:
    with db.write() as session:
        session.execute(update(Subscription).values(state=ConsentAct.GRANTED))


@pytest.mark.parametrize("way", [Way.ONE_CLICK, Way.MAIL])
def test_who_leaves_without_a_page_is_asked_once_by_mail(
    db: Database, stage: Stage, goodbye: Goodbye, now: datetime, way: Way
) -> None:
    for _ in range(2):
        opt_out(db, stage.una, way, now, goodbye=goodbye)
    (letter,) = letters(db)
    page = goodbye.links.opt_out(stage.una)
    assert (letter.kind, letter.person_id, letter.address) == (GOODBYE, stage.una.person_id, stage.cast.una.address)
    assert (letter.state, letter.due_at, letter.leave_link) == (LetterState.WAITING, now, "")
    for part in (letter.text, letter.html):
        assert f"{page}/answer/backup" in part
        assert "It is only a back-up now" in part
        assert "We will not send" in part


@pytest.mark.parametrize("way", [Way.PAGE, Way.COMPLAINT, Way.STAFF])
def test_who_leaves_otherwise_gets_no_letter(
    db: Database, stage: Stage, goodbye: Goodbye, now: datetime, way: Way
) -> None:
    opt_out(db, stage.una, way, now, goodbye=goodbye)
    assert letters(db) == []


def test_an_installation_may_send_none(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.ONE_CLICK, now)
    assert letters(db) == []


@pytest.mark.parametrize(("off", "count"), [("DE", 0), ("FR", 1)])
def test_a_country_may_get_none(
    db: Database, stage: Stage, goodbye: Goodbye, now: datetime, off: str, count: int
) -> None:
    with db.write() as session:
        session.execute(update(Account).values(country="de"))
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=replace(goodbye, not_in=frozenset({off})))
    assert len(letters(db)) == count


@pytest.mark.parametrize(("after", "count"), [(timedelta(days=29), 1), (BETWEEN, 2)])
def test_nobody_gets_two_within_thirty_days(
    db: Database, stage: Stage, goodbye: Goodbye, now: datetime, after: timedelta, count: int
) -> None:
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=goodbye)
    agree_again(db)
    opt_out(db, stage.una, Way.ONE_CLICK, now + after, goodbye=goodbye)
    assert len(letters(db)) == count


def test_who_once_said_never_asked_gets_none(db: Database, stage: Stage, goodbye: Goodbye, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    answer(db, stage.una, Why(Reason.NEVER_ASKED), now, language="en")
    agree_again(db)
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=goodbye)
    assert letters(db) == []


def test_who_once_complained_gets_none(db: Database, stage: Stage, goodbye: Goodbye, now: datetime) -> None:
    opt_out(db, stage.una, Way.COMPLAINT, now)
    agree_again(db)
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=goodbye)
    assert letters(db) == []


@pytest.mark.parametrize("table", ["posted_letter", "answer", "account", "affiliation"])
def test_fault_44_an_opt_out_stands_whatever_its_letter_needs_is_broken(
    db: Database, stage: Stage, goodbye: Goodbye, now: datetime, table: str
) -> None:
    with db.write() as session:
        session.execute(text(f"ALTER TABLE {table} RENAME TO {table}_away"))
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=replace(goodbye, not_in=frozenset({"DE"})))
    with db.write() as session:
        session.execute(text(f"ALTER TABLE {table}_away RENAME TO {table}"))
    assert has_left(db, stage)


def test_an_opt_out_stands_when_its_letter_cannot_be_set(
    db: Database, stage: Stage, goodbye: Goodbye, now: datetime
) -> None:
    broken = replace(goodbye, links=Links("no base url", goodbye.links.signer))
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=broken)
    assert has_left(db, stage)
    assert letters(db) == []


@pytest.mark.parametrize("language", SUPPORTED)
def test_the_letter_is_in_the_readers_language(
    sqlite_db: Database, sqlite_stage: Stage, goodbye: Goodbye, now: datetime, language: str
) -> None:
    db, stage = sqlite_db, sqlite_stage
    with db.write() as session:
        session.get_one(Person, stage.una.person_id).language = language
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=goodbye)
    (letter,) = letters(db)
    assert letter.language == language
    assert f'dir="{"rtl" if language == "ar" else "ltr"}"' in letter.html
    assert ("You are off the list." in letter.text) == (language == "en")


def test_a_letter_one_can_leave_by_is_taken_back_when_its_reader_leaves(
    db: Database, stage: Stage, goodbye: Goodbye, now: datetime
) -> None:
    with db.write() as session:
        for person_id in (stage.una.person_id, stage.nora.person_id):
            post(
                session,
                key=f"check-in:{person_id}",
                kind="check-in",
                address="somebody@firm.example",
                person_id=person_id,
                language="en",
                wording=Wording("Hello", (Text("Hello"),), "Why"),
                values={},
                house=ACME,
                now=now,
                leave_link="https://news.vendor.example/leave/x",
            )
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=goodbye)
    assert [(letter.kind, letter.state) for letter in letters(db)] == [
        ("check-in", "taken_back"),
        ("check-in", "waiting"),
        ("goodbye", "waiting"),
    ]
