"""Reminders of a safety bulletin, on both databases."""

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Person
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.trial import Trial
from newsletter.bulletin.waves import WHOLE
from newsletter.bulletin.when import When
from newsletter.checkin.acknowledge import acknowledge
from newsletter.checkin.heartbeat import tell_running
from newsletter.checkin.remind import AT_ONCE, Ended, remind_due, stop_reminding
from newsletter.db import Database
from newsletter.engine.timed import TIMED, Means
from newsletter.errors import Conflict
from newsletter.ledger.control import cancel
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.order import Desk
from newsletter.ledger.reminding import Reminding
from newsletter.ledger.run import Run
from newsletter.ledger.start import start_due
from newsletter.ledger.trial import variant_of
from newsletter.links import DoneLink, Links, OptOutLink, RunningLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Writer
from newsletter.question.reasons import Fate
from tests import cast
from tests.bulletin.test_asking import SENDER
from tests.cast import Cast

WRITER = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")
BULLETIN = """---
number: SB-1
title: Check the door of {{ model }}
class: safety
models: VX-500, VX-500i
language: en
remind: every 14 days, at most 3
---
Dear {{ name | "colleague" }}, [done]({{ acknowledge_url }}).
"""
DAY = timedelta(days=1)


@pytest.fixture
def stage(db: Database, links: Links, now: datetime) -> Cast:
    """The cast; everybody who may be written to has had the safety bulletin an hour after it started."""
    with db.write() as session:
        stage = cast.play(session, now)
    Desk(db, SENDER, links).order(BULLETIN, topic="", when=When(now), author="ada", now=now)
    start_due(db, "engine", now)
    with db.write() as session:
        for copy in session.scalars(select(Delivery)):
            copy.state, copy.settled_at = "accepted", now + timedelta(hours=1)
    return stage


def remind(db: Database, links: Links, at: datetime) -> None:
    remind_due(db, links, WRITER, at)


def reminded(db: Database) -> dict[str, int]:
    """How many reminders each address got."""
    with db.read() as session:
        addresses = session.scalars(select(PostedLetter.address).where(PostedLetter.kind == "reminder")).all()
    return {address.partition("@")[0]: addresses.count(address) for address in addresses}


def reminding(db: Database) -> Reminding:
    with db.read() as session:
        return session.scalars(select(Reminding)).one()


@pytest.mark.usefixtures("stage")
def test_a_reminder_names_the_title_of_the_variant_that_its_reader_had(
    db: Database, links: Links, now: datetime
) -> None:
    text = BULLETIN.replace("SB-1", "SB-2").replace("class:", "b.title: Look at the door\nclass:")
    trial = Trial(WHOLE, DAY)
    Desk(db, SENDER, links).order(text, topic="", when=When(now, trial=trial), author="ada", now=now)
    start_due(db, "engine", now)
    with db.write() as session:
        copies = session.scalars(
            select(Delivery).join(Run).join(Version).join(Bulletin).where(Bulletin.number == "SB-2")
        )
        variants = {}
        for copy in copies:
            copy.state, copy.settled_at = "accepted", now + timedelta(hours=1)
            variants[copy.person_id] = variant_of(session, copy)
    remind(db, links, now + 14 * DAY)
    with db.read() as session:
        letters = session.scalars(select(PostedLetter).where(PostedLetter.kind == "reminder")).all()
    said = {letter.person_id: letter.subject for letter in letters if "SB-2" in letter.text}
    assert sorted(variants.values()) == ["a", "a", "b", "b"]
    assert {id_: "Look at the door" in subject for id_, subject in said.items()} == {
        id_: variant == "b" for id_, variant in variants.items()
    }


def copy_of(db: Database, person_id: int) -> Delivery:
    with db.read() as session:
        return session.scalars(select(Delivery).where(Delivery.person_id == person_id)).one()


def done(db: Database, person_id: int, *unit_ids: int, at: datetime) -> None:
    for unit_id in unit_ids:
        acknowledge(db, DoneLink(person_id, copy_of(db, person_id).id), unit_id, at)


@pytest.mark.usefixtures("stage")
def test_reminders_go_out_at_their_days_until_the_limit(db: Database, links: Links, now: datetime) -> None:
    counts = []
    for days in (13, 14, 15, 27, 28, 41, 42, 56, 70):
        remind(db, links, now + days * DAY)
        counts.append(reminded(db).get("nora", 0))
    assert counts == [0, 1, 1, 1, 2, 2, 3, 3, 3]
    assert (reminding(db).due_at, reminding(db).ended_because) == (None, Ended.LIMIT)
    assert reminded(db) == {"nora": 3, "una": 3, "pia": 3, "ines": 3}


def test_a_reminder_names_what_is_open_and_stops_when_any_colleague_has_done_it(
    db: Database, stage: Cast, links: Links, now: datetime
) -> None:
    done(db, stage.una.id, stage.a100231.id, at=now + DAY)
    remind(db, links, now + 14 * DAY)
    with db.read() as session:
        letter = session.scalars(select(PostedLetter).where(PostedLetter.person_id == stage.nora.id)).one()
    assert letter.subject == "Still open: Check the door of VX-500i"
    assert "A103000" in letter.text
    assert "A100231" not in letter.text
    assert links.done(DoneLink(stage.nora.id, copy_of(db, stage.nora.id).id)) in letter.text
    done(db, stage.una.id, stage.a103000.id, at=now + 15 * DAY)
    remind(db, links, now + 28 * DAY)
    assert reminded(db) == {"nora": 1, "una": 1, "pia": 2, "ines": 2}


