"""Facts of other systems: kept once, refused with a reason, weighed with everything else."""

import threading
from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import BadTime, Conflict, NotFound, Refused
from newsletter.intake import take as taking
from newsletter.intake.fact import TELLABLE, read_fact, read_json
from newsletter.intake.take import Became, take
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import verdicts_of
from newsletter.signal.verdict import Verdict
from tests import cast
from tests.followup.desk import opened
from tests.intake.facts import fact, written

NOTED, KNOWN, REFUSED = Became


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


def became(db: Database, now: datetime, *facts: taking.Told) -> list[Became]:
    return [outcome.became for outcome in take(db, facts, now)]


def rows(db: Database) -> list[tuple[str, int, int | None, str]]:
    with db.read() as session:
        return [
            (e.key, e.account_id, e.unit_id, e.kind) for e in session.scalars(select(Evidence).order_by(Evidence.key))
        ]


def verdicts(db: Database) -> dict[tuple[int, int], tuple[str, float]]:
    with db.read() as session:
        return {(v.account_id, v.unit_id): (v.state, round(v.p_used, 6)) for v in session.scalars(select(Verdict))}


def test_a_fact_names_its_machine_by_serial_or_its_account_by_number(
    db: Database, house: cast.Cast, now: datetime
) -> None:
    k1, unit = house.north.id, house.a100231.id
    told = [fact(1), fact(2, account="K1"), fact(3, model="VX-500"), fact(4, account="K1", serial=...)]
    assert became(db, now, *told) == [NOTED] * 4
    assert rows(db) == [(f"told:ERP:{n}", k1, unit if n < 4 else None, "parts_order") for n in (1, 2, 3, 4)]
    assert verdicts(db)[k1, unit][0] == "in_use"


def test_what_was_told_weighs_as_what_was_noted_one_by_one(db: Database, house: cast.Cast, now: datetime) -> None:
    told = [
        fact(1), fact(2, account="K1", serial=...), fact(3, serial="C77", kind="telemetry"),
        fact(4, serial="A103000", kind="staff_note", says="not_in_use", detail="scrapped", author="Eva"),
    ]  # fmt: skip
    became(db, now, *told)
    with db.read() as session:
        units, account = verdicts_of(session, house.north.id, now)
    expected = {(house.north.id, id_): (w.state, round(w.p_used, 6)) for id_, w in [*units.items(), (0, account)]}
    assert verdicts(db) == expected


def test_fault_19_repeats_and_any_order_lead_to_the_same(db: Database, house: cast.Cast, now: datetime) -> None:
    assert house
    days = ("2024-03-01", "2025-01-01T10:00:00+09:00", "2026-11-21", "2026-02-02")
    told = [fact(f"{day}{kind}", observed_at=day, kind=kind) for day in days for kind in ("telemetry", "service_call")]
    became(db, now, *told)
    first = rows(db), verdicts(db)
    for seed in range(3):
        Random(seed).shuffle(told)  # noqa: S311 - an order, not a secret
        assert became(db, now + timedelta(hours=seed), *told) == [KNOWN] * 8
        assert (rows(db), verdicts(db)) == first
    assert became(db, now, fact("new"), fact("new")) == [NOTED, KNOWN]


@pytest.mark.parametrize(
    ("more", "kind", "words"),
    [
        ({"serial": "X1"}, NotFound, "no machine 'X1'"),
        ({"account": "K9"}, NotFound, "no account 'K9'"),
        ({"account": "K2"}, NotFound, "does not stand at"),
        ({"model": "CT-7"}, NotFound, "no machine"),
        ({"serial": "TWIN"}, Refused, "several machines"),
        ({"observed_at": "2026-11-22T09:00:01+00:00"}, BadTime, "has not come yet"),
        ({"observed_at": "9999-12-31"}, BadTime, "has not come yet"),
    ],
)
def test_what_fits_nothing_is_refused_and_keeps_nothing_else_out(
    db: Database, house: cast.Cast, now: datetime, more: dict[str, object], kind: type[Exception], words: str
) -> None:
    with db.write() as session:
        for product in (house.vx500, house.ct7):
            twin = Unit(account_id=house.rim.id, product_id=product.id, serial="TWIN", created_at=now)
            twin.serial_prefix, twin.serial_number = "TWIN", 0
            session.add(twin)
    good, bad, last = take(db, [fact(1), fact(2, **more), fact(3)], now)
    assert (good.became, bad.became, last.became) == (NOTED, REFUSED, NOTED)
    assert isinstance(bad.error, kind)
    assert words in str(bad.error)
    assert [row[0] for row in rows(db)] == ["told:ERP:1", "told:ERP:3"]


