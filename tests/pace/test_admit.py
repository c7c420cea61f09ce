"""Asking for copies to go, on both databases."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import delete, event
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.pace.admission import Admission, Errand, Reason, Wish
from newsletter.pace.admit import admit, give_back
from newsletter.pace.change import forget_run, rate_run, set_hours, set_rate, unset_rate, warm_up
from newsletter.pace.hours import Hours
from newsletter.pace.limits import Limits, limits_in_force
from newsletter.pace.meter import Meter
from newsletter.pace.pause import block_domain, pause_domain, resume_domain
from newsletter.pace.rate import read_rate
from newsletter.pace.rule import EVERY, Kind
from newsletter.pace.tick import Tick
from newsletter.pace.timeline import SECOND
from newsletter.pace.warming import Warming

ERRAND = Errand(7, "relay.acme.example", "UTC")
RELAY = (Kind.RELAY, ERRAND.relay)
LONG_AFTER_BOOT = 100_000 * SECOND


class Clock:
    """A shared clock that stands until it is told to go on."""

    def __init__(self) -> None:
        self.shared = LONG_AFTER_BOOT

    def __call__(self, _session: Session) -> Tick:
        return Tick(self.shared, self.shared / SECOND)

    def go_on(self, seconds: float) -> None:
        self.shared += int(seconds * SECOND)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ask(db: Database, clock: Clock, now: datetime) -> Callable[..., Admission]:
    """Ask for copies to a domain, as an engine with fresh eyes."""

    def asked(count: int, domain: str = "gears.example", *, at: datetime = now, **wish: object) -> Admission:
        wishes = [Wish(number, domain, **wish) for number in range(1, count + 1)]  # type: ignore[arg-type] - by field
        with db.write() as session:
            return admit(session, limits_in_force(session), ERRAND, wishes, at, clock)

    return asked


def rate(db: Database, kind: Kind, name: str, words: str, now: datetime) -> None:
    set_rate(db, kind, name, read_rate(words), by="Ann", now=now)


def limits(db: Database, known: Limits | None = None) -> Limits:
    with db.read() as session:
        return limits_in_force(session, known)


def test_where_nothing_is_set_nothing_is_asked(db: Database) -> None:
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *call: statements.append(call[2]))
    known = limits(db)
    assert known.is_empty
    assert limits(db, known) is known
    assert len([text for text in statements if text.startswith("SELECT")]) == 2


def test_what_was_not_changed_is_not_read_again(db: Database, now: datetime) -> None:
    rate(db, *RELAY, "50/s", now)
    known = limits(db)
    assert limits(db, known) is known
    rate(db, *RELAY, "60/s", now)
    assert limits(db, known).relays == {ERRAND.relay: read_rate("60/s")}


def test_slots_of_a_relay_are_spaced_and_end_at_the_horizon(db: Database, ask: Callable[..., Admission]) -> None:
    rate(db, *RELAY, "50/s", datetime(2026, 1, 1, tzinfo=UTC))
    admission = ask(100)
    starts = [slot.not_before - LONG_AFTER_BOOT / SECOND for slot in admission.slots.values()]
    assert starts[0] == pytest.approx(0.008)  # the time a commit takes
    assert min(b - a for a, b in pairwise(starts[1:])) >= 0.0199
    assert 0.4 < starts[-1] <= 1
    assert len(admission.slots) + len(admission.later) < 100
    assert admission.stop is not None
    assert admission.stop.reason is Reason.RELAY


def test_engines_share_the_slots_of_a_run(db: Database, clock: Clock, now: datetime) -> None:
    with db.write() as session:
        rate_run(session, ERRAND.run_id, read_rate("100/s"), by="Ann", now=now)
    known, starts = limits(db), []
    for _ in range(40):
        with db.write() as session:
            admission = admit(session, known, ERRAND, [Wish(id_, "a.example") for id_ in range(10)], now, clock)
        starts += [slot.not_before for slot in admission.slots.values()]
        clock.go_on(0.1)
    assert len(starts) == len(set(starts))
    assert 0.98 * 100 * 4 <= len([start for start in starts if start < clock.shared / SECOND]) <= 401


def test_a_domain_that_is_full_does_not_hold_back_the_others(db: Database, clock: Clock, now: datetime) -> None:
    rate(db, Kind.DOMAIN, EVERY, "2/s", now)
    wishes = [Wish(number, "slow.example") for number in range(10)] + [Wish(99, "other.example")]
    with db.write() as session:
        admission = admit(session, limits_in_force(session), ERRAND, wishes, now, clock)
    assert set(admission.slots) == {0, 1, 99}
    assert admission.stop is None
    assert {later.reason for later in admission.later.values()} == {Reason.DOMAIN}
    untils = [admission.later[number].until for number in range(2, 10)]
    assert untils == sorted(untils)
    assert timedelta(seconds=3) < untils[-1] - now < timedelta(seconds=6)


def test_a_domain_has_its_own_rate_before_that_of_every_domain(
    db: Database, ask: Callable[..., Admission], now: datetime
) -> None:
    rate(db, Kind.DOMAIN, EVERY, "1/s", now)
    rate(db, Kind.DOMAIN, "Gears.example", "1000/s", now)
    assert len(ask(100).slots) == 100
    assert len(ask(100, "valves.example").slots) == 1


def test_a_raised_rate_counts_at_once(db: Database, ask: Callable[..., Admission], clock: Clock, now: datetime) -> None:
    rate(db, *RELAY, "1/h", now)
    assert len(ask(5).slots) == 1
    clock.go_on(60)
    assert not ask(5).slots
    rate(db, *RELAY, "100/s", now)
    assert len(ask(5).slots) == 5


def test_a_rate_taken_back_holds_nobody(db: Database, ask: Callable[..., Admission], now: datetime) -> None:
    rate(db, *RELAY, "1/h", now)
    ask(5)
    unset_rate(db, *RELAY, by="Ann", now=now)
    assert len(ask(5).slots) == 5
    assert limits(db).is_empty


def test_a_run_that_is_over_leaves_no_rate_behind(db: Database, now: datetime) -> None:
    with db.write() as session:
        rate_run(session, 7, read_rate("1/h"), by="Ann", now=now)
    with db.write() as session:
        forget_run(session, 7)
    assert limits(db).is_empty


def test_a_clock_that_was_an_hour_ahead_heals_in_a_second(
    db: Database, ask: Callable[..., Admission], clock: Clock, now: datetime
) -> None:
    rate(db, *RELAY, "50/s", now)
    clock.go_on(3600)
    ask(100)
    clock.go_on(-3600)
    assert not ask(1).slots  # what the wrong clock gave away may still be on its way
    clock.go_on(1.1)
    assert len(ask(100).slots) >= 25


def test_after_an_hour_of_rest_there_is_no_burst(
    db: Database, ask: Callable[..., Admission], clock: Clock, now: datetime
) -> None:
    rate(db, *RELAY, "50/s", now)
    ask(1)
    clock.go_on(3600)
    starts = [slot.not_before for slot in ask(100).slots.values()]
    assert len([start for start in starts if start < starts[0] + 0.5]) <= 26


def test_an_account_gets_no_more_than_its_copies_of_a_day(
    db: Database, ask: Callable[..., Admission], now: datetime
) -> None:
    rate(db, Kind.ACCOUNT, EVERY, "3/d", now)
    rate(db, Kind.ACCOUNT, "12", "1/d", now)
    assert len(ask(5, account_id=11).slots) == 3
    second = ask(5, account_id=11)
    assert not second.slots
    assert {later.until for later in second.later.values()} == {datetime(2026, 11, 22, tzinfo=UTC)}
    assert len(ask(5, account_id=12).slots) == 1
    assert len(ask(5, account_id=11, at=now + timedelta(days=1)).slots) == 3


def test_a_copy_that_never_went_out_is_given_back_to_its_day(
    db: Database, ask: Callable[..., Admission], now: datetime
) -> None:
    rate(db, Kind.ACCOUNT, EVERY, "3/d", now)
    ask(5, account_id=11)
    with db.write() as session:
        give_back(session, limits_in_force(session), ERRAND, [Wish(1, "a.example", 11), Wish(2, "a.example", 11)], now)
    assert len(ask(5, account_id=11).slots) == 2


def test_a_warm_up_counts_by_the_day_of_the_house(db: Database, ask: Callable[..., Admission], now: datetime) -> None:
    plan = Warming(date(2026, 11, 21), first=10, factor=2, enough=35)
    warm_up(db, ERRAND.relay, plan, by="Ann", now=now)
    first = ask(30)
    assert len(first.slots) == 10
    assert first.stop is not None
    assert first.stop.reason is Reason.WARM_UP
    assert first.stop.until == datetime(2026, 11, 22, tzinfo=UTC)
    assert len(ask(30, at=now + timedelta(days=1)).slots) == 20
    assert len(ask(50, at=now + timedelta(days=2)).slots) == 50


def test_nothing_counted_by_the_day_is_admitted_in_its_last_second(
    db: Database, ask: Callable[..., Admission], now: datetime
) -> None:
    rate(db, Kind.ACCOUNT, EVERY, "3/d", now)
    assert not ask(1, account_id=11, at=datetime(2026, 11, 21, 23, 59, 59, 500_000, UTC)).slots


def test_quiet_hours_are_those_of_the_recipient(db: Database, clock: Clock, now: datetime) -> None:
    set_hours(db, Hours(time(7), time(20), frozenset(range(1, 7))), by="Ann", now=now)
    wishes = [
        Wish(1, "a.example", zones=("Europe/Berlin",)),  # 10:00
        Wish(2, "a.example", zones=("America/New_York",)),  # 04:00
        Wish(3, "a.example", zones=("Pacific/Auckland",)),  # 22:00, and tomorrow is Sunday
    ]
    with db.write() as session:
        admission = admit(session, limits_in_force(session), ERRAND, wishes, now, clock)
    assert set(admission.slots) == {1}
    assert admission.later[2].until == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert admission.later[2].why == "quiet hours until Saturday 07:00 America/New_York"
    assert admission.later[3].until == datetime(2026, 11, 22, 18, tzinfo=UTC)


def test_no_slot_reaches_into_quiet_hours(db: Database, ask: Callable[..., Admission], now: datetime) -> None:
    set_hours(db, Hours(time(7), time(20)), by="Ann", now=now)
    assert ask(1, at=datetime(2026, 11, 21, 19, 59, 58, tzinfo=UTC)).slots
    assert not ask(1, at=datetime(2026, 11, 21, 19, 59, 59, tzinfo=UTC)).slots


def test_a_paused_domain_waits_until_somebody_resumes_it(
    db: Database, ask: Callable[..., Admission], now: datetime
) -> None:
    with db.write() as session:
        pause_domain(session, "Gears.example", "they asked us to", by="Ann", now=now)
    held = ask(1).later[1]
    assert (held.reason, held.why) == (Reason.PAUSED, "gears.example is paused: they asked us to")
    assert ask(1, "valves.example").slots
    with db.write() as session:
        resume_domain(session, "gears.example", by="Ann", now=now)
    assert ask(1).slots


def test_after_a_block_a_domain_is_tried_with_care(
    db: Database, ask: Callable[..., Admission], clock: Clock, now: datetime
) -> None:
    with db.write() as session:
        until = block_domain(session, "gears.example", "550 5.7.1 blocked", by="engine", now=now)
    assert not ask(9, at=until - timedelta(seconds=1)).slots
    assert len(ask(9, at=until).slots) == 1
    clock.go_on(1000)
    assert len(ask(9, at=until + timedelta(minutes=10)).slots) == 9


def test_who_is_not_admitted_has_reserved_nothing(db: Database, ask: Callable[..., Admission], now: datetime) -> None:
    rate(db, *RELAY, "10/s", now)
    rate(db, Kind.DOMAIN, "gears.example", "1/h", now)
    assert len(ask(500).slots) == 1
    assert len(ask(100, "valves.example").slots) >= 4


def test_engines_that_want_the_same_rows_do_not_wait_for_each_other_in_a_circle(db: Database, now: datetime) -> None:
    rate(db, Kind.DOMAIN, EVERY, "10/s", now)
    rate(db, Kind.ACCOUNT, EVERY, "900/d", now)

    def hammer(seed: int) -> int:
        dice, admitted = random.Random(seed), 0  # noqa: S311 - a seeded die, no secret
        for round_ in range(12):
            chosen = dice.sample(range(60), 30)
            wishes = [Wish(number, f"d{number}.example", number % 7) for number in chosen]
            with db.write() as session:
                admitted += len(admit(session, limits_in_force(session), ERRAND, wishes, now).slots)
            if round_ % 4 == seed:
                with db.write() as session:
                    session.execute(delete(Meter).where(Meter.key.like("domain d1%")))  # as sweeping would
        return admitted

    with ThreadPoolExecutor(4) as engines:
        assert all(admitted > 30 for admitted in engines.map(hammer, range(4)))
