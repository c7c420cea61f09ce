"""Who would be asked, and who not and why, on both databases."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Person
from newsletter.audience.preferences import Frequency, MutedUnit, Preference
from newsletter.audience.suppression import Suppression
from newsletter.checkin.check_in import CheckIn, CheckInRound
from newsletter.checkin.choose import Obstacle
from newsletter.checkin.rule import Rule
from newsletter.checkin.silent import Filter, SilentAccount, how_many, silent_accounts
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State
from tests import cast
from tests.cast import Cast
from tests.optout.copies import Stage, set_stage

RULE = Rule()


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


def silent(db: Database, now: datetime, wanted: Filter = Filter()) -> dict[str, SilentAccount]:  # noqa: B008 - frozen
    with db.read() as session:
        found = silent_accounts(session, RULE, now, wanted, limit=50)
        assert how_many(session, RULE, now, wanted) == len(found)
    return {account.number: account for account in found}


def chosen(account: SilentAccount) -> str:
    return account.choice.chosen.name if account.choice.chosen else ""


def told(session: Session, stage: Cast, at: datetime, *, says: State | None = State.IN_USE, kind: Kind) -> None:
    seen = Observation(
        key=f"test:{at}",
        account_id=stage.north.id,
        unit_id=stage.c77.id,
        person_id=stage.una.id,
        kind=kind,
        says=says,
        detail="",
        observed_at=at,
        source="test",
    )
    note(session, seen, at)


@pytest.mark.usefixtures("stage")
def test_an_account_with_machines_and_no_sign_is_silent(db: Database, now: datetime) -> None:
    found = silent(db, now)
    assert {number: chosen(account) for number, account in found.items()} == {
        "K1": "Nora Frost",
        "K2": "Pia Marsh",
        "K3": "Pia Marsh",
        "K4": "",
    }
    assert [m.serial for m in found["K1"].machines] == ["A100231", "A103000", "C77"]
    others = {person.name: person.obstacle for person in found["K1"].choice.others}
    assert others == {"Omar Haddad": Obstacle.OPTED_OUT, "Berg": None, "Pia Marsh": None}


@pytest.mark.parametrize(("months", "numbers"), [(17, {"K2", "K3", "K4"}), (19, {"K1", "K2", "K3", "K4"})])
def test_a_sign_of_life_lasts_for_the_months_that_staff_set(
    db: Database, stage: Stage, now: datetime, months: int, numbers: set[str]
) -> None:
    with db.write() as session:
        told(session, stage.cast, now - timedelta(days=30.4 * months), kind=Kind.HEARTBEAT)
    assert set(silent(db, now)) == numbers


def test_an_opt_out_without_an_answer_is_no_sign_of_a_machine(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        told(session, stage.cast, now, says=None, kind=Kind.OPT_OUT)
    assert "K1" in silent(db, now)


def test_a_new_machine_is_a_sign(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        session.merge(stage.cast.c90).installed_on = date(2026, 3, 1)
    assert "K4" not in silent(db, now)


def test_a_machine_that_is_gone_is_not_asked_about(db: Database, stage: Stage, now: datetime) -> None:
    long_ago = now - timedelta(days=900)
    with db.write() as session:
        told(session, stage.cast, long_ago, says=State.NOT_IN_USE, kind=Kind.OPT_OUT_ANSWER)
    assert [m.serial for m in silent(db, now)["K1"].machines] == ["A100231", "A103000"]


def test_who_answered_last_is_asked_first(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        told(session, stage.cast, now - timedelta(days=650), kind=Kind.HEARTBEAT)
    account = silent(db, now)["K1"]
    assert chosen(account) == "Nora Frost"  # who agreed 400 days ago, which is later
    with db.write() as session:
        long_ago = now - timedelta(days=700)
        for person in (stage.cast.nora, stage.cast.pia):
            cast.consent(session, person, stage.cast.safety, ConsentAct.WITHDRAWN, long_ago)
    account = silent(db, now)["K1"]
    assert chosen(account) == "Berg"


Trouble = Callable[[Session, Stage, Person, datetime], None]


def _suppress(session: Session, _: Stage, person: Person, now: datetime) -> None:
    session.add(Suppression(address_key=person.address_key, reason="x", source="x", created_at=now))


def _leave_another_topic(session: Session, stage: Stage, person: Person, now: datetime) -> None:
    cast.consent(session, person, stage.cast.safety, ConsentAct.WITHDRAWN, now)


def _pause_a_topic(session: Session, stage: Stage, person: Person, now: datetime) -> None:
    cast.consent(session, person, stage.cast.bulletins, ConsentAct.PAUSED, now)


def _pause_all(session: Session, _: Stage, person: Person, now: datetime) -> None:
    day = now + timedelta(days=3)
    session.add(Preference(person_id=person.id, paused_until=day, paused_until_day=day.date()))


def _want_safety_only(session: Session, _: Stage, person: Person, _now: datetime) -> None:
    session.add(Preference(person_id=person.id, frequency=Frequency.SAFETY))


def _want_no_contact(session: Session, _: Stage, person: Person, now: datetime) -> None:
    session.add(Preference(person_id=person.id, no_contact_since=now))


def _be_another(session: Session, stage: Stage, person: Person, now: datetime) -> None:
    account_id = stage.cast.valves.id
    seen = Observation(
        key="left",
        account_id=account_id,
        unit_id=None,
        person_id=person.id,
        kind=Kind.CONTACT_LEFT,
        says=None,
        detail="",
        observed_at=now,
        source="test",
    )
    note(session, seen, now)


def _be_away(session: Session, _: Stage, person: Person, now: datetime) -> None:
    copy = session.scalars(select(Delivery).where(Delivery.person_id == person.id)).one()
    copy.state, copy.reply, copy.settled_at = "refused", "550 5.1.1 no such user", now


def _hear_of_no_machine(session: Session, stage: Stage, person: Person, _now: datetime) -> None:
    session.add(MutedUnit(person_id=person.id, unit_id=stage.cast.a100900.id))


def _be_asked_of_another(session: Session, stage: Stage, person: Person, now: datetime) -> None:
    asked = CheckInRound(author="ada", started_at=now, silent_months=18, period_months=12)
    session.add(asked)
    session.flush()
    session.add(
        CheckIn(
            round_id=asked.id,
            account_id=stage.cast.gears.id,
            person_id=person.id,
            units="",
            because="",
            asked_at=now - timedelta(days=360),
        )
    )


@pytest.mark.parametrize(
    ("trouble", "obstacle"),
    [
        (_suppress, Obstacle.SUPPRESSED),
        (_leave_another_topic, Obstacle.OPTED_OUT),
        (_pause_a_topic, Obstacle.PAUSED),
        (_pause_all, Obstacle.PAUSED),
        (_want_safety_only, Obstacle.SAFETY_ONLY),
        (_want_no_contact, Obstacle.NO_CONTACT),
        (_be_another, Obstacle.NOT_THE_ONE),
        (_be_away, Obstacle.UNREACHABLE),
        (_hear_of_no_machine, Obstacle.OTHER_MACHINES),
        (_be_asked_of_another, Obstacle.ASKED_LATELY),
    ],
)
def test_who_must_not_be_asked_is_not_and_it_is_said_why(
    db: Database, stage: Stage, now: datetime, trouble: Trouble, obstacle: Obstacle
) -> None:
    """Pia is the only one at K3."""
    with db.write() as session:
        trouble(session, stage, stage.cast.pia, now)
    account = silent(db, now)["K3"]
    assert account.choice.chosen is None
    assert [person.obstacle for person in account.choice.others] == [obstacle]
    assert "K3" not in silent(db, now, Filter(askable=True))
    assert "K3" in silent(db, now, Filter(askable=False))


def test_a_policy_refusal_says_nothing_about_the_person(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        copy = session.get_one(Delivery, stage.pia.delivery_id)
        copy.state, copy.reply, copy.settled_at = "refused", "550 5.7.1 blocked", now
    assert chosen(silent(db, now)["K3"]) == "Pia Marsh"


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (Filter(country="DE"), {"K1", "K2"}),
        (Filter(model="CT-7"), {"K1", "K4"}),
        (Filter(words="lake"), {"K3"}),
        (Filter(words="%"), set()),
        (Filter(askable=True), {"K1", "K2", "K3"}),
        (Filter(askable=False), {"K4"}),
        (Filter(country="DE", model="CT-7", askable=True), {"K1"}),
    ],
)
@pytest.mark.usefixtures("stage")
def test_the_list_can_be_narrowed_down(db: Database, now: datetime, wanted: Filter, numbers: set[str]) -> None:
    assert set(silent(db, now, wanted)) == numbers