def test_the_same_key_with_other_content_is_contradictory_and_the_first_stands(
    db: Database, house: cast.Cast, now: datetime
) -> None:
    assert house
    became(db, now, fact(1))
    before = rows(db), verdicts(db)
    others = [
        fact(1, says="not_in_use"), fact(1, kind="telemetry"), fact(1, serial="C77"), fact(1, detail="x"),
        fact(1, observed_at="2026-11-20"), fact(1, account="K1", serial=...), fact(1, note="x"),
    ]  # fmt: skip
    for outcome in take(db, others, now):
        assert isinstance(outcome.error, Conflict)
    assert (rows(db), verdicts(db)) == before
    assert became(db, now, fact(1, source="shop"), fact(2), fact(2, detail="y")) == [NOTED, NOTED, REFUSED]


def test_a_machine_that_moved_is_the_same_machine(db: Database, house: cast.Cast, now: datetime) -> None:
    became(db, now, fact(1))
    with db.write() as session:
        session.get_one(Unit, house.a100231.id).account_id = house.rim.id
    assert became(db, now, fact(1)) == [KNOWN]


def test_today_told_as_a_day_is_weighed_at_once_and_known_tomorrow(
    db: Database, house: cast.Cast, now: datetime
) -> None:
    assert became(db, now, fact(1, observed_at="2026-11-21")) == [NOTED]
    assert verdicts(db)[house.north.id, house.a100231.id][0] == "in_use"
    assert became(db, now + timedelta(days=1), fact(1, observed_at="2026-11-21")) == [KNOWN]


def test_an_account_holds_only_so_much(db: Database, house: cast.Cast, now: datetime) -> None:
    clicks = {"account_id": house.north.id, "kind": "machine_click", "observed_at": now, "recorded_at": now}
    with db.write() as session:
        rows = [{**clicks, "key": f"click:{n}", "source": "page"} for n in range(taking.MOST_OF_ACCOUNT)]
        session.execute(insert(Evidence), rows)
    refused, elsewhere = take(db, [fact(1), fact(2, serial="A100500")], now)
    assert (refused.became, elsewhere.became) == (REFUSED, NOTED)
    assert "one report a day" in str(refused.error)


def test_more_at_once_than_is_taken_is_refused_whole(db: Database, now: datetime) -> None:
    with pytest.raises(Refused, match="at most 1,000"):
        take(db, [fact(n) for n in range(1_001)], now)


def test_two_who_tell_the_same_at_once_make_one_piece_each(db: Database, house: cast.Cast, now: datetime) -> None:
    assert house
    told = [fact(n, serial=serial) for n in range(40) for serial in ("A100231", "A100500")][::2]
    found: list[list[Became]] = []

    def tell(seed: int) -> None:
        mine = list(told)
        Random(seed).shuffle(mine)  # noqa: S311 - as above
        found.append(became(db, now, *mine))

    threads = [threading.Thread(target=tell, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sum(outcomes.count(NOTED) for outcomes in found) == len(told) == len(rows(db))


_NAMES = st.sampled_from([*written(), "says", "note", "x"]) | st.text()
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(_NAMES, inner),
)


def refusal(value: object) -> str:
    """What is said of a value that is no fact."""
    try:
        read_fact(value)
    except Refused as error:
        return error.message
    return "Taken."


@given(_JSON)
def test_no_json_upsets_the_reader(value: object) -> None:
    for one in (value, {**written(), **value} if isinstance(value, dict) else {**written(), "key": value}):
        assert refusal(one).endswith(".")


@pytest.mark.parametrize(
    "octets",
    [b"", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * 100_000, b'"\xed\xa0\x80"'],
    ids=["none", "open", "no text", "twice", "deep", "half"],
)
def test_what_is_no_json_is_refused(octets: bytes) -> None:
    with pytest.raises(Refused, match="not JSON"):
        read_json(octets)


@pytest.mark.parametrize("kind", sorted(set(Kind) - TELLABLE))
def test_what_people_told_us_nobody_tells_for_them(kind: str) -> None:
    with pytest.raises(Refused, match="cannot be"):
        fact(1, kind=kind)


def test_a_fact_that_asks_for_a_hand_opens_work_once(db: Database, house: cast.Cast, now: datetime) -> None:
    told = [
        fact(1, serial="C77", kind="staff_note", detail="trade_in", author="Eva"),
        fact(2, serial="A103000", kind="staff_note", says="not_in_use", detail="sold", author="Eva"),
        fact(3, serial="C77", kind="telemetry"),
    ]
    for _ in range(2):
        became(db, now, *told)
    assert [(row.unit_id, row.rule, row.team) for row in opened(db)] == [
        (house.c77.id, "wants_machine", "sales"),
        (house.a103000.id, "sold", "service"),
    ]
