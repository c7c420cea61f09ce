from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select, text

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.when import When, read_when
from newsletter.bulletin.write import newest_of
from newsletter.db import Base, Database
from newsletter.errors import BadBulletin, BadLetter, Refused
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Run
from newsletter.links import Links
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.ledger import stage


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


@pytest.fixture
def desk(db: Database, links: Links, house: cast.Cast) -> Desk:  # noqa: ARG001 - the cast must stand
    return stage.desk(db, links)


def everything(db: Database) -> dict[str, list[tuple[object, ...]]]:
    with db.read() as session:
        return {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_an_order_writes_down_the_bulletin_the_run_and_who_it_was(db: Database, desk: Desk, now: datetime) -> None:
    when = read_when("2026-12-01T09:00", "Europe/Berlin", now)
    order = desk.order(stage.TEXT, topic="", when=when, author="mara", now=now)
    assert (order.number, order.title, order.when, order.reach.targeted) == ("TB-1", "Lubrication", when, 4)
    assert order.reach.left_out == {"opted_out": 1}
    with db.read() as session:
        run = session.get_one(Run, order.run)
        version = session.get_one(Version, run.version_id)
        entry = session.scalars(select(AuditEntry)).one()
    assert (run.state, run.due_local, run.zone, run.author) == (
        "scheduled",
        "2026-12-01T09:00",
        "Europe/Berlin",
        "mara",
    )
    assert run.due_at == datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Europe/Berlin"))
    assert (version.source, version.frozen_at, version.author) == (stage.TEXT, now, "mara")
    assert (entry.at, entry.who, entry.act, entry.subject) == (now, "mara", "schedule", f"run {order.run}")


def test_a_dry_run_tells_the_same_and_changes_no_row(db: Database, desk: Desk, now: datetime) -> None:
    for _ in range(2):
        before = everything(db)
        dry = desk.dry_run(stage.TEXT, topic="", when=When(now))
        assert everything(db) == before
        order = desk.order(stage.TEXT, topic="", when=When(now), author="mara", now=now)
        assert dry == replace(order, run=None)


def test_a_person_gets_one_copy_of_a_bulletin_over_all_its_runs(
    db: Database, links: Links, desk: Desk, house: cast.Cast, now: datetime
) -> None:
    first = stage.started(db, links, now)
    nora, una, pia, ines = (
        next(copy.id for copy in stage.copies(db, first) if copy.person_id == getattr(house, who).id)
        for who in stage.EVERYBODY
    )
    for copy_id, state in {nora: "accepted", una: "in_doubt", pia: "refused", ines: "cancelled"}.items():
        with db.write() as session:
            session.execute(text("UPDATE delivery SET state = :state WHERE id = :id"), {"state": state, "id": copy_id})
    edited = stage.TEXT.replace("Lubrication", "Lubrication, corrected")
    order = desk.order(edited, topic="", when=When(now), author="mara", now=now)
    assert (order.reach.targeted, order.reach.left_out) == (2, {"already_sent": 2, "opted_out": 1})
    second = stage.started(db, links, now, edited)
    with db.read() as session:
        runs = session.scalars(select(Run).where(Run.state == "sending").order_by(Run.id)).all()
        versions = [session.get_one(Version, run.version_id).revision for run in runs]
    assert versions == [1, 2, 2]
    assert len(stage.copies(db, second)) == 0
    again = {copy.person_id for run in runs[1:] for copy in stage.copies(db, run.id)}
    assert again == {house.pia.id, house.ines.id}


def test_the_topic_of_an_order_overrides_the_bulletins_own(db: Database, desk: Desk, house: cast.Cast) -> None:
    now = house.nora.created_at + timedelta(days=1)
    order = desk.order(stage.TEXT, topic="safety", when=When(now), author="mara", now=now)
    assert (order.reach.targeted, order.reach.left_out) == (0, {"no_consent": 5})
    with db.read() as session:
        assert session.get_one(Run, order.run).topic_id == house.safety.id
        assert newest_of(session, "TB-1").source == stage.TEXT


Spoil = Callable[[str], str]


@pytest.mark.parametrize(
    ("spoil", "topic", "refusal", "said"),
    [
        (lambda t: t.replace("title", "titel"), "", BadBulletin, "Line 3, column 1: There is no field 'titel'"),
        (lambda t: t.replace("{{ name }}", "{{ nmae }}"), "", BadBulletin, "Line 9, column 7: There is no tag 'nmae'"),
        (lambda t: t, "offers", BadBulletin, "There is no topic 'offers'"),
        (lambda t: t.replace("Lubrication", "Lubri\u202ecation"), "", BadLetter, "U\\+202E"),
    ],
)
def test_a_refused_order_changes_nothing(
    db: Database, desk: Desk, now: datetime, spoil: Spoil, topic: str, refusal: type[Refused], said: str
) -> None:
    before = everything(db)
    for act in (
        lambda: desk.order(spoil(stage.TEXT), topic=topic, when=When(now), author="mara", now=now),
        lambda: desk.dry_run(spoil(stage.TEXT), topic=topic, when=When(now)),
    ):
        with pytest.raises(refusal, match=said):
            act()
    assert everything(db) == before


def test_two_orders_of_one_text_are_two_runs_of_one_version(db: Database, desk: Desk, now: datetime) -> None:
    orders = [desk.order(stage.TEXT, topic="", when=When(now), author="mara", now=now) for _ in range(2)]
    with db.read() as session:
        runs = [session.get_one(Run, order.run) for order in orders]
        assert session.scalar(select(func.count()).select_from(Version)) == 1
    assert runs[0].seed != runs[1].seed
