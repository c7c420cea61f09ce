"""Whom we do not reach, who hears from us only at a renewal, and which agreements end."""

from datetime import date, datetime, timedelta

import pytest

from newsletter.account.agreement import Agreement
from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.report.call_list import as_renewal_calls, as_uncovered_calls
from newsletter.report.coverage import Counted, Gap, all_uncovered, coverage, uncovered
from newsletter.report.ending import all_ending, ending
from newsletter.report.narrowing import Agreed, Narrowing
from newsletter.report.table import as_csv
from newsletter.retention.account_reach import Unreached
from newsletter.retention.count_reach import count_reach
from tests import cast
from tests.optout.copies import Stage

EVERYTHING = Narrowing()


def agree(db: Database, unit: Unit, *untils: date, now: datetime) -> None:
    with db.write() as session:
        for until in untils:
            session.add(Agreement(unit_id=unit.id, until=until, source="test", recorded_at=now))


@pytest.fixture
def seen(db: Database, stage: Stage, now: datetime) -> Stage:
    """The cast, looked at; Pia, the only one at K3, left."""
    with db.write() as session:
        cast.consent(session, stage.cast.pia, stage.cast.bulletins, cast.ConsentAct.WITHDRAWN, now)
    agree(db, stage.cast.c90, now.date() - timedelta(days=40), now=now)
    count_reach(db, now)
    return stage


@pytest.mark.usefixtures("seen")
def test_the_reasons_are_counted_by_machine_and_account(db: Database, now: datetime) -> None:
    with db.read() as session:
        found = coverage(session)
    assert (found.looked_at, found.everything, found.unreached) == (now, Counted(4, 6), Counted(2, 2))
    assert dict(found.reasons) == {Unreached.NO_PERSON: Counted(1, 1), Unreached.OPTED_OUT: Counted(1, 1)}
    assert found.at_renewal == Counted(1, 1)


def test_before_anybody_looked_the_page_can_say_so(db: Database) -> None:
    with db.read() as session:
        assert coverage(session).looked_at is None


@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("gap", "why", "wanted", "numbers"),
    [
        pytest.param(Gap.UNREACHED, None, EVERYTHING, ["K3", "K4"], id="all"),
        pytest.param(Gap.UNREACHED, Unreached.OPTED_OUT, EVERYTHING, ["K3"], id="one reason"),
        pytest.param(Gap.UNREACHED, Unreached.BOUNCED, EVERYTHING, [], id="a reason nobody has"),
        pytest.param(Gap.UNREACHED, None, Narrowing(country="US"), ["K3"], id="narrowed"),
        pytest.param(Gap.AT_RENEWAL, None, EVERYTHING, ["K4"], id="only at a renewal"),
    ],
)
def test_the_accounts_are_listed_page_by_page(
    db: Database, now: datetime, gap: Gap, why: Unreached | None, wanted: Narrowing, numbers: list[str]
) -> None:
    with db.read() as session:
        pages, after = [], 0
        while found := uncovered(session, gap, wanted, now, why=why, limit=1, after=after):
            pages += [account.number for account, _ in found]
            after = found[-1][0].account_id
        assert pages == numbers
        whole = "".join(as_csv(as_uncovered_calls(all_uncovered(session, gap, wanted, now, why))))
    assert [line.partition(",")[0] for line in whole.splitlines()[1:]] == numbers


def test_agreements_that_end_are_listed_the_next_first_and_renewed_ones_are_not(
    db: Database, stage: Stage, now: datetime
) -> None:
    agree(db, stage.cast.a100231, date(2026, 12, 31), now=now)
    agree(db, stage.cast.c77, date(2026, 11, 21), now=now)
    agree(db, stage.cast.c90, date(2026, 11, 20), now=now)  # it ended yesterday
    agree(db, stage.cast.a100500, date(2026, 12, 1), date(2027, 12, 1), now=now)  # it was renewed
    agree(db, stage.cast.a100900, date(2027, 5, 31), now=now)
    with db.read() as session:
        found = ending(session, 6, EVERYTHING, now, limit=50)
        assert [(one.until, one.serial, one.account.number) for one in found] == [
            (date(2026, 11, 21), "C77", "K1"),
            (date(2026, 12, 31), "A100231", "K1"),
            (date(2027, 5, 31), "A100900", "K3"),
        ]
        assert len(ending(session, 5, EVERYTHING, now, limit=50)) == 2
        following = ending(session, 6, EVERYTHING, now, limit=50, after=(found[0].until, found[0].id))
        assert [one.serial for one in following] == ["A100231", "A100900"]
        lines = list(as_csv(as_renewal_calls(all_ending(session, 6, EVERYTHING, now))))
    assert lines[1].startswith("2026-11-21,CT-7,C77,K1,Toolroom North,DE")


@pytest.mark.parametrize(
    ("wanted", "serials"),
    [
        pytest.param(Narrowing(model="CT-7"), ["A100231"], id="an account with such a machine"),
        pytest.param(Narrowing(agreement=Agreed.RUNNING), ["A100231", "A100900"], id="an agreement runs"),
        pytest.param(Narrowing(agreement=Agreed.NEVER), [], id="there never was one"),
        pytest.param(Narrowing(country="US"), ["A100900"], id="country"),
    ],
)
def test_agreements_that_end_are_narrowed_by_their_account(
    db: Database, stage: Stage, now: datetime, wanted: Narrowing, serials: list[str]
) -> None:
    agree(db, stage.cast.a100231, date(2026, 12, 1), now=now)
    agree(db, stage.cast.a100900, date(2026, 12, 2), now=now)
    with db.read() as session:
        assert [one.serial for one in ending(session, 6, wanted, now, limit=50)] == serials
