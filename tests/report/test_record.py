import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from newsletter.account.agreement import Agreement
from newsletter.account.note import Note
from newsletter.account.unit import Unit
from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Affiliation
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import OfMachine, WhatBecame, Why, Word, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Fate, Reason, UnitAnswer
from newsletter.report.export import as_json
from newsletter.report.place import read_place
from newsletter.report.record import AccountRecord, View, account_record
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State
from newsletter.signal.sentence import NOTHING_TOLD
from tests.cast import consent
from tests.optout.copies import Stage

MINUTE = timedelta(minutes=1)
Counted = Callable[[Database], AbstractContextManager[list[str]]]


def leave(db: Database, link: OptOutLink, at: datetime, *words: Word, everything: bool = False) -> None:
    """Somebody leaves and then says these words, a minute apart."""
    opt_out(db, link, Way.PAGE, at, everything=everything)
    for number, word in enumerate(words, 1):
        answer(db, link, word, at + number * MINUTE, language="de")


def record(db: Database, number: str, now: datetime) -> AccountRecord:
    with db.read() as session:
        return account_record(session, number, now + timedelta(hours=1))


def test_the_record_says_back_up_with_name_date_and_bulletin(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now, Why(Reason.BACKUP))
    verdict = record(db, "K1", now).verdict
    assert verdict.sentence == "In use as back-up: said by Berg on 21 November 2026, when leaving TB-2026-014."
    assert (verdict.state, [said.said_by for said in verdict.because]) == (State.BACKUP, ["Berg"])
    assert verdict.p_used == pytest.approx(0.98, abs=0.01)


def test_a_machine_carries_its_own_verdict_agreement_and_last_sign_of_life(
    db: Database, stage: Stage, now: datetime
) -> None:
    with db.write() as session:
        for until in (date(2025, 1, 1), date(2027, 1, 1)):
            session.add(Agreement(unit_id=stage.cast.c77.id, until=until, source="import", recorded_at=now))
    leave(db, stage.una, now, Why(Reason.NOT_USED), WhatBecame(Fate.SCRAPPED))
    units = {unit.serial: unit for unit in record(db, "K1", now).units}
    assert list(units) == ["C77", "A100231", "A103000"]
    scrapped, agreed = units["A100231"], units["C77"]
    assert (scrapped.model, scrapped.verdict.state) == ("VX-500", State.NOT_IN_USE)
    assert scrapped.last_sign
    assert (scrapped.last_sign.what, scrapped.last_sign.detail) == ("opt-out answer", "scrapped")
    assert (agreed.agreement_until, agreed.last_sign) == (date(2027, 1, 1), None)
    assert agreed.verdict.sentence == NOTHING_TOLD


def test_one_machine_that_is_gone_does_not_make_the_account_gone(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now, Why(Reason.NOT_USED), WhatBecame(Fate.SCRAPPED))
    known = record(db, "K1", now)
    assert known.verdict.sentence == (
        "We do not know of all 3 machines: 1 is no longer in use, "
        "said by Berg on 21 November 2026, when leaving TB-2026-014."
    )
    assert known.tally == [(State.UNKNOWN, 2), (State.NOT_IN_USE, 1)]


def test_leaving_without_an_answer_never_reads_as_lost(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now)
    verdict = record(db, "K1", now).verdict
    assert (verdict.state, verdict.because) == (State.UNKNOWN, ())
    assert verdict.sentence == (
        "We do not know: Berg left TB-2026-014 on 21 November 2026 and said nothing about the machine."
    )


@pytest.mark.parametrize("reason", [Reason.WRONG_PERSON, Reason.TOO_MANY, Reason.NEVER_ASKED, Reason.OTHER])
def test_a_reason_that_is_about_the_reader_leaves_the_verdict_open(
    db: Database, stage: Stage, now: datetime, reason: Reason
) -> None:
    leave(db, stage.una, now, Why(reason))
    verdict = record(db, "K1", now).verdict
    assert verdict.state == State.UNKNOWN
    assert verdict.sentence.startswith("We do not know: ")


