"""What the record says beside the verdict: needs, days, contacts; and what it would have said on another day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.account.agreement import Agreement
from newsletter.account.contact import About, Means
from newsletter.account.known import Subject
from newsletter.account.note_down import Fact, note_fact, write_note
from newsletter.audience.note_contact import Touch, note_contact
from newsletter.db import Database
from newsletter.errors import BadAnswer, BadTime, Refused
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import OfMachine, Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason, UnitAnswer
from newsletter.report.happening import Happening, drawn_together
from newsletter.report.likelihood import in_words
from newsletter.report.looking import Asked, look
from newsletter.report.needs import anniversary
from newsletter.report.record import AccountRecord, account_record
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Better, Observation, note
from newsletter.signal.overrule import overrule
from newsletter.signal.rules import State
from tests.optout.copies import Stage

ADA = "ada@vendor.example"


def record(db: Database, now: datetime, *, number: str = "K1", as_of: str = "", kind: str = "") -> AccountRecord:
    at, view = look(now, UTC, Asked(as_of, "", kind))
    with db.read() as session:
        return account_record(session, number, at, view)


def leave(db: Database, link: OptOutLink, at: datetime, reason: Reason, unit_id: int = 0) -> None:
    opt_out(db, link, Way.PAGE, at)
    answer(db, link, Why(reason), at, language="de")
    if unit_id:
        answer(db, link, OfMachine(unit_id, UnitAnswer.IN_USE), at, language="de")


def test_an_answer_says_why_there_is_no_agreement_until_a_colleague_knows_later(
    db: Database, stage: Stage, now: datetime
) -> None:
    leave(db, stage.una, now, Reason.USED_OWN_SERVICE)
    known = record(db, now).known[Subject.NO_AGREEMENT]
    assert (known.says, known.author) == ("their own fitters look after it", "Berg")
    assert known.source == "said by Berg on 21 November 2026, when leaving TB-2026-014"
    later = now + timedelta(days=1)
    fact = Fact(Subject.NO_AGREEMENT, "never_breaks", words="Twelve years without a fault.")
    note_fact(db, stage.cast.north.id, fact, author=ADA, now=later)
    known = record(db, later).known[Subject.NO_AGREEMENT]
    assert (known.says, known.author, known.source) == ("it never breaks", ADA, "")


def test_what_they_took_back_is_not_known(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now, Reason.USED_OWN_SERVICE)
    answer(db, stage.una, Why(Reason.TOO_MANY), now + timedelta(minutes=1), language="de")
    assert Subject.NO_AGREEMENT not in record(db, now + timedelta(hours=1)).known


def test_days_that_matter_come_soonest_first_and_within_a_year(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        for unit, until in ((stage.cast.c77, date(2027, 1, 31)), (stage.cast.a103000, date(2025, 1, 31))):
            session.add(Agreement(unit_id=unit.id, until=until, source="import", recorded_at=now))
    fact = Fact(Subject.RENEWAL, "C77", on_day=date(2026, 12, 24))
    note_fact(db, stage.cast.north.id, fact, author=ADA, now=now)
    known = record(db, now)
    assert [(day.day, day.why) for day in known.days][:3] == [
        (date(2026, 12, 24), "Renewal talk"),
        (date(2027, 1, 31), "The agreement on C77 ends"),
        (date(2027, 5, 2), "CT-7 C77 has stood for 13 years"),
    ]
    runs = {unit.serial: (unit.agreement_runs, unit.age) for unit in known.units}
    assert runs == {"C77": (True, 12), "A100231": (False, 12), "A103000": (False, 12)}
    assert [h.title for h in record(db, now, kind="agreements").timeline] == [
        "A103000: agreement until 31 Jan 2025",
        "C77: agreement until 31 Jan 2027",
        "A103000: the agreement ended",
    ]


@pytest.mark.parametrize(
    ("since", "today", "day"),
    [
        (date(2014, 5, 2), date(2026, 5, 2), date(2026, 5, 2)),
        (date(2014, 5, 2), date(2026, 5, 3), date(2027, 5, 2)),
        (date(2012, 2, 29), date(2026, 1, 1), date(2026, 2, 28)),
        (date(2012, 2, 29), date(2028, 1, 1), date(2028, 2, 29)),
    ],
)
def test_an_anniversary_comes_every_year(since: date, today: date, day: date) -> None:
    assert anniversary(since, today) == day


def test_who_spoke_to_them_last_other_than_about_a_renewal(db: Database, stage: Stage, now: datetime) -> None:
    account_id, today = stage.cast.north.id, now.date()
    for about, days in ((About.RENEWAL, 3), (About.RENEWAL, 200)):
        touch = Touch(stage.cast.nora.id, Means.CALL, about, today - timedelta(days=days))
        note_contact(db, account_id, touch, author=ADA, now=now)
    assert record(db, now).touch.only_at_renewal
    touch = Touch(None, Means.VISIT, About.MACHINE, today - timedelta(days=90), "Saw it run.")
    note_contact(db, account_id, touch, author="ben@vendor.example", now=now)
    touched = record(db, now).touch
    assert touched.otherwise
    assert (touched.otherwise.author, touched.otherwise.words) == ("ben@vendor.example", "Saw it run.")
    assert touched.last
    assert (touched.last.person, touched.only_at_renewal) == ("Nora Frost", False)


def test_a_past_day_knows_nothing_of_what_came_later(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now - timedelta(days=45), Reason.BACKUP)
    answer(db, stage.una, Why(Reason.NOT_USED), now - timedelta(days=20), language="de")
    write_note(db, stage.cast.north.id, None, "later", author=ADA, now=now)
    note_fact(db, stage.cast.north.id, Fact(Subject.VALUES, "speed"), author=ADA, now=now)
    then, today = record(db, now, as_of="2026-10-15"), record(db, now)
    state = {unit.serial: unit.verdict.state for unit in then.units}
    assert (state["A100231"], then.verdict.state) == (State.BACKUP, State.BACKUP)
    assert {unit.serial: unit.verdict.state for unit in today.units}["A100231"] == State.NOT_IN_USE
    assert all(h.at.date() <= date(2026, 10, 15) for h in then.timeline)
    assert not any("taken back" in h.detail for h in then.timeline)
    assert (then.known.get(Subject.VALUES), today.known[Subject.VALUES].value) == (None, "speed")
    assert record(db, now, as_of="2009-01-01").units == ()


@pytest.mark.parametrize("day", ["2026-11-22", "yesterday", "0001-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_looked_back_to_is_refused(now: datetime, day: str) -> None:
    with pytest.raises(BadTime):
        look(now, UTC, Asked(as_of=day))
    with pytest.raises(Refused):
        look(now, UTC, Asked(kind="everything"))


def test_a_colleague_overrules_is_named_and_can_be_taken_back(db: Database, stage: Stage, now: datetime) -> None:
    account_id, unit_id = stage.cast.north.id, stage.cast.a100231.id
    leave(db, stage.una, now - timedelta(days=2), Reason.NOT_USED)
    overrule(db, account_id, Better(unit_id, State.IN_USE, "I saw it run."), author=ADA, now=now - timedelta(days=1))
    unit = next(unit for unit in record(db, now).units if unit.id == unit_id)
    assert (unit.verdict.state, [said.said_by for said in unit.verdict.against]) == (State.IN_USE, ["Berg"])
    assert unit.overruled
    assert (unit.overruled.said_by, unit.overruled.note) == (ADA, "I saw it run.")
    better = Better(unit_id, State.UNKNOWN, "It was the one beside it.")
    overrule(db, account_id, better, author="ben@vendor.example", now=now)
    known = record(db, now)
    unit = next(unit for unit in known.units if unit.id == unit_id)
    assert (unit.verdict.state, unit.overruled) == (State.NOT_IN_USE, None)
    told = [(h.title, h.detail, h.quote) for h in known.timeline if "vendor.example" in h.detail]
    assert told == [
        ("A100231: no longer overruled", "ben@vendor.example", "It was the one beside it."),
        ("A100231: in use, says a colleague", f"{ADA}; taken back since", "I saw it run."),
    ]
    with db.read() as session:
        kinds = session.scalars(select(Evidence.kind).where(Evidence.author != "")).all()
    assert kinds == [Kind.STAFF_NOTE, Kind.STAFF_NOTE]


def test_to_overrule_takes_a_reason(db: Database, stage: Stage, now: datetime) -> None:
    with pytest.raises(BadAnswer):
        overrule(db, stage.cast.north.id, Better(None, State.IN_USE, " "), author=ADA, now=now)


def test_a_verdict_says_when_to_ask_again(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now, Reason.BACKUP)
    known = record(db, now)
    days = {unit.serial: unit.ask_again for unit in known.units}
    assert known.ask_again
    assert known.ask_again > now + timedelta(days=180)
    assert (known.ask_again, days["C77"]) == (days["A100231"], now)


def test_a_thousand_reports_are_weighed_and_told_in_short(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        for day in range(300):
            session.add(_telemetry(stage, day, now - timedelta(days=day)))
    unit = next(unit for unit in record(db, now).units if unit.serial == "C77")
    assert (unit.verdict.state, len(unit.verdict.because), unit.verdict.untold) == (State.IN_USE, 30, 270)
    story = drawn_together(record(db, now, kind="signs").timeline)
    assert [(h.title, len(h.others)) for h in story] == [("C77: in use", 49)]


def test_what_is_told_twice_by_others_is_not_drawn_together(now: datetime) -> None:
    one = Happening(now, "evidence", "A: in use", "by Nora", about_machine=True, place=f"{now.isoformat()}~1~1")
    other = Happening(now, "evidence", "A: in use", "by Omar", about_machine=True, place=f"{now.isoformat()}~1~2")
    assert drawn_together([one, other]) == [one, other]


def test_likelihoods_have_words() -> None:
    assert [in_words(p) for p in (0.99, 0.9, 0.7, 0.5, 0.2, 0.1, 0.01)] == [
        "almost certain",
        "very likely",
        "likely",
        "as likely as not",
        "unlikely",
        "very unlikely",
        "almost ruled out",
    ]


def _telemetry(stage: Stage, number: int, at: datetime) -> Evidence:
    return Evidence(
        key=f"telemetry:{number}",
        account_id=stage.cast.north.id,
        unit_id=stage.cast.c77.id,
        kind=Kind.TELEMETRY,
        says=None,
        observed_at=at,
        recorded_at=at,
        source="machine",
    )


def test_evidence_of_a_pulse_is_how_content_they_are(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        note(
            session,
            Observation(
                key="pulse:1", account_id=stage.cast.north.id, unit_id=None, person_id=stage.cast.nora.id,
                kind=Kind.PULSE, says=None, detail="looking_around", observed_at=now, source="pulse",
            ),
            now,
        )  # fmt: skip
    known = record(db, now).known[Subject.MOOD]
    assert (known.says, known.author) == ("looking around", "Nora Frost")
