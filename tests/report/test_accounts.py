from datetime import datetime, timedelta

import pytest

from newsletter.account.account import Account
from newsletter.db import Database
from newsletter.optout.act import opt_out
from newsletter.optout.answer import WhatBecame, Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Fate, Reason
from newsletter.report.accounts import Found, accounts
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import State
from tests.optout.copies import Stage


def found(db: Database, wanted: str = "", limit: int = 50, after: str = "") -> list[Found]:
    with db.read() as session:
        return accounts(session, wanted, limit=limit, after=after)


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        pytest.param("", ["K1", "K2", "K3", "K4", "K5"], id="nothing finds all"),
        pytest.param("K3", ["K3"], id="number"),
        pytest.param("k3", ["K3"], id="number in another case"),
        pytest.param("toolroom", ["K1"], id="name and address"),
        pytest.param("  Gears ", ["K2"], id="blanks around"),
        pytest.param("a1005", ["K2"], id="part of a serial"),
        pytest.param("pia@fast", ["K1", "K2", "K3"], id="a fitter of three"),
        pytest.param("zahnräder", ["K2"], id="address as spelled"),
        pytest.param("ZAHNRÄDER", ["K2"], id="address shouted"),
        pytest.param("xn--", ["K2"], id="address as the wire has it"),
        pytest.param("%", [], id="a wildcard is a character"),
        pytest.param("_", [], id="so is the other"),
        pytest.param("' OR 1=1 --", [], id="SQL"),
        pytest.param("nobody", [], id="nothing"),
    ],
)
def test_an_account_is_found_by_what_people_know_of_it(
    db: Database, stage: Stage, wanted: str, numbers: list[str]
) -> None:
    assert stage.cast.north.number == "K1"
    assert [account.number for account in found(db, wanted)] == numbers


def test_letters_that_are_not_ascii_are_found_in_any_case(db: Database, now: datetime) -> None:
    with db.write() as session:
        session.add(Account(number="1", name="Ärzte-Öfen", created_at=now))
        session.add(Account(number="2", name="MÜLLER", created_at=now))
    assert [account.number for account in found(db, "ärzte")] == ["1"]
    assert [account.number for account in found(db, "müller")] == ["2"]


def test_pages_follow_each_other_without_gap_or_repeat(db: Database, stage: Stage) -> None:
    assert stage.cast.north.number == "K1"
    first = found(db, limit=2)
    second = found(db, limit=2, after=first[-1].number)
    third = found(db, limit=2, after=second[-1].number)
    assert [a.number for a in (*first, *second, *third)] == ["K1", "K2", "K3", "K4", "K5"]


def test_an_account_is_listed_with_its_verdict_and_newest_sign_of_life(
    db: Database, stage: Stage, now: datetime
) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    answer(db, stage.una, Why(Reason.BACKUP), now, language="en")
    later = now + timedelta(days=1)
    opt_out(db, stage.nora, Way.PAGE, later)
    answer(db, stage.nora, Why(Reason.TOO_MANY), later, language="en")
    north = found(db, "K1")[0]
    assert (north.state, north.units, north.last_kind, north.last_at) == (State.BACKUP, 3, Kind.OPT_OUT_ANSWER, now)
    assert (found(db, "K4")[0].state, found(db, "K4")[0].last_at) == (State.UNKNOWN, None)


def test_what_was_taken_back_is_no_sign_of_life(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    answer(db, stage.una, Why(Reason.NOT_USED), now, language="en")
    answer(db, stage.una, WhatBecame(Fate.SOLD), now, language="en")
    answer(db, stage.una, Why(Reason.WRONG_PERSON), now, language="en")
    north = found(db, "K1")[0]
    assert (north.state, north.last_at) == (State.UNKNOWN, None)
