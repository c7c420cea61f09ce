from datetime import datetime

from sqlalchemy import delete, event

from newsletter.account.unit import Unit
from newsletter.bulletin.readers import readers
from newsletter.db import Database
from tests import cast


def test_a_reader_comes_with_the_machines_of_the_copy_in_a_fixed_order(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        pia = readers(session, {house.pia.id: [house.a100900.id, house.a100231.id, house.a100500.id]})[house.pia.id]
    assert [(machine.serial, machine.account_number) for machine in pia.machines] == [
        ("A100231", "K1"),
        ("A100500", "K2"),
        ("A100900", "K3"),
    ]
    assert pia.accounts == (("K1", "Toolroom North"), ("K2", "Brandt Gears"), ("K3", "Lakeside Valves"))


def test_without_machines_a_reader_comes_with_every_account(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        session.execute(delete(Unit).where(Unit.id == house.a100500.id))
    with db.read() as session:
        found = readers(session, {house.pia.id: (), house.ines.id: [house.a100500.id], 999: [house.c77.id]})
    assert found.keys() == {house.pia.id, house.ines.id}
    assert [number for number, _ in found[house.pia.id].accounts] == ["K1", "K2", "K3"]
    assert (found[house.ines.id].machines, found[house.ines.id].accounts) == ((), (("K2", "Brandt Gears"),))


def test_many_readers_take_as_many_queries_as_one(sqlite_db: Database, now: datetime) -> None:
    with sqlite_db.write() as session:
        house = cast.play(session, now)
    asked: list[str] = []
    event.listen(sqlite_db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    everybody = {p.id: (house.a100231.id, house.c77.id) for p in (house.nora, house.omar, house.una)} | {
        house.ines.id: (),
        house.pia.id: (),
    }
    with sqlite_db.read() as session:
        assert len(readers(session, everybody)) == 5
    assert len([statement for statement in asked if statement.startswith("SELECT")]) == 3


def test_a_copy_may_speak_of_more_machines_than_a_statement_has_parameters(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        found = readers(session, {house.pia.id: [*range(10**6, 10**6 + 300_000), house.a100231.id]})
    assert [machine.serial for machine in found[house.pia.id].machines] == ["A100231"]


def test_nobody_asked_for_is_nobody_found(db: Database) -> None:
    with db.read() as session:
        assert readers(session, {}) == {}
        assert readers(session, {7: (1, 2)}) == {}