def test_a_changed_answer_is_taken_back_but_stays_on_the_timeline(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now, Why(Reason.NOT_USED), Why(Reason.USED_OWN_SERVICE))
    known = record(db, "K1", now)
    assert known.verdict.sentence.startswith("In use, looked after by their own people: said by Berg")
    assert known.verdict.against == ()
    told = [(h.title, "taken back" in h.detail) for h in known.timeline if h.kind == "evidence"]
    assert told == [
        ("A100231: in use, looked after by their own people", False),
        ("A100231: no longer in use", True),
    ]


def test_who_contradicts_the_verdict_is_named_against_it(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now - timedelta(days=300), Why(Reason.NOT_USED))
    leave(db, stage.nora, now, Why(Reason.TOO_MANY), OfMachine(stage.cast.a100231.id, UnitAnswer.IN_USE))
    verdict = record(db, "K1", now).verdict
    assert [said.said_by for said in verdict.because] == ["Nora Frost"]
    assert [said.said_by for said in verdict.against] == ["Berg"]


def test_a_fitter_of_several_accounts_tells_each_only_of_its_own_machines(
    db: Database, stage: Stage, now: datetime
) -> None:
    leave(db, stage.pia, now, Why(Reason.BACKUP), OfMachine(stage.cast.a100500.id, UnitAnswer.BACKUP))
    states = {number: record(db, number, now).verdict.state for number in ("K1", "K2", "K3")}
    assert states == {"K1": State.UNKNOWN, "K2": State.BACKUP, "K3": State.UNKNOWN}
    assert not any(h.kind == "delivery" and "Pia" in h.title for h in record(db, "K1", now).timeline)
    assert not any("Pia Marsh left" in happening.title for happening in record(db, "K1", now).timeline)


def test_people_say_by_topic_where_they_stand_and_since_when(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.ines, now, everything=True)
    people = {person.name: person for person in (*record(db, "K1", now).people, *record(db, "K2", now).people)}
    standings = {name: [(s.topic, s.state) for s in person.consent] for name, person in people.items()}
    assert standings["Nora Frost"] == [("bulletins", "granted"), ("safety", "none")]
    assert standings["Omar Haddad"] == [("bulletins", "withdrawn"), ("safety", "none")]
    assert [name for name, person in people.items() if person.is_reachable] == ["Berg", "Nora Frost", "Pia Marsh"]
    assert people["Ines Brandt"].barred == "left everything"
    assert people["Omar Haddad"].consent[0].since == now - timedelta(days=30)


def test_the_timeline_is_newest_first_and_holds_every_kind(db: Database, stage: Stage, now: datetime) -> None:
    written = "Wir haben\nkeine Zeit. =1+1 <b>"
    with db.write() as session:
        session.add(
            Note(account_id=stage.cast.north.id, unit_id=None, text="Hall 3", author="import", noted_at=now - MINUTE)
        )
    leave(db, stage.una, now, Why(Reason.OTHER, written), Why(Reason.BACKUP))
    timeline = record(db, "K1", now).timeline
    assert [h.at for h in timeline] == sorted((h.at for h in timeline), reverse=True)
    assert {h.kind for h in timeline} == {"evidence", "answer", "opt_out", "consent", "delivery", "note", "work"}
    assert [h.quote for h in timeline if h.quote] == [written, "Hall 3"]
    assert [h.title for h in timeline if h.kind == "opt_out"] == ["Berg left TB-2026-014"]


def test_an_opt_out_is_told_once_not_again_as_a_withdrawn_consent(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now)
    titles = [h.title for h in record(db, "K1", now).timeline if "Berg" in h.title and h.kind != "delivery"]
    assert titles == ["Berg left TB-2026-014", "Berg agreed to get Technical bulletins"]


def test_a_long_timeline_is_read_a_page_at_a_time_and_nothing_is_lost_or_told_twice(
    db: Database, stage: Stage, now: datetime
) -> None:
    with db.write() as session:
        for days in range(1, 30):
            consent(session, stage.cast.nora, stage.cast.safety, ConsentAct.GRANTED, now - timedelta(days=days))
        for number in range(12):  # of one moment
            session.add(Note(account_id=stage.cast.north.id, unit_id=None, text=f"{number}", author="i", noted_at=now))
    leave(db, stage.una, now, Why(Reason.OTHER, "words"), Why(Reason.BACKUP))
    later = now + timedelta(hours=1)
    with db.read() as session:
        whole = account_record(session, "K1", later, View(page=1000))
        pages, after = [], read_place("")
        while True:
            page = account_record(session, "K1", later, View(page=7, after=after))
            pages += page.timeline
            if not page.older:
                break
            after = read_place(page.older)
    assert whole.older == ""
    assert len(whole.timeline) > 45
    assert tuple(pages) == whole.timeline
    assert [h.place for h in pages] == [h.place for h in whole.timeline]


