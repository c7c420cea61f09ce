from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.serial import read_ranges
from newsletter.account.unit import Unit
from newsletter.audience.consent import ConsentAct
from newsletter.audience.may_write import may_write
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import MutedUnit, Preference
from newsletter.audience.segment import Audience, Rule, candidates, left_out, reach, units_of
from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from tests import cast

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)  # that of the fixture
RANGE = read_ranges("A100000-A104000")


def audience(house: cast.Cast, **given: object) -> Audience:
    usual = Audience(house.bulletins.id, ("VX-500", "VX-500i"), RANGE, at=NOW)
    return replace(usual, **given)  # type: ignore[arg-type] - the tests give what belongs there


def rules(session: Session, chosen: Audience) -> dict[str, str | None]:
    return {row.address.partition("@")[0]: row.rule for row in session.execute(candidates(chosen))}


def suppress(session: Session, person: Person, now: datetime, *, lifted: bool = False) -> None:
    row = Suppression(address_key=person.address_key, reason="complaint", source="test", created_at=now)
    row.lifted_at = now if lifted else None
    session.add(row)


Change = Callable[[Session, cast.Cast, datetime], None]


def consents(who: str, act: ConsentAct) -> Change:
    return lambda session, house, now: cast.consent(session, getattr(house, who), house.bulletins, act, now) and None


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        pytest.param(lambda *_: None, None, id="consented"),
        pytest.param(consents("nora", ConsentAct.CONFIRMED), None, id="confirmed"),
        pytest.param(consents("nora", ConsentAct.PAUSED), Rule.PAUSED, id="paused"),
        pytest.param(consents("nora", ConsentAct.WITHDRAWN), Rule.OPTED_OUT, id="opted out"),
        pytest.param(lambda s, h, now: suppress(s, h.nora, now), Rule.SUPPRESSED, id="suppressed"),
        pytest.param(lambda s, h, now: suppress(s, h.nora, now, lifted=True), None, id="suppression lifted"),
        pytest.param(
            lambda session, house, now: (
                suppress(session, house.nora, now) or consents("nora", ConsentAct.WITHDRAWN)(session, house, now)
            ),
            Rule.SUPPRESSED,
            id="suppression is named before the opt-out",
        ),
    ],
)
def test_each_rule_about_the_person(db: Database, now: datetime, change: Change, rule: Rule | None) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        change(session, house, now)
    with db.read() as session:
        assert rules(session, audience(house))["nora"] == rule
        asked = select(may_write(house.bulletins.id, Person.id, now, is_safety=False)).where(Person.id == house.nora.id)
        assert bool(session.scalar(asked)) == (rule is None)


def wishes(**wished: object) -> Change:
    return lambda session, house, _: session.add(Preference(person_id=house.nora.id, **wished))


def mutes(*units: str) -> Change:
    return lambda session, house, _: session.add_all(
        MutedUnit(person_id=house.nora.id, unit_id=getattr(house, unit).id) for unit in units
    )


@pytest.mark.parametrize(
    ("change", "rule", "is_withheld"),
    [
        pytest.param(wishes(frequency="each"), None, False, id="each"),
        pytest.param(wishes(frequency="weekly"), Rule.DIGEST, False, id="weekly"),
        pytest.param(wishes(frequency="monthly"), Rule.DIGEST, False, id="monthly"),
        pytest.param(wishes(frequency="safety"), Rule.SAFETY_ONLY, True, id="safety only"),
        pytest.param(wishes(paused_until=NOW + timedelta(seconds=1)), Rule.PAUSED, True, id="paused"),
        pytest.param(wishes(paused_until=NOW), None, False, id="paused until now"),
        pytest.param(
            wishes(paused_until=NOW + timedelta(days=9), frequency="weekly"), Rule.PAUSED, True, id="paused and weekly"
        ),
        pytest.param(mutes("a100231", "a103000"), Rule.MACHINES_CHOSEN, False, id="no machine of theirs"),
        pytest.param(mutes("a100231"), None, False, id="one machine of two"),
        pytest.param(mutes("c77"), None, False, id="a machine that is not named"),
    ],
)
def test_each_wish_leaves_out_by_its_own_rule_and_never_from_safety(
    db: Database, now: datetime, change: Change, rule: Rule | None, *, is_withheld: bool
) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        change(session, house, now)
    with db.read() as session:
        assert rules(session, audience(house))["nora"] == rule
        assert rules(session, audience(house, is_safety=True))["nora"] is None
        for is_safety in (False, True):
            asked = select(may_write(house.bulletins.id, Person.id, now, is_safety=is_safety))
            wanted = session.scalar(asked.where(Person.id == house.nora.id))
            assert bool(wanted) == (is_safety or not is_withheld)


