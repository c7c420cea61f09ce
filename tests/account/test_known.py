from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.account.contact import About, Means
from newsletter.account.fact import AccountFact
from newsletter.account.in_touch import Spoken, in_touch
from newsletter.account.known import CODES, TITLES, Known, Subject, newest, told
from newsletter.account.note import Note
from newsletter.account.note_down import Fact, mark_private, note_fact, write_note
from newsletter.audience.note_contact import Touch, note_contact
from newsletter.db import Database
from newsletter.errors import BadAnswer, BadTime, NotFound
from tests import cast

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
ADA = "ada@vendor.example"


def fact(subject: Subject, value: str, days_ago: int) -> Known:
    return Known(subject, value, None, "", ADA, AT - timedelta(days=days_ago))


def spoken(about: About, days_ago: int) -> Spoken:
    return Spoken(AT - timedelta(days=days_ago), ADA, Means.CALL, about, "", "")


@pytest.fixture
def house(db: Database) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, AT)


def test_the_newest_on_each_subject_counts_in_whatever_order_it_comes() -> None:
    facts = [fact(Subject.MOOD, "content", 1), fact(Subject.MOOD, "complicated", 9), fact(Subject.VALUES, "speed", 5)]
    for order in (facts, facts[::-1]):
        assert [(known.subject, known.value) for known in newest(order).values()] == [
            (Subject.VALUES, "speed"),
            (Subject.MOOD, "content"),
        ]


def test_every_subject_has_a_title_and_every_code_its_words() -> None:
    assert set(TITLES) == set(Subject)
    for subject, codes in CODES.items():
        assert all(fact(subject, code, 0).says == words for code, words in codes.items())


TOLD = {
    "own fitters": ("used_own_service", "in_use", (Subject.NO_AGREEMENT, "own_fitters")),
    "another company": ("used_other_service", "in_use", (Subject.NO_AGREEMENT, "third_party")),
    "a back-up": ("", "backup", (Subject.NO_AGREEMENT, "backup")),
    "a pulse": ("looking_around", None, (Subject.MOOD, "looking_around")),
    "an interest": ("trade_in", None, (Subject.TRADE_IN, "yes")),
    "no competitor": ("no_competitor", "unknown", (Subject.COMPETITOR, "nobody")),
    "scrapped": ("scrapped", "not_in_use", None),
    "nothing": ("", None, None),
}


@pytest.mark.parametrize("case", TOLD)
def test_an_answer_tells_what_it_tells_and_no_more(case: str) -> None:
    detail, says, expected = TOLD[case]
    assert told(detail, says) == expected


def test_only_renewals_are_a_warning_and_nothing_at_all_is_none() -> None:
    assert not in_touch([]).only_at_renewal
    assert in_touch([spoken(About.RENEWAL, 3), spoken(About.RENEWAL, 400)]).only_at_renewal
    both = in_touch([spoken(About.RENEWAL, 3), spoken(About.THEM, 90), spoken(About.MACHINE, 100)])
    assert (both.only_at_renewal, both.otherwise) == (False, spoken(About.THEM, 90))
    assert both.last == spoken(About.RENEWAL, 3)


def test_facts_are_added_and_never_changed(db: Database, house: cast.Cast) -> None:
    for value in ("yes", "no", ""):
        note_fact(db, house.north.id, Fact(Subject.AUDIT, value), author=ADA, now=AT)
    with db.read() as session:
        assert session.scalars(select(AccountFact.value).order_by(AccountFact.id)).all() == ["yes", "no", ""]


BAD_FACTS = {
    "a code that is none": (Fact(Subject.AUDIT, "perhaps"), BadAnswer),
    "too many words": (Fact(Subject.VALUES, "x" * 2001), BadAnswer),
}


@pytest.mark.parametrize("case", BAD_FACTS)
def test_a_fact_that_is_none_is_refused_and_nothing_is_kept(db: Database, house: cast.Cast, case: str) -> None:
    bad, error = BAD_FACTS[case]
    with pytest.raises(error):
        note_fact(db, house.north.id, bad, author=ADA, now=AT)
    with pytest.raises(NotFound):
        note_fact(db, 10**9, Fact(Subject.AUDIT, "yes"), author=ADA, now=AT)
    with db.read() as session:
        assert session.scalars(select(AccountFact)).all() == []


def test_a_note_is_about_the_account_or_a_machine_of_it(db: Database, house: cast.Cast) -> None:
    write_note(db, house.north.id, house.c77.id, "Hall 3\r\ngate\0 2", author=ADA, now=AT)
    for unit_id, text, error in ((house.a100500.id, "x", NotFound), (None, " \0 ", BadAnswer)):
        with pytest.raises(error):
            write_note(db, house.north.id, unit_id, text, author=ADA, now=AT)
    with db.read() as session:
        assert [(note.text, note.unit_id) for note in session.scalars(select(Note))] == [
            ("Hall 3\ngate 2", house.c77.id)
        ]


def test_we_were_in_touch_on_a_day_that_has_come_with_somebody_who_stands_there(db: Database, house: cast.Cast) -> None:
    day = date(2026, 11, 20)
    note_contact(db, house.north.id, Touch(house.nora.id, Means.CALL, About.THEM, day), author=ADA, now=AT)
    with pytest.raises(NotFound):
        note_contact(db, house.north.id, Touch(house.ines.id, Means.CALL, About.THEM, day), author=ADA, now=AT)
    to_come = Touch(None, Means.VISIT, About.THEM, date(2026, 11, 23))
    with pytest.raises(BadTime):
        note_contact(db, house.north.id, to_come, author=ADA, now=AT)


def test_who_marked_an_account_as_private_is_on_record_once(db: Database, house: cast.Cast) -> None:
    for _ in range(2):
        mark_private(db, house.quiet.id, is_private=True, author=ADA, now=AT)
    with db.read() as session:
        notes = session.scalars(select(Note)).all()
    assert [(note.text, note.author) for note in notes] == [("Marked as a private owner.", ADA)]
