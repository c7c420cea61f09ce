"""Evidence opens work in its own transaction, once, and never about somebody who asked to be left alone."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from newsletter.account.agreement import Agreement
from newsletter.audience.bounce import Unreachable
from newsletter.audience.preferences import Preference
from newsletter.db import Database
from newsletter.followup.act import take
from newsletter.followup.ending import open_for_endings
from newsletter.followup.follow_up import FollowUp, FollowUpStep, State
from newsletter.followup.leave_alone import leave_alone
from newsletter.followup.outcomes import Outcome
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import WhatBecame, Why, answer
from newsletter.optout.no_contact import wish_contact
from newsletter.optout.opt_out import OptOut, Way
from newsletter.question.reasons import Fate, Reason
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State as Says
from tests import cast
from tests.followup.desk import opened, work
from tests.optout.copies import Stage, set_stage

DAY = timedelta(days=1)
ANN = "ann@vendor.example"


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


Say = Callable[[OptOutLink, Reason], None]


@pytest.fixture
def say(db: Database, now: datetime) -> Say:
    """Leave, and say why."""

    def leave(link: OptOutLink, reason: Reason) -> None:
        opt_out(db, link, Way.PAGE, now)
        answer(db, link, Why(reason), now, language="en")

    return leave


def test_an_answer_opens_work_about_its_machine_and_names_who_said_it(
    db: Database, stage: Stage, say: Say, now: datetime
) -> None:
    say(stage.una, Reason.USED_OTHER_SERVICE)
    (row,) = opened(db)
    assert (row.rule, row.account_id, row.unit_id, row.person_id, row.team, row.owner) == (
        "other_service",
        stage.cast.north.id,
        stage.cast.a100231.id,
        stage.cast.una.id,
        "service",
        "",
    )
    assert row.due_on == date(2026, 11, 26)
    with db.read() as session:
        step = session.scalars(select(FollowUpStep)).one()
        assert session.get_one(Evidence, row.evidence_id).detail == "used_other_service"
    assert (step.act, step.who, step.at) == ("opened", "rule other_service", now)


def test_leaving_alone_opens_nothing(db: Database, stage: Stage, now: datetime) -> None:
    for link in (stage.nora, stage.una, stage.pia, stage.ines):
        opt_out(db, link, Way.PAGE, now, everything=True)
    assert opened(db) == []


@pytest.mark.parametrize("reason", [Reason.TOO_MANY, Reason.TOO_BUSY, Reason.NOT_USEFUL, Reason.NEVER_ASKED])
def test_what_is_said_of_our_mail_opens_nothing(db: Database, stage: Stage, say: Say, reason: Reason) -> None:
    say(stage.una, reason)
    assert opened(db) == []


def test_what_was_said_of_one_of_several_accounts_opens_nothing_at_any(db: Database, stage: Stage, say: Say) -> None:
    say(stage.pia, Reason.USED_OTHER_SERVICE)
    assert opened(db) == []


def test_a_running_agreement_makes_it_urgent(db: Database, stage: Stage, say: Say, now: datetime) -> None:
    with db.write() as session:
        session.add(
            Agreement(unit_id=stage.cast.a100231.id, until=now.date() + 300 * DAY, source="ERP", recorded_at=now)
        )
    say(stage.una, Reason.USED_OTHER_SERVICE)
    assert [row.rule for row in opened(db)] == ["other_service_under_agreement"]


def test_a_changed_answer_lets_go_of_work_nobody_began_and_opens_the_other(
    db: Database, stage: Stage, say: Say, now: datetime
) -> None:
    say(stage.una, Reason.BACKUP)
    answer(db, stage.una, WhatBecame(Fate.SCRAPPED), now + DAY, language="en")
    first, *_, last = work(db)
    assert (first.rule, first.state, first.outcome) == ("backup", State.CLOSED, Outcome.TAKEN_BACK)
    assert (last.rule, last.team, last.state) == ("next_machine", "sales", State.OPEN)
    assert len(opened(db)) == 1


def test_work_that_a_colleague_began_stays_when_the_answer_changes(
    db: Database, stage: Stage, say: Say, now: datetime
) -> None:
    say(stage.una, Reason.BACKUP)
    take(db, [opened(db)[0].id], ANN, now)
    answer(db, stage.una, Why(Reason.TOO_MANY), now, language="en")
    (row,) = opened(db)
    assert (row.rule, row.owner, row.state) == ("backup", ANN, State.TAKEN)


def test_who_asked_not_to_be_contacted_opens_nothing(db: Database, stage: Stage, say: Say, now: datetime) -> None:
    with db.write() as session:
        session.add(Preference(person_id=stage.cast.una.id, frequency="each", no_contact_since=now))
    say(stage.una, Reason.USED_OTHER_SERVICE)
    assert work(db) == []


def test_asking_not_to_be_contacted_afterwards_ends_the_work_whoever_has_it_and_taking_it_back_brings_it_back(
    db: Database, stage: Stage, say: Say, now: datetime
) -> None:
    say(stage.una, Reason.USED_OTHER_SERVICE)
    take(db, [opened(db)[0].id], ANN, now)
    wish_contact(db, stage.una, now, wished=False)
    (row,) = work(db)
    assert (row.state, row.outcome, opened(db)) == (State.CLOSED, Outcome.NO_CONTACT, [])
    wish_contact(db, stage.una, now + DAY, wished=True)
    (row,) = opened(db)
    assert (row.state, row.outcome, row.owner) == (State.OPEN, "", "")
    with db.write() as session:
        assert leave_alone(session, stage.cast.una.id, now, wished=True) == 1


def test_a_failure_to_open_work_undoes_neither_the_answer_nor_the_opt_out(
    db: Database, stage: Stage, say: Say, caplog: pytest.LogCaptureFixture
) -> None:
    with db.write() as session:
        session.execute(text("ALTER TABLE follow_up RENAME TO gone_fishing"))
    say(stage.una, Reason.BACKUP)
    with db.write() as session:
        session.execute(text("ALTER TABLE gone_fishing RENAME TO follow_up"))
        assert session.scalar(select(func.count()).select_from(OptOut)) == 1
        assert "backup" in session.scalars(select(Evidence.detail)).all()
    assert "the work for it could not be opened" in caplog.text
    assert work(db) == []


def test_only_the_last_mailbox_that_is_gone_opens_work(db: Database, stage: Stage, now: datetime) -> None:
    for number, person in enumerate((stage.cast.ines, stage.cast.pia)):
        with db.write() as session:
            lost = Unreachable(person_id=person.id, address_key=person.address_key, since=now, because="5.1.1")
            session.add(lost)
            session.flush()
            note(session, _seen(stage, f"bounce:{number}", Kind.BOUNCE, None, "5.1.1"), now)
        assert [row.rule for row in opened(db)] == (["last_bounce"] if number else [])


def test_an_agreement_that_ends_opens_work_once(db: Database, stage: Stage, now: datetime) -> None:
    ends = {stage.cast.a100231.id: 30, stage.cast.c77.id: 61, stage.cast.a100500.id: -1, stage.cast.a100900.id: 20}
    with db.write() as session:
        for unit_id, days in [*ends.items(), (stage.cast.a100900.id, 400)]:  # the last is renewed
            session.add(Agreement(unit_id=unit_id, until=now.date() + days * DAY, source="ERP", recorded_at=now))
    assert open_for_endings(db, now) == 1
    (row,) = opened(db)
    assert (row.rule, row.unit_id, row.person_id, row.evidence_id) == (
        "agreement_ending",
        stage.cast.a100231.id,
        None,
        None,
    )
    with db.write() as session:
        mine = session.get_one(FollowUp, row.id)
        mine.closed_at, mine.open_key, mine.state, mine.outcome = now, None, State.CLOSED, Outcome.SPOKE
    assert open_for_endings(db, now + DAY) == 1  # C77's, whose end has come near
    assert open_for_endings(db, now + 2 * DAY) == 0


_DETAILS = st.sampled_from(["backup", "sold", "used_own_service", "too_many", "scrapped"])


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(details=st.lists(_DETAILS, min_size=1, max_size=5))
def test_a_repeat_of_the_evidence_opens_nothing_more(sqlite_db: Database, now: datetime, details: list[str]) -> None:
    with sqlite_db.write() as session:
        for table in ("follow_up_step", "follow_up", "evidence", "verdict"):
            session.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own tables
        if session.scalar(text("SELECT count(*) FROM account")) == 0:
            set_stage(session, cast.play(session, now), now)
        unit, person = session.execute(
            text("SELECT u.id, p.id FROM unit u, person p WHERE u.serial = 'C90'")
        ).first() or (0, 0)
        account = session.scalar(text("SELECT account_id FROM unit WHERE serial = 'C90'")) or 0
    seen = [
        Observation(
            key=f"answer:{number}",
            account_id=account,
            unit_id=unit,
            person_id=person,
            kind=Kind.OPT_OUT_ANSWER,
            says=Says.BACKUP,
            detail=detail,
            observed_at=now,
            source="opt-out page",
        )
        for number, detail in enumerate(details)
    ]
    counts = []
    for _ in range(2):
        with sqlite_db.write() as session:
            for one in [*seen, *seen]:
                note(session, one, now)
        counts.append([(row.rule, row.unit_id) for row in opened(sqlite_db)])
    assert counts[0] == counts[1]
    assert (
        len(set(counts[0])) == len(counts[0]) == len({"next" if d == "scrapped" else d for d in details} - {"too_many"})
    )


def _seen(stage: Stage, key: str, kind: Kind, says: Says | None, detail: str) -> Observation:
    return Observation(
        key=key,
        account_id=stage.cast.gears.id,
        unit_id=None,
        person_id=stage.cast.ines.id,
        kind=kind,
        says=says,
        detail=detail,
        observed_at=stage.cast.gears.created_at,
        source="incoming mail",
    )
