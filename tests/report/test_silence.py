"""Accounts not heard from, narrowed down, and as a call list."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.unit import Unit
from newsletter.audience.preferences import Preference
from newsletter.db import Database
from newsletter.report.call_list import as_calls
from newsletter.report.listed import ListedAccount
from newsletter.report.narrowing import NOT_SET, Agreed, Narrowing, choices
from newsletter.report.silence import all_silent, how_many, silent
from newsletter.report.table import as_csv
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State
from tests.optout.copies import Stage

EVERYTHING = Narrowing()


def tell(db: Database, unit: Unit, at: datetime, kind: Kind, says: State | None, detail: str = "") -> None:
    seen = Observation(
        key=f"{unit.id}:{at}:{kind}",
        account_id=unit.account_id,
        unit_id=unit.id,
        person_id=None,
        kind=kind,
        says=says,
        detail=detail,
        observed_at=at,
        source="test",
    )
    with db.write() as session:
        note(session, seen, at)


def found(db: Database, now: datetime, months: int = 18, wanted: Narrowing = EVERYTHING) -> dict[str, ListedAccount]:
    with db.read() as session:
        listed = silent(session, months, wanted, now, limit=50)
        assert how_many(session, months, wanted, now) == len(listed)
        assert list(all_silent(session, months, wanted, now)) == listed
    return {account.number: account for account in listed}


def test_an_account_with_machines_of_which_nothing_was_heard_is_listed(
    db: Database, stage: Stage, now: datetime
) -> None:
    accounts = found(db, now)
    assert stage.cast.rim.number not in accounts  # it has no machine
    assert {number: account.nobody_because for number, account in accounts.items()} == {
        "K1": "",
        "K2": "",
        "K3": "",
        "K4": "nobody stands there on record",
    }
    north = accounts["K1"]
    assert (north.machines, north.standing.last) == (("CT-7 C77", "VX-500 A100231", "VX-500i A103000"), None)


@pytest.mark.parametrize(
    ("kind", "says", "months_ago", "is_silent"),
    [
        pytest.param(Kind.PARTS_ORDER, None, 20, True, id="an order long ago"),
        pytest.param(Kind.PARTS_ORDER, None, 17, False, id="an order of late"),
        pytest.param(Kind.CHECK_IN_ANSWER, State.BACKUP, 17, False, id="an answer"),
        pytest.param(Kind.MACHINE_CLICK, None, 1, True, id="a scanner"),
        pytest.param(Kind.OPT_OUT, None, 1, True, id="an opt-out says nothing of the machine"),
        pytest.param(Kind.BOUNCE, None, 1, True, id="a bounce"),
    ],
)
def test_what_is_a_sign_of_life(
    db: Database, stage: Stage, now: datetime, kind: Kind, says: State | None, months_ago: int, *, is_silent: bool
) -> None:
    tell(db, stage.cast.c90, now - timedelta(days=30 * months_ago), kind, says)
    assert ("K4" in found(db, now)) is is_silent


def test_the_verdict_is_that_of_today_and_the_last_sign_says_what_it_was(
    db: Database, stage: Stage, now: datetime
) -> None:
    tell(db, stage.cast.c90, now - timedelta(days=4000), Kind.CHECK_IN_ANSWER, State.IN_USE)
    quiet = found(db, now)["K4"].standing
    assert quiet.verdict.state == State.UNKNOWN  # as it was written down, it was in use
    assert quiet.last is not None
    assert (quiet.last.kind, quiet.last.says, quiet.last.at) == (
        Kind.CHECK_IN_ANSWER,
        State.IN_USE,
        now - timedelta(days=4000),
    )


def test_who_says_that_all_machines_are_gone_is_not_silent_for_ever(db: Database, stage: Stage, now: datetime) -> None:
    tell(db, stage.cast.c90, now - timedelta(days=900), Kind.CHECK_IN_ANSWER, State.NOT_IN_USE, "scrapped")
    assert "K4" not in found(db, now)


def test_a_machine_put_up_since_is_a_sign(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        session.execute(update(Unit).where(Unit.id == stage.cast.c90.id).values(installed_on=date(2026, 5, 4)))
    assert "K4" not in found(db, now)
    assert "K4" in found(db, now, months=3)


@pytest.fixture
def cared_for(db: Database, stage: Stage, now: datetime) -> Stage:
    """K1 has an owner and a running agreement, K2 a tier and one that ended."""
    with db.write() as session:
        session.execute(update(Account).where(Account.number == "K1").values(owner="ada@vendor.example"))
        session.execute(update(Account).where(Account.number == "K2").values(tier="A"))
        for unit, until in ((stage.cast.c77, date(2027, 1, 1)), (stage.cast.a100500, date(2025, 1, 1))):
            session.add(Agreement(unit_id=unit.id, until=until, source="test", recorded_at=now))
    return stage


@pytest.mark.usefixtures("cared_for")
@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        pytest.param({}, ["K1", "K2", "K3", "K4"], id="everything"),
        pytest.param({"model": "CT-7"}, ["K1", "K4"], id="model"),
        pytest.param({"country": "US"}, ["K3"], id="country"),
        pytest.param({"country": NOT_SET}, ["K4"], id="no country on record"),
        pytest.param({"owner": "ada@vendor.example"}, ["K1"], id="owner"),
        pytest.param({"owner": NOT_SET}, ["K2", "K3", "K4"], id="nobody's"),
        pytest.param({"tier": "A"}, ["K2"], id="tier"),
        pytest.param({"agreement": Agreed.RUNNING}, ["K1"], id="an agreement runs"),
        pytest.param({"agreement": Agreed.ENDED}, ["K2"], id="one ended"),
        pytest.param({"agreement": Agreed.NEVER}, ["K3", "K4"], id="there never was one"),
        pytest.param({"model": "CT-7", "country": "DE"}, ["K1"], id="two at once"),
        pytest.param({"owner": "' OR 1=1 --"}, [], id="fault 36: SQL"),
    ],
)
def test_the_list_is_narrowed_down(db: Database, now: datetime, wanted: dict[str, Any], numbers: list[str]) -> None:
    assert list(found(db, now, wanted=Narrowing(**wanted))) == numbers


@pytest.mark.usefixtures("cared_for")
def test_there_is_to_choose_from_what_is_on_record(db: Database) -> None:
    with db.read() as session:
        there = choices(session)
    assert (list(there.models), list(there.countries)) == (["CT-7", "VX-500", "VX-500i"], ["DE", "US"])
    assert (list(there.owners), list(there.tiers)) == (["ada@vendor.example"], ["A"])


def test_pages_follow_each_other(db: Database, stage: Stage, now: datetime) -> None:
    assert stage.cast.north.number == "K1"
    with db.read() as session:
        first = silent(session, 18, EVERYTHING, now, limit=3)
        rest = silent(session, 18, EVERYTHING, now, limit=3, after=first[-1].number)
    assert [account.number for account in (*first, *rest)] == ["K1", "K2", "K3", "K4"]


def test_a_page_takes_the_same_statements_however_many_accounts_it_holds(
    db: Database, stage: Stage, now: datetime, counted: Callable[[Database], Any]
) -> None:
    assert stage.cast.north.number == "K1"
    taken = []
    for limit in (1, 4):
        with counted(db) as statements, db.read() as session:
            assert len(silent(session, 18, EVERYTHING, now, limit=limit)) == limit
        taken.append(len(statements))
    assert taken[0] == taken[1] < 12


def calls(db: Database, now: datetime) -> list[dict[str, str]]:
    with db.read() as session:
        text = "".join(as_csv(as_calls(all_silent(session, 18, EVERYTHING, now))))
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


def test_fault_37_the_call_list_holds_no_formula(db: Database, stage: Stage, now: datetime) -> None:
    """ASVS 1.2.10: what a spreadsheet would run stands behind an apostrophe."""
    with db.write() as session:
        session.execute(
            update(Account)
            .where(Account.id == stage.cast.quiet.id)
            .values(name='=HYPERLINK("http://x","y")', owner="@SUM")
        )
    last = calls(db, now)[-1]
    assert (last["account"], last["name"], last["owner"]) == ("K4", """'=HYPERLINK("http://x","y")""", "'@SUM")


def test_the_call_list_names_whom_to_ask_and_nobody_who_wants_to_be_left_alone(
    db: Database, stage: Stage, now: datetime
) -> None:
    assert {row["account"]: row["whom to ask"] for row in calls(db, now)}["K3"] == "Pia Marsh"
    with db.write() as session:
        session.add(Preference(person_id=stage.cast.pia.id, no_contact_since=now))
    valves = {row["account"]: row for row in calls(db, now)}["K3"]
    assert (valves["whom to ask"], valves["address"]) == ("", "")
    assert valves["why this one, or why nobody"] == "asked us to leave them alone about this"