def test_a_muted_machine_is_not_in_the_copy_and_who_left_gets_no_safety_notice(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        mutes("a100231")(session, house, now)
    with db.read() as session:
        assert units_of(session, audience(house), house.nora.id) == (house.a103000.id,)
        assert units_of(session, audience(house, is_safety=True), house.nora.id) == (house.a100231.id, house.a103000.id)
        assert rules(session, audience(house, is_safety=True))["omar"] == Rule.OPTED_OUT
        assert rules(session, audience(house, is_safety=True, topic_id=house.safety.id))["nora"] == Rule.NO_CONSENT


def test_a_machine_that_all_its_readers_muted_is_not_reached(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        session.add_all(
            MutedUnit(person_id=person.id, unit_id=house.a100500.id) for person in (house.ines, house.pia, house.bela)
        )
    with db.read() as session:
        assert (reach(session, audience(house)).units, reach(session, audience(house)).units_reached) == (4, 3)
        assert reach(session, audience(house, is_safety=True)).units_reached == 4


def test_without_consent_to_this_very_topic_nobody_gets_a_copy(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        found = rules(session, audience(house, topic_id=house.safety.id))
    assert set(found.values()) == {Rule.NO_CONSENT}


def test_who_has_it_already_is_left_out_after_the_persons_own_wishes(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    had = select(Person.id).where(Person.id.in_([house.nora.id, house.omar.id, house.una.id]))
    with db.read() as session:
        found = rules(session, audience(house, already=had, needs=("first_name",)))
    assert (found["nora"], found["omar"], found["una"]) == (Rule.ALREADY_SENT, Rule.OPTED_OUT, Rule.ALREADY_SENT)
    assert (found["pia"], found["ines"]) == (None, None)


@pytest.mark.parametrize(
    ("tag", "change", "lacking"),
    [
        ("first_name", update(Person).where(Person.first_name == "Nora").values(first_name="  "), {"nora", "una"}),
        ("last_name", update(Person).where(Person.last_name == "Frost").values(last_name=""), {"nora"}),
        ("name", update(Person).where(Person.last_name == "Berg").values(last_name=" "), {"una"}),
        ("account_name", update(Account).where(Account.number == "K1").values(name=" "), {"nora", "una"}),
        ("account_number", update(Account).where(Account.number == "K1").values(name=" "), set()),
        ("serial", update(Account).values(name=""), set()),
        ("model", update(Account).values(name=""), set()),
        ("acknowledge_url", update(Account).values(name=""), set()),
    ],
)
def test_who_lacks_a_value_is_left_out_with_the_tag(
    db: Database, now: datetime, tag: str, change: object, lacking: set[str]
) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        session.execute(change)  # type: ignore[call-overload] - a statement
    with db.read() as session:
        found = rules(session, audience(house, needs=(tag,)))
    assert {who for who, rule in found.items() if rule == f"missing_value:{tag}"} == lacking


def test_without_models_there_is_no_machine_to_name(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    everybody = audience(house, models=(), serials=())
    with db.read() as session:
        assert rules(session, everybody) == {
            "nora": None,
            "omar": Rule.OPTED_OUT,
            "una": None,
            "pia": None,
            "ines": None,
            "bela": Rule.SUPPRESSED,
        }
        counted = reach(session, everybody)
        assert (counted.targeted, counted.units, counted.units_reached) == (4, 0, 0)
        needing = reach(session, replace(everybody, needs=("serial", "account_name")))
        assert needing.left_out == {"opted_out": 1, "suppressed": 1, "missing_value:serial": 4}
        assert units_of(session, everybody, house.nora.id) == ()


@pytest.mark.parametrize(
    ("serials", "held"),
    [
        ("A100231-A100500", {"A100231", "A100500"}),
        ("A100232-A100499", set()),
        ("A100900-A999999", {"A100900", "A103000"}),
        ("A103000", {"A103000"}),
        ("A100231, A100900-A100900", {"A100231", "A100900"}),
        ("B100231-B100500", set()),
        ("100231-100500", set()),
        ("", {"A100231", "A100500", "A100900", "A103000"}),
    ],
)
def test_a_serial_range_holds_its_ends(db: Database, now: datetime, serials: str, held: set[str]) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        found = units_of(session, audience(house, serials=read_ranges(serials)), house.pia.id) or ()
        assert set(session.scalars(select(Unit.serial).where(Unit.id.in_(found)))) == held


def test_a_model_without_a_range_means_all_of_them(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        ct7 = audience(house, models=("CT-7",), serials=())
        assert units_of(session, ct7, house.nora.id) == (house.c77.id,)
        assert units_of(session, ct7, house.ines.id) is None
        assert units_of(session, audience(house, models=("CT-8",), serials=()), house.nora.id) is None


def test_a_person_at_three_accounts_is_named_once_with_all_machines(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        rows = session.execute(candidates(audience(house)).where(Person.id == house.pia.id)).all()
    assert [set(map(int, row.units.split(","))) for row in rows] == [
        {house.a100231.id, house.a103000.id, house.a100500.id, house.a100900.id}
    ]


def test_reach_counts_people_by_rule_and_machines_nobody_can_be_written_to_about(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        cast.consent(session, house.pia, house.bulletins, ConsentAct.WITHDRAWN, now - timedelta(days=1))
    with db.read() as session:
        counted = reach(session, audience(house))
        listed = left_out(session, audience(house))
    assert (counted.targeted, counted.left_out) == (3, {"opted_out": 2})
    assert (counted.units, counted.units_reached) == (4, 3)
    assert [(name, rule) for _, name, _, rule in listed] == [("Omar Haddad", "opted_out"), ("Pia Marsh", "opted_out")]


def test_the_list_of_those_left_out_ends_at_its_limit(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        listed = left_out(session, audience(house, needs=("first_name",)), limit=1)
    assert [(name, rule) for _, name, _, rule in listed] == [("Berg", "missing_value:first_name")]


def test_a_name_for_the_rule_says_nothing_the_database_could_run(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        session.add(Affiliation(person_id=house.bela.id, account_id=house.north.id))
    hostile = audience(house, models=("VX-500') OR 1=1 --", "VX-500"), needs=("x' OR '1'='1",))
    with db.read() as session:
        assert rules(session, hostile)["bela"] == Rule.SUPPRESSED