def test_days_are_those_of_the_readers_zone(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now.replace(hour=23, minute=30) - timedelta(days=1), Why(Reason.BACKUP))
    with db.read() as session:
        berlin = account_record(session, "K1", now, View(zone=ZoneInfo("Europe/Berlin")))
    assert "on 21 November 2026" in berlin.verdict.sentence
    assert "on 20 November 2026" in record(db, "K1", now).verdict.sentence


def test_who_left_the_account_is_quoted_by_name_still(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now, Why(Reason.BACKUP))
    with db.write() as session:
        session.delete(session.scalars(select(Affiliation).where(Affiliation.person_id == stage.cast.una.id)).one())
    assert "said by Berg" in record(db, "K1", now).verdict.sentence


def test_an_account_without_machines_or_people_has_a_record(db: Database, stage: Stage, now: datetime) -> None:
    assert stage.cast.quiet.number == "K4"
    known = record(db, "K4", now)
    assert (known.verdict.sentence, known.people, known.timeline, known.older) == (NOTHING_TOLD, (), (), "")
    assert record(db, "K5", now).units == ()


@pytest.mark.parametrize("number", ["K9", "", "k1", "K1'--", "\x7f", "K" * 5000])
def test_an_account_that_does_not_exist_is_not_found(db: Database, stage: Stage, now: datetime, number: str) -> None:
    assert stage.cast.north.number == "K1"
    with pytest.raises(NotFound):
        record(db, number, now)


def test_a_hundred_machines_take_as_many_queries_as_one(
    db: Database, stage: Stage, now: datetime, counted: Counted
) -> None:
    with counted(db) as few:
        record(db, "K2", now)
    with db.write() as session:
        for number in range(100):
            unit = Unit(
                account_id=stage.cast.gears.id,
                product_id=stage.cast.vx500.id,
                serial=f"Z{number}",
                serial_prefix="Z",
                serial_number=number,
                created_at=now,
            )
            session.add(unit)
            session.flush()
            spoken = Observation(
                key=f"test:{number}",
                account_id=stage.cast.gears.id,
                unit_id=unit.id,
                person_id=stage.cast.ines.id,
                kind=Kind.OPT_OUT_ANSWER,
                says=State.IN_USE,
                detail="in_use",
                observed_at=now,
                source="test",
            )
            if number % 10 == 0:
                note(session, spoken, now)
    with counted(db) as many:
        known = record(db, "K2", now)
    assert len(known.units) == 101
    assert len(few) == len(many) <= 30


def test_json_has_the_keys_that_were_promised(db: Database, stage: Stage, now: datetime) -> None:
    leave(db, stage.una, now, Why(Reason.BACKUP, "Ölwechsel 🛠"))
    plain = as_json(record(db, "K1", now))
    assert json.loads(json.dumps(plain)) == plain
    assert set(plain) >= {"number", "verdict", "units", "people", "timeline"}
    assert set(plain["verdict"]) >= {"state", "p_used", "sentence", "because"}
    assert all(set(unit) >= {"serial", "model", "verdict"} for unit in plain["units"])
    assert len(plain["units"]) == 3
    assert all(set(person) >= {"address", "consent"} for person in plain["people"])
    assert len(plain["people"]) == 4
    assert {unit["serial"]: unit["verdict"]["state"] for unit in plain["units"]} == {
        "A100231": "backup",
        "A103000": "unknown",
        "C77": "unknown",
    }
    berg = next(person for person in plain["people"] if person["address"].startswith("una@"))
    assert berg["consent"]["bulletins"] == {"state": "withdrawn", "since": now.isoformat(), "source": "opt-out page"}
    because = plain["verdict"]["because"][0]
    assert (because["said_by"], because["says"], because["serial"]) == ("Berg", "backup", "A100231")
