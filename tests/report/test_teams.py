"""Retention by owner: renewals, contact, and who opted out and is a customer still."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import update

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.contact import About, Contact, Means
from newsletter.db import Database
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.rates import Tally
from newsletter.question.reasons import Reason
from newsletter.report.retention_tables import TABLES
from newsletter.report.teams import Year, owners, together
from newsletter.retention.count_reach import count_reach
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from tests.optout.copies import Stage

SOUTH = "south@vendor.example"


def years(db: Database, now: datetime) -> dict[str, Year]:
    count_reach(db, now)
    with db.read() as session:
        return {year.owner: year for year in owners(session)}


@pytest.fixture
def owned(db: Database, stage: Stage) -> Stage:
    """K1 and K2 are looked after by one colleague, the others by nobody on record."""
    with db.write() as session:
        session.execute(update(Account).where(Account.number.in_(["K1", "K2"])).values(owner=SOUTH))
    return stage


def test_an_agreement_was_renewed_if_another_follows_on_the_same_machine(
    db: Database, owned: Stage, now: datetime
) -> None:
    stage = owned.cast
    with db.write() as session:
        for unit, until in (
            (stage.c77, date(2026, 6, 30)),
            (stage.c77, date(2027, 6, 30)),
            (stage.a100231, date(2026, 6, 30)),
            (stage.a100231, date(2025, 6, 30)),  # too long ago to count
            (stage.c90, date(2026, 11, 20)),
            (stage.a100500, date(2026, 11, 21)),  # it ends today
        ):
            session.add(Agreement(unit_id=unit.id, until=until, source="test", recorded_at=now))
    found = years(db, now)
    assert {owner: year.renewed for owner, year in found.items()} == {SOUTH: Tally(2, 1), "": Tally(1, 0)}
    assert together(found.values()).renewed == Tally(3, 1)


def test_to_count_again_changes_nothing_and_an_owner_without_accounts_goes(
    db: Database, owned: Stage, now: datetime
) -> None:
    once = years(db, now)
    assert years(db, now) == once
    with db.write() as session:
        session.execute(update(Account).where(Account.owner == SOUTH).values(owner="north@vendor.example"))
    assert owned.cast.north.number == "K1"
    assert sorted(years(db, now)) == ["", "north@vendor.example"]


def test_contact_is_counted_by_team_and_for_twelve_months(db: Database, owned: Stage, now: datetime) -> None:
    invite(db, "ada@vendor.example", [Duty.SERVICE, Duty.SALES], now)
    with db.write() as session:
        for account, days in ((owned.cast.north, 30), (owned.cast.gears, 400)):
            fields = {"means": Means.VISIT, "about": About.MACHINE, "author": "ada@vendor.example", "noted_at": now}
            session.add(Contact(account_id=account.id, happened_at=now - timedelta(days=days), **fields))
    found = years(db, now)
    south = found[SOUTH].contact
    assert (south.accounts, south.reached, south.by_service, south.by_sales, south.by_anybody) == (2, 2, 1, 1, 1)
    nobodys = found[""].contact
    assert (nobodys.accounts, nobodys.reached, nobodys.by_anybody) == (2, 1, 0)
    assert together(found.values()).contact.accounts == 4


def test_who_opted_out_may_be_a_customer_still(db: Database, owned: Stage, now: datetime) -> None:
    for link, reason in ((owned.una, Reason.USED_OWN_SERVICE), (owned.nora, Reason.TOO_MANY), (owned.ines, None)):
        opt_out(db, link, Way.PAGE, now)
        if reason:
            answer(db, link, Why(reason), now, language="en")
    assert {owner: year.still for owner, year in years(db, now).items()} == {SOUTH: Tally(3, 2), "": Tally(0, 0)}
    assert years(db, now + timedelta(days=800))[SOUTH].still == Tally(0, 0)


def test_the_table_holds_every_owner(db: Database, owned: Stage, now: datetime) -> None:
    assert owned.cast.north.number == "K1"
    count_reach(db, now)
    with db.read() as session:
        table = TABLES["owners"](session, now)
        rows = list(table.rows)
    assert [row[:3] for row in rows] == [("not on record", 2, 1), (SOUTH, 2, 2)]
    assert len({len(row) for row in rows} | {len(table.columns)}) == 1
