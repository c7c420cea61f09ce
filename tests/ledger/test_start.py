import random
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.account.product import Product
from newsletter.account.serial import read_ranges, split_serial
from newsletter.account.unit import Unit
from newsletter.audience.address import read_address
from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.segment import Audience, candidates, reach
from newsletter.audience.suppression import Suppression
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.when import GRACE, When
from newsletter.db import Database
from newsletter.ledger.control import start_late
from newsletter.ledger.delivery import Omission
from newsletter.ledger.enrol import due_runs, finish_idle, win_start
from newsletter.ledger.layout import AT_ONCE
from newsletter.ledger.run import Run
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.ledger import stage


def omissions(db: Database, run_id: int) -> Counter[str]:
    with db.read() as session:
        return Counter(session.scalars(select(Omission.rule).where(Omission.run_id == run_id)))


def at_once(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_started_run_has_a_row_for_everybody_the_bulletin_names(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    run = stage.started(db, links, now)
    copies = {copy.person_id: copy for copy in stage.copies(db, run)}
    assert copies.keys() == {getattr(house, who).id for who in stage.EVERYBODY}
    assert set(copies[house.pia.id].unit_ids) == {
        house.a100231.id,
        house.a103000.id,
        house.a100500.id,
        house.a100900.id,
    }
    assert {(copy.state, copy.batch, copy.deferred, copy.due_at) for copy in copies.values()} == {
        ("waiting", 0, 0, AT_ONCE)
    }
    assert copies[house.ines.id].address == "ines@brandt-zahnräder.example"
    assert omissions(db, run) == {"opted_out": 1}


def test_eight_engines_at_once_start_a_run_once(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = stage.ordered(db, links, now)
    won: list[str] = []

    def work(number: int) -> None:
        with db.write() as session:
            if win_start(session, run, f"engine {number}", now):
                won.append(f"engine {number}")

    at_once(8, work)
    with db.read() as session:
        row = session.get_one(Run, run)
    assert ([row.started_by], row.started_at, row.state) == (won, now, "sending")


@pytest.mark.parametrize(
    ("late", "state"),
    [
        pytest.param(timedelta(0), "sending", id="on time"),
        pytest.param(timedelta(hours=2), "sending", id="as late as it may be"),
        pytest.param(timedelta(hours=2, seconds=1), "late", id="later than it may be"),
        pytest.param(timedelta(days=90), "late", id="a restored snapshot"),
    ],
)
def test_a_run_that_is_too_late_is_asked_about_instead_of_started(
    db: Database, links: Links, now: datetime, late: timedelta, state: str
) -> None:
    with db.write() as session:
        cast.play(session, now)
    when = When(now, grace=timedelta(hours=2))
    run = stage.desk(db, links).order(stage.TEXT, topic="", when=when, author="mara", now=now).run or 0
    assert bool(start_due(db, "starter", now + late)) is (state == "sending")
    assert stage.run_state(db, run) == state
    assert len(stage.copies(db, run)) == (4 if state == "sending" else 0)
    assert start_due(db, "starter", now + late) == []
    said = [] if state == "sending" else [("starter", "late", f"run {run}")]
    with db.read() as session:
        audit = session.execute(select(AuditEntry.who, AuditEntry.act, AuditEntry.subject).order_by(AuditEntry.id))
        assert [tuple(row) for row in audit][1:] == said


def test_a_late_run_starts_once_somebody_says_so(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run, later = stage.ordered(db, links, now), now + timedelta(days=1)
    assert start_due(db, "starter", later) == []
    start_late(db, run, "mara", later)
    assert start_due(db, "starter", later + GRACE) == [run]
    assert stage.run_state(db, run) == "sending"


def test_a_run_without_any_grace_starts_when_it_is_due_or_when_somebody_says_so(
    db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        cast.play(session, now)
    desk, when = stage.desk(db, links), When(now, grace=timedelta(0))
    soon, later = timedelta(seconds=5), timedelta(days=1)
    run = desk.order(stage.TEXT, topic="", when=when, author="mara", now=now).run or 0
    assert start_due(db, "starter", now + soon) == [run]
    run = desk.order(stage.TEXT, topic="", when=when, author="mara", now=now).run or 0
    assert start_due(db, "starter", now + later) == []
    start_late(db, run, "mara", now + later)
    assert start_due(db, "starter", now + later + soon) == [run]


def test_a_run_from_before_there_was_a_grace_starts_however_late(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = stage.ordered(db, links, now)
    with db.write() as session:
        session.get_one(Run, run).start_by = None
    assert start_due(db, "starter", now + timedelta(days=90)) == [run]


def test_two_runs_of_one_bulletin_that_start_at_once_give_one_copy_a_person(
    db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        cast.play(session, now)
    runs = [stage.ordered(db, links, now) for _ in range(4)]
    at_once(4, lambda number: start_due(db, f"engine {number}", now) and None)
    counts = [len(stage.copies(db, run)) for run in runs]
    assert sorted(counts) == [0, 0, 0, 4]
    assert sum((omissions(db, run) for run in runs), Counter()) == {"already_sent": 12, "opted_out": 4}


def test_a_run_starts_when_it_is_due_and_not_before(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    due = now + timedelta(hours=1)
    order = stage.desk(db, links).order(stage.TEXT, topic="", when=When(due), author="mara", now=now)
    assert start_due(db, "engine", due - timedelta(seconds=1)) == []
    assert start_due(db, "engine", due) == [order.run]
    assert start_due(db, "engine", due) == []


def test_due_runs_start_in_the_order_of_their_time(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    first, second = (stage.ordered(db, links, now) for _ in range(2))
    with db.write() as session:
        session.get_one(Run, second).due_at = now - timedelta(minutes=1)
    with db.read() as session:
        assert due_runs(session, now) == [second, first]


def test_a_run_whose_text_can_be_read_no_more_is_cancelled_and_stops_no_other(
    db: Database, links: Links, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    with db.write() as session:
        cast.play(session, now)
    broken = stage.ordered(db, links, now)
    good = stage.ordered(db, links, now, stage.TEXT.replace("TB-1", "TB-2"))
    with db.write() as session:
        session.execute(update(Version).where(Version.title == "Lubrication", Version.id == 1).values(source="x"))
    assert start_due(db, "engine", now) == [good]
    assert (stage.run_state(db, broken), stage.copies(db, broken)) == ("cancelled", [])
    assert f"run {broken} cannot be sent as it stands" in caplog.text


def test_a_run_without_copies_is_finished_at_once(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = stage.started(db, links, now, stage.TEXT.replace("VX-500, VX-500i", "VX-9"))
    finish_idle(db, now + timedelta(seconds=1))
    with db.read() as session:
        row = session.get_one(Run, run)
    assert (row.state, row.finished_at) == ("finished", now + timedelta(seconds=1))


def test_a_run_with_copies_to_go_is_not_finished(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = stage.started(db, links, now)
    finish_idle(db, now)
    assert stage.run_state(db, run) == "sending"


@pytest.mark.parametrize("seed", range(4))
def test_what_was_counted_before_is_what_is_enrolled(db: Database, links: Links, now: datetime, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a population, not a secret
    with db.write() as session:
        house = cast.play(session, now)
        populate(session, house, dice, now)
    serials = dice.choice(["A100000-A104000", "A100500", "", "A1-A99, A100231-A100900"])
    models = dice.choice(["VX-500", "VX-500, CT-7", ""]) if not serials else "VX-500, VX-500i"
    text = stage.TEXT.replace("VX-500, VX-500i", models).replace("A100000-A104000", serials)
    text = text.replace("Hello {{ name }}, your {{ serial }}.", dice.choice(["Hi", "{{ first_name }}", "{{ serial }}"]))
    for _ in range(2):
        counted = stage.desk(db, links).dry_run(text, topic="", when=When(now)).reach
        run = stage.started(db, links, now, text)
        assert (len(stage.copies(db, run)), omissions(db, run)) == (counted.targeted, counted.left_out)
        for copy in dice.sample(stage.copies(db, run), k=min(3, counted.targeted)):
            stage.put(db, copy.id, dice.choice(["refused", "accepted", "withheld", "in_doubt"]))


def populate(session: Session, house: cast.Cast, dice: random.Random, now: datetime) -> None:
    accounts = [house.north, house.gears, house.valves, house.quiet, house.rim]
    for n in range(30):
        serial = f"{dice.choice('AB')}{dice.choice([50, 100230, 100231, 100900, 100901, 104001])}-{n}"
        prefix, number = split_serial(serial.partition("-")[0])
        product = dice.choice(session.scalars(select(Product)).all())
        unit = Unit(account_id=dice.choice(accounts).id, product_id=product.id, serial=serial, created_at=now)
        unit.serial_prefix, unit.serial_number = prefix, number
        session.add(unit)
    for n in range(40):
        key = read_address(f"p{n}@x.example").key
        person = Person(address=key, address_key=key, first_name=dice.choice(["", " ", "Ada"]), created_at=now)
        session.add(person)
        session.flush()
        for account in dice.sample(accounts, k=dice.randint(0, 3)):
            session.add(Affiliation(person_id=person.id, account_id=account.id))
        for act in dice.sample(list(ConsentAct), k=dice.randint(0, 2)):
            cast.consent(session, person, house.bulletins, act, now)
        if dice.random() < 0.2:
            lifted = dice.choice([None, now])
            session.add(
                Suppression(
                    address_key=key, reason="x", source="x", created_at=now, lifted_at=lifted, lifted_because=""
                )
            )


def test_reach_is_the_sum_of_all_candidates(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        populate(session, house, random.Random(7), now)  # noqa: S311 - a population, not a secret
    chosen = Audience(
        house.bulletins.id, ("VX-500",), read_ranges("A1-A999999"), ("first_name", "account_name"), at=now
    )
    with db.read() as session:
        rows = session.execute(candidates(chosen)).all()
        counted = reach(session, chosen)
    assert len({row.person_id for row in rows}) == len(rows)
    by_rule = Counter(row.rule for row in rows)
    assert (by_rule.pop(None), dict(by_rule)) == (counted.targeted, counted.left_out)
