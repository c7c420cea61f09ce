"""Which accounts we reach, why not the others, and who was in touch with them."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.contact import About, Contact, Means
from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Person
from newsletter.audience.preferences import Frequency, Preference
from newsletter.audience.suppression import LEFT_EVERYTHING, Suppression
from newsletter.audience.unreachable import CameBack, came_back
from newsletter.db import Database
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp, FollowUpStep
from newsletter.followup.outcomes import Outcome
from newsletter.ledger.delivery import Delivery
from newsletter.retention.account_reach import AccountReach, Unreached
from newsletter.retention.count_reach import count_reach, keep_reach, why
from newsletter.retention.reckoning import Figures, reckoned_at
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from tests import cast
from tests.optout.copies import Stage, set_stage


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


def found(db: Database, number_of: dict[int, str]) -> dict[str, AccountReach]:
    with db.read() as session:
        return {number_of[row.account_id]: row for row in session.query(AccountReach)}


def looked(db: Database, stage: Stage, now: datetime) -> dict[str, AccountReach]:
    count_reach(db, now)
    accounts = (stage.cast.north, stage.cast.gears, stage.cast.valves, stage.cast.quiet, stage.cast.rim)
    return found(db, {account.id: account.number for account in accounts})


def test_every_account_with_machines_is_looked_at(db: Database, stage: Stage, now: datetime) -> None:
    reach = looked(db, stage, now)
    assert {number: (row.why, row.machines, row.people) for number, row in reach.items()} == {
        "K1": (Unreached.REACHED, 3, 4),
        "K2": (Unreached.REACHED, 1, 2),
        "K3": (Unreached.REACHED, 1, 1),
        "K4": (Unreached.NO_PERSON, 1, 0),
    }


def suppressed(reason: str) -> Callable[[Session, Person, datetime], None]:
    def act(session: Session, person: Person, now: datetime) -> None:
        session.add(Suppression(address_key=person.address_key, reason=reason, source="test", created_at=now))

    return act


def bounced(*, is_hard: bool) -> Callable[[Session, Person, datetime], None]:
    def act(session: Session, person: Person, now: datetime) -> None:
        came_back(session, CameBack("delivery:1", person.id, person.address, is_hard, "5.1.1", "no such user"), now)

    return act


def refused(reply: str) -> Callable[[Session, Person, datetime], None]:
    def act(session: Session, person: Person, now: datetime) -> None:
        newest = session.query(Delivery).filter_by(person_id=person.id).one()
        newest.state, newest.settled_at, newest.reply = "refused", now, reply

    return act


def consent(act: ConsentAct) -> Callable[[Session, Person, datetime], None]:
    def change(session: Session, person: Person, now: datetime) -> None:
        topic = session.query(cast.Topic).filter_by(key="bulletins").one()
        cast.consent(session, person, topic, act, now)

    return change


def wishes(days: int, frequency: Frequency = Frequency.EACH) -> Callable[[Session, Person, datetime], None]:
    def wish(session: Session, person: Person, now: datetime) -> None:
        until = now + timedelta(days=days)
        session.add(Preference(person_id=person.id, frequency=frequency, paused_until=until))

    return wish


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        pytest.param(suppressed(LEFT_EVERYTHING), Unreached.OPTED_OUT, id="left everything"),
        pytest.param(suppressed("no such mailbox"), Unreached.BOUNCED, id="address is known to be dead"),
        pytest.param(bounced(is_hard=True), Unreached.BOUNCED, id="mail came back for good"),
        pytest.param(bounced(is_hard=False), Unreached.REACHED, id="mail came back once for now"),
        pytest.param(refused("550 5.1.1 no such user"), Unreached.BOUNCED, id="their server knows no such mailbox"),
        pytest.param(refused("550 5.7.1 we do not like it"), Unreached.REACHED, id="a letter they did not like"),
        pytest.param(consent(ConsentAct.WITHDRAWN), Unreached.OPTED_OUT, id="withdrew"),
        pytest.param(consent(ConsentAct.PAUSED), Unreached.PAUSED, id="paused the topic"),
        pytest.param(wishes(days=9), Unreached.PAUSED, id="paused everything"),
        pytest.param(wishes(days=-9), Unreached.REACHED, id="the pause is over"),
        pytest.param(wishes(days=-9, frequency=Frequency.SAFETY), Unreached.REACHED, id="safety notices only"),
    ],
)
def test_why_nobody_is_reached(
    db: Database,
    stage: Stage,
    now: datetime,
    act: Callable[[Session, Person, datetime], None],
    reason: Unreached,
) -> None:
    with db.write() as session:
        act(session, stage.cast.pia, now)  # the only one at K3
    assert looked(db, stage, now)["K3"].why == reason


def test_who_never_agreed_and_several_reasons() -> None:
    assert why({Unreached.NO_CONSENT: 3}) is Unreached.NO_CONSENT
    assert why({Unreached.BOUNCED: 1, Unreached.OPTED_OUT: 2}) is Unreached.SEVERAL
    assert why({Unreached.BOUNCED: 1, Unreached.REACHED: 1}) is Unreached.REACHED


def in_touch(session: Session, account: Account, author: str, at: datetime, about: About) -> None:
    fields = {"account_id": account.id, "person_id": None, "means": Means.CALL, "about": about}
    session.add(Contact(**fields, happened_at=at, author=author, noted_at=at))


def test_who_was_in_touch_is_told_by_team(db: Database, stage: Stage, now: datetime) -> None:
    invite(db, "ada@vendor.example", [Duty.SERVICE], now)
    invite(db, "sam@vendor.example", [Duty.SALES], now)
    last = now - timedelta(days=3)
    with db.write() as session:
        for author, at in (
            ("ada@vendor.example", now - timedelta(days=9)),
            ("ada@vendor.example", last),
            ("gone@vendor.example", now),
        ):
            in_touch(session, stage.cast.north, author, at, About.MACHINE)
        in_touch(session, stage.cast.gears, "sam@vendor.example", now, About.RENEWAL)
    reach = looked(db, stage, now)
    assert (reach["K1"].service_at, reach["K1"].sales_at) == (last, None)
    assert (reach["K2"].service_at, reach["K2"].sales_at) == (None, now)


def test_work_that_was_closed_by_speaking_to_them_counts_as_contact(db: Database, stage: Stage, now: datetime) -> None:
    invite(db, "sam@vendor.example", [Duty.SALES], now)
    with db.write() as session:
        for account, outcome in ((stage.cast.north, Outcome.TRADE_IN), (stage.cast.gears, Outcome.NO_ANSWER)):
            work = FollowUp(
                rule="x",
                rule_version=0,
                cause=Cause.SCRAPPED,
                account_id=account.id,
                team="sales",
                what="Call",
                due_on=now.date(),
                owner="sam@vendor.example",
                outcome=outcome,
                state="closed",
                opened_at=now,
                closed_at=now,
            )
            session.add(work)
            session.flush()
            session.add(
                FollowUpStep(follow_up_id=work.id, act="closed", who="sam@vendor.example", at=now, outcome=outcome)
            )
    reach = looked(db, stage, now)
    assert (reach["K1"].sales_at, reach["K2"].sales_at) == (now, None)


@pytest.fixture
def under_agreement(db: Database, stage: Stage, now: datetime) -> Stage:
    """K1 and K4, whose agreements ended 200 days ago; mail reached K1 in between."""
    with db.write() as session:
        for unit in (stage.cast.a100231, stage.cast.c90):
            ends = now.date() - timedelta(days=200)
            session.add(Agreement(unit_id=unit.id, until=ends, source="test", recorded_at=now))
        for copy in session.query(Delivery):
            copy.settled_at = now - timedelta(days=20)
    return stage


def neglected(db: Database, stage: Stage, now: datetime) -> set[str]:
    return {number for number, row in looked(db, stage, now).items() if row.only_at_renewal}


def test_an_account_that_got_mail_between_renewals_is_not_neglected(
    db: Database, under_agreement: Stage, now: datetime
) -> None:
    assert neglected(db, under_agreement, now) == {"K4"}
    with db.write() as session:
        for copy in session.query(Delivery):
            copy.settled_at = now - timedelta(days=220)
    assert neglected(db, under_agreement, now) == {"K1", "K4"}


@pytest.mark.parametrize(("about", "numbers"), [(About.THEM, set()), (About.RENEWAL, {"K4"})])
def test_a_colleague_who_spoke_of_something_else_makes_the_difference(
    db: Database, under_agreement: Stage, now: datetime, about: About, numbers: set[str]
) -> None:
    with db.write() as session:
        in_touch(session, under_agreement.cast.quiet, "ada@vendor.example", now - timedelta(days=210), about)
    assert neglected(db, under_agreement, now) == numbers


def test_it_is_looked_at_once_a_day_and_to_look_again_changes_nothing(
    db: Database, stage: Stage, now: datetime
) -> None:
    keep_reach(db, now)
    keep_reach(db, now + timedelta(hours=1))
    with db.read() as session:
        assert reckoned_at(session, Figures.REACH) == now
    once = {n: (r.why, r.machines) for n, r in looked(db, stage, now).items()}
    assert {n: (r.why, r.machines) for n, r in looked(db, stage, now).items()} == once