def test_a_machine_that_is_gone_is_not_reminded_of(db: Database, stage: Cast, links: Links, now: datetime) -> None:
    link = RunningLink(stage.ines.id, copy_of(db, stage.ines.id).id)
    tell_running(db, link, stage.a100500.id, Fate.SCRAPPED, now)
    remind(db, links, now + 14 * DAY)
    assert "ines" not in reminded(db)


def test_who_left_another_topic_is_reminded_and_who_left_this_one_or_everything_is_not(
    db: Database, stage: Cast, links: Links, now: datetime
) -> None:
    """design.md rule 8; a reminder of safety is outside the consent to marketing."""
    with db.write() as session:
        cast.consent(session, stage.nora, stage.safety, ConsentAct.WITHDRAWN, now)
        cast.consent(session, stage.una, stage.bulletins, ConsentAct.PAUSED, now)
    opt_out(db, OptOutLink(stage.pia.id, stage.bulletins.id, 0), Way.PAGE, now)
    opt_out(db, OptOutLink(stage.ines.id, stage.safety.id, 0), Way.PAGE, now, everything=True)
    remind(db, links, now + 14 * DAY)
    assert reminded(db) == {"nora": 1, "una": 1}


def test_fault_18_an_opt_out_between_posting_and_sending_takes_the_reminder_back(
    db: Database, stage: Cast, links: Links, now: datetime
) -> None:
    remind(db, links, now + 14 * DAY)
    opt_out(db, OptOutLink(stage.nora.id, stage.bulletins.id, 0), Way.ONE_CLICK, now + 14 * DAY)
    with db.read() as session:
        states = {row.person_id: row.state for row in session.scalars(select(PostedLetter))}
    assert states[stage.nora.id] == LetterState.TAKEN_BACK
    assert states[stage.una.id] == LetterState.WAITING


@pytest.mark.usefixtures("stage")
def test_fault_11_engines_at_once_remind_each_reader_once(
    db: Database, links: Links, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("newsletter.checkin.remind.AT_ONCE", 1)
    ready = threading.Barrier(4)

    def engine() -> None:
        ready.wait()
        for _ in range(5):
            remind(db, links, now + 14 * DAY)

    engines = [threading.Thread(target=engine) for _ in range(4)]
    for thread in engines:
        thread.start()
    for thread in engines:
        thread.join()
    assert reminded(db) == {"nora": 1, "una": 1, "pia": 1, "ines": 1}
    assert reminding(db).number == 2


@pytest.mark.usefixtures("stage")
def test_fault_12_after_a_long_stop_reminders_do_not_come_in_a_heap(db: Database, links: Links, now: datetime) -> None:
    for days in (100, 101, 113):
        remind(db, links, now + days * DAY)
    assert reminded(db)["nora"] == 1
    remind(db, links, now + 114 * DAY)
    assert reminded(db)["nora"] == 2


@pytest.mark.usefixtures("stage")
def test_a_clock_that_is_set_back_reminds_nobody_twice(db: Database, links: Links, now: datetime) -> None:
    for days in (14, 13, 14, 15):
        remind(db, links, now + days * DAY)
    assert reminded(db)["nora"] == 1


def test_who_got_the_bulletin_only_now_is_not_reminded_at_once(
    db: Database, stage: Cast, links: Links, now: datetime
) -> None:
    with db.write() as session:
        session.get_one(Delivery, copy_of(db, stage.nora.id).id).settled_at = now + 12 * DAY
        session.get_one(Delivery, copy_of(db, stage.una.id).id).state = "refused"
    remind(db, links, now + 14 * DAY)
    assert reminded(db) == {"pia": 1, "ines": 1}


@pytest.mark.usefixtures("stage")
def test_a_cancelled_run_reminds_nobody(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        run_id = session.scalars(select(Run.id)).one()
    cancel(db, run_id, "ada", now + DAY)
    remind(db, links, now + 14 * DAY)
    assert reminded(db) == {}
    assert reminding(db).ended_because == Ended.CANCELLED


@pytest.mark.usefixtures("stage")
def test_staff_can_stop_reminders_once(db: Database, links: Links, now: datetime) -> None:
    run_id = reminding(db).run_id
    stop_reminding(db, run_id, "ada", now + DAY)
    remind(db, links, now + 14 * DAY)
    assert reminded(db) == {}
    with pytest.raises(Conflict):
        stop_reminding(db, run_id, "ada", now + DAY)


def test_more_copies_than_one_transaction_takes_are_all_looked_at(
    db: Database, stage: Cast, links: Links, now: datetime
) -> None:
    with db.write() as session:
        copy = session.scalars(select(Delivery).where(Delivery.person_id == stage.nora.id)).one()
        for number in range(2 * AT_ONCE):
            address = f"p{number}@toolroom-north.example"
            person = Person(address=address, address_key=address, created_at=now)
            session.add(person)
            session.flush()
            session.add(
                Delivery(
                    run_id=copy.run_id,
                    batch=1,
                    person_id=person.id,
                    address=person.address,
                    units=copy.units,
                    state="accepted",
                    due_at=now,
                    settled_at=now,
                )
            )
    remind(db, links, now + 14 * DAY)
    assert len(reminded(db)) == 2 * AT_ONCE + 4


@pytest.mark.usefixtures("stage")
def test_the_engine_rings_for_it(db: Database, links: Links, now: datetime) -> None:
    (line,) = (line for line in TIMED if line.name == "remind")
    for days in (13, 14):
        line.act(Means(db, SENDER, links, "UTC"), now + days * DAY)
    assert reminded(db)["nora"] == 1


def test_a_bulletin_that_does_not_ask_for_it_reminds_nobody(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    text = BULLETIN.replace("remind: every 14 days, at most 3\n", "")
    Desk(db, SENDER, links).order(text, topic="", when=When(now), author="ada", now=now)
    start_due(db, "engine", now)
    with db.read() as session:
        assert session.scalars(select(Reminding)).all() == []
