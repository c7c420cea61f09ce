"""Nothing about a person is kept where it is neither handed over nor erased."""

from datetime import datetime

import pytest
from sqlalchemy import Column, insert, select

from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.privacy.everything import everything
from newsletter.privacy.holdings import HOLDINGS, Holding
from newsletter.tables import metadata
from tests import cast
from tests.optout.copies import set_stage

# Tables that hold addresses, and none of a person we write to.
NOT_OURS = {
    "user": "a colleague",
    "erasure": "a hash, which is what is left",
    "attempts": "a hash, for as long as a limit lasts",
    "series_day": "how far its letters are written, forgotten when they are",
}


def leads_to_a_person(column: Column[object]) -> bool:
    """Whether a column says who, or leads to a row that says who."""
    targets = {key.column.table.name for key in column.foreign_keys}
    return (
        column.name.endswith("person_id")
        or "address" in column.name
        or bool(targets & {"person", "opt_out", "delivery"})
    )


def test_gdpr_15_17_every_table_that_knows_a_person_is_handed_over_and_erased() -> None:
    """Whoever adds a table with a person in it adds a line to `HOLDINGS`, and decides what is left of it."""
    held = {holding.name for holding in HOLDINGS}
    knows = {table.name for table in metadata.sorted_tables if any(map(leads_to_a_person, table.columns))}
    assert knows - held - set(NOT_OURS) == set()
    assert held <= set(metadata.tables)


@pytest.mark.parametrize("holding", HOLDINGS, ids=lambda holding: holding.name)
def test_what_is_left_of_a_row_names_nobody(holding: Holding) -> None:
    left = holding.left
    if left:
        columns = {column.name for column in holding.table.columns if leads_to_a_person(column)}
        through = {holding.column} if holding.through else set()
        assert columns - through <= set(left)


def test_gdpr_20_everything_is_handed_over_by_its_columns(db: Database, now: datetime) -> None:
    with db.write() as session:
        stage = set_stage(session, cast.play(session, now), now)
        nora = stage.cast.nora
        hit = metadata.tables["hit"]
        values = {"person_id": nora.id, "at": now, "network": "203.0.113.0/24"}
        others = {c.name: _anything(c, now) for c in hit.columns if not c.nullable and c.name not in {*values, "id"}}
        session.execute(insert(hit).values({**others, **values}))
    with db.read() as session:
        handed = everything(session, nora.id)
        assert handed["person"]["address"] == nora.address
        for name in ("delivery", "consent", "subscription", "affiliation", "hit"):
            table = metadata.tables[name]
            theirs = session.execute(select(table).where(table.c.person_id == nora.id)).all()
            assert len(handed["held"][name]) == len(theirs) > 0
            assert set(handed["held"][name][0]) == {column.name for column in table.columns}
    assert handed["names"]["account_id"] == {str(stage.cast.north.id): "Toolroom North"}
    assert stage.cast.omar.address not in str(handed)
    assert {type(value) for row in handed["held"]["consent"] for value in row.values()} <= {int, str, type(None)}


def _anything(column: Column[object], now: datetime) -> object:
    plain: object = 0 if column.type.python_type is int else ""
    return {"UtcDateTime": now, "Boolean": False}.get(type(column.type).__name__, plain)


def test_of_nobody_nothing_is_handed_over(db: Database) -> None:
    with db.read() as session, pytest.raises(NotFound):
        everything(session, 4711)
