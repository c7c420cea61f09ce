"""Every account weighed anew: as what we know fades, by other rules, and with agreements that were no evidence yet."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select

from newsletter.account.agreement import Agreement
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.retention.keep_verdicts import are_verdicts_due, keep_verdicts, weigh_everybody
from newsletter.retention.reckoning import Figures, claim, release
from newsletter.signal.evidence import Evidence
from newsletter.signal.in_force import switch_on
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rates import RATES
from newsletter.signal.rules import RULES, State
from newsletter.signal.verdict import Verdict
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.cast import Cast


@pytest.fixture
def stage(db: Database, now: datetime) -> Cast:
    with db.write() as session:
        return cast.play(session, now)


def verdict(db: Database, unit_id: int) -> str | None:
    with db.read() as session:
        return session.scalar(select(Verdict.state).where(Verdict.unit_id == unit_id))


def agreements(db: Database) -> list[Evidence]:
    with db.read() as session:
        return list(session.scalars(select(Evidence).where(Evidence.kind == Kind.AGREEMENT).order_by(Evidence.id)))


def say(db: Database, stage: Cast, says: State, at: datetime) -> None:
    seen = Observation(
        key=f"said:{at}", account_id=stage.north.id, unit_id=stage.a100231.id, person_id=None,
        kind=Kind.CHECK_IN_ANSWER, says=says, detail="", observed_at=at, source="test",
    )  # fmt: skip
    with db.write() as session:
        note(session, seen, at)


def test_a_verdict_that_faded_is_unknown_the_next_day_though_nobody_said_anything(
    db: Database, stage: Cast, now: datetime
) -> None:
    say(db, stage, State.IN_USE, now)
    later = now + timedelta(days=3000)
    assert verdict(db, stage.a100231.id) == State.IN_USE
    keep_verdicts(db, later)
    assert verdict(db, stage.a100231.id) == State.UNKNOWN


def test_the_bell_weighs_once_a_day_and_at_once_when_rules_were_switched_on(
    db: Database, stage: Cast, now: datetime
) -> None:
    say(db, stage, State.NOT_IN_USE, now)
    assert are_verdicts_due(db, now)
    keep_verdicts(db, now)
    assert verdict(db, stage.a100231.id) == State.NOT_IN_USE
    assert not are_verdicts_due(db, now + timedelta(hours=1))
    doubtful = replace(RULES, rates=replace(RATES, mistaken=0.3))
    assert switch_on(db, doubtful, author="Mara", now=now + timedelta(hours=2)) == 1
    assert are_verdicts_due(db, now + timedelta(hours=3))
    keep_verdicts(db, now + timedelta(hours=3))
    assert verdict(db, stage.a100231.id) == State.UNKNOWN
    assert not are_verdicts_due(db, now + timedelta(hours=4))
    assert are_verdicts_due(db, now + timedelta(days=1))
    with db.read() as session:
        entry = session.scalars(select(AuditEntry)).one()
    assert (entry.who, entry.act, entry.subject) == ("Mara", "switched on rules", "version 1")


def test_rules_switched_on_while_all_are_weighed_are_not_forgotten(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"

    def meanwhile(_weighed: int) -> None:
        switch_on(db, RULES, author="Mara", now=now + timedelta(minutes=1))

    assert weigh_everybody(db, now, meanwhile) == 5
    assert are_verdicts_due(db, now + timedelta(minutes=2))


def test_what_somebody_says_while_all_are_weighed_is_not_taken_back(db: Database, stage: Cast, now: datetime) -> None:
    say(db, stage, State.NOT_IN_USE, now + timedelta(minutes=1))
    weigh_everybody(db, now)
    assert verdict(db, stage.a100231.id) == State.NOT_IN_USE


def test_of_several_one_weighs_and_the_others_are_told(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"
    assert claim(db, Figures.VERDICTS, now, older_than=now)
    with pytest.raises(Conflict, match="being weighed"):
        weigh_everybody(db, now)
    release(db, Figures.VERDICTS)
    assert weigh_everybody(db, now) == weigh_everybody(db, now) == 5


def test_whoever_fails_lets_others_weigh(db: Database, stage: Cast, now: datetime) -> None:
    assert stage.north.number == "K1"

    def fail(_weighed: int) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        weigh_everybody(db, now, fail)
    assert weigh_everybody(db, now) == 5


def test_a_house_without_accounts_waits_for_them(db: Database, now: datetime) -> None:
    assert not are_verdicts_due(db, now)


@pytest.mark.parametrize(
    ("until", "read", "observed"),
    [
        pytest.param(
            date(2027, 3, 1), datetime(2026, 8, 1, tzinfo=UTC), date(2026, 3, 1), id="made a year before its end"
        ),
        pytest.param(date(2031, 3, 1), datetime(2026, 8, 1, tzinfo=UTC), date(2026, 8, 1), id="not after it was read"),
        pytest.param(date(2020, 3, 1), datetime(2026, 8, 1, tzinfo=UTC), date(2019, 3, 2), id="ended long ago"),
    ],
)
def test_an_agreement_read_before_it_was_evidence_becomes_so_once(
    db: Database, stage: Cast, now: datetime, until: date, read: datetime, observed: date
) -> None:
    with db.write() as session:
        session.execute(delete(Agreement))
        session.add(Agreement(unit_id=stage.c90.id, until=until, source="crm.csv", recorded_at=read))
    weigh_everybody(db, now)
    (told,) = agreements(db)
    assert (told.unit_id, told.says, told.source, told.recorded_at) == (stage.c90.id, State.IN_USE, "crm.csv", now)
    assert told.observed_at.date() == observed
    assert told.detail == f"until {until}"
    weigh_everybody(db, now + timedelta(days=1))
    assert [row.id for row in agreements(db)] == [told.id]


def test_an_agreement_changes_the_verdict_in_the_same_pass(db: Database, stage: Cast, now: datetime) -> None:
    with db.write() as session:
        session.execute(delete(Agreement))
        session.add(Agreement(unit_id=stage.c90.id, until=date(2027, 6, 1), source="crm.csv", recorded_at=now))
    assert verdict(db, stage.c90.id) is None
    weigh_everybody(db, now)
    assert verdict(db, stage.c90.id) == State.IN_USE


def test_the_agreement_of_a_machine_that_was_moved_since_is_not_told_twice(
    db: Database, stage: Cast, now: datetime
) -> None:
    with db.write() as session:
        session.execute(delete(Agreement))
        session.add(Agreement(unit_id=stage.c90.id, until=date(2027, 6, 1), source="crm.csv", recorded_at=now))
    weigh_everybody(db, now)
    with db.write() as session:
        unit = session.get_one(type(stage.c90), stage.c90.id)
        unit.account_id = stage.north.id
    weigh_everybody(db, now)
    assert len(agreements(db)) == 1
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Agreement)) == 1
