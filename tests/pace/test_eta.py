"""The end that is foretold, beside the end that comes."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import pytest

from newsletter.pace.admission import Errand
from newsletter.pace.eta import Eta, Left, eta
from newsletter.pace.hours import Hours
from newsletter.pace.limits import Limits, Pause
from newsletter.pace.rate import Rate, read_rate
from newsletter.pace.rule import EVERY
from newsletter.pace.warming import Warming
from tests.pace.in_memory import BEGIN, until_done
from tests.pace.sending import RELAY

ERRAND = Errand(1, RELAY, "UTC")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe")
Copies = list[tuple[str, tuple[str, ...]]]


def foretold(limits: Limits, copies: Copies, now: datetime = BEGIN, **known: float) -> Eta:
    left = [Left(domain, number, zones) for (domain, zones), number in Counter(copies).items()]
    return eta(left, limits, ERRAND, now, **known)  # type: ignore[arg-type] - each word has its own type


def seconds(told: Eta) -> float:
    assert told.done_at is not None, told.why
    return (told.done_at - BEGIN).total_seconds()


@dataclass(frozen=True)
class Case:
    """What is set, and whom the copies go to."""

    limits: Limits
    copies: Copies


def made_up(seed: int) -> Case:
    """Some of all limits, by dice."""
    dice = random.Random(seed)  # noqa: S311 - a seeded die, no secret

    def perhaps(likely: float, *words: str) -> Rate | None:
        return read_rate(dice.choice(words)) if dice.random() < likely else None

    def named(**found: Rate | None) -> dict[str, Rate]:
        names = {"relay": RELAY, "run": "1", "big": "big.example", "slow": "slow.example", "every": EVERY}
        return {names[name]: rate for name, rate in found.items() if rate}

    hours = Hours(time(7), time(19), frozenset(range(1, 7)), frozenset({(date(2026, 11, 23), "Asia/Tokyo")}))
    limits = Limits(
        1,
        relays=named(relay=perhaps(1, "50/s", "200/s", "6000/min")),
        runs=named(run=perhaps(0.5, "40/s", "100/s")),
        domains=named(
            big=perhaps(0.6, "20/s", "50/s", "600/min"), slow=perhaps(0.5, "1/s", "2/s"), every=perhaps(0.2, "60/s")
        ),
        warm_ups={RELAY: Warming(BEGIN.date(), 1000, 2, 6000)} if dice.random() < 0.25 else {},
        hours=hours if dice.random() < 0.3 else None,
    )
    names = dice.choices(["big.example", "slow.example", "a.example", "b.example"], [30, 3, 30, 30], k=3000)
    return Case(limits, [(name, (dice.choice(ZONES),) if limits.hours else ()) for name in names])


@pytest.mark.parametrize("seed", range(30))
def test_the_end_comes_when_it_was_foretold(seed: int) -> None:
    case = made_up(seed)
    told = seconds(foretold(case.limits, case.copies))
    came = until_done(case.limits, case.copies)[-1]
    assert told == pytest.approx(came, rel=0.05, abs=2)


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_half_way_it_is_foretold_as_well(share: float) -> None:
    case = made_up(6)
    came = until_done(case.limits, case.copies)
    passed = came[int(len(came) * share)]
    rest: Copies = case.copies[int(len(came) * share) :]
    told = seconds(foretold(case.limits, rest, BEGIN + timedelta(seconds=passed)))
    assert told == pytest.approx(came[-1], rel=0.05, abs=2)


@pytest.mark.parametrize("limits", [Limits(), Limits(1, relays={RELAY: read_rate("5000/s")})])
def test_what_no_rate_holds_back_goes_on_as_fast_as_of_late(limits: Limits) -> None:
    copies: Copies = [("a.example", ())] * 20_000
    came = until_done(limits, copies, pause=0.2)  # four engines, 100 copies each 0.2 s: 2,000/s
    of_late = len([at for at in came if 1 <= at < 3]) / 2
    told = foretold(limits, [("a.example", ())] * len([at for at in came if at >= 3]), measured=of_late)
    assert seconds(told) + 3 == pytest.approx(came[-1], rel=0.05)
    assert told.why == "as fast as of late"


def one(domain: str, count: int) -> Copies:
    return [(domain, ())] * count


RATED = {RELAY: read_rate("100/s")}
SLOW = {"slow.example": read_rate("1/s")}


@pytest.mark.parametrize(
    ("limits", "copies", "why"),
    [
        (Limits(1, relays=RATED), one("a.example", 500), "the rate of the relay"),
        (Limits(1, relays=RATED, runs={"1": read_rate("9/s")}), one("a.example", 500), "the rate of the run"),
        (
            Limits(1, relays=RATED, domains=SLOW),
            [*one("a.example", 500), *one("slow.example", 60)],
            "the rate of a domain",
        ),
        (Limits(1, relays=RATED, hours=Hours(time(22), time(4))), one("a.example", 500), "quiet hours"),
        (
            Limits(1, relays=RATED, warm_ups={RELAY: Warming(BEGIN.date(), 10, 2, 1000)}),
            one("a.example", 500),
            "the warm-up of the relay",
        ),
        (
            Limits(1, relays=RATED, pauses={"a.example": Pause(BEGIN + timedelta(hours=1), "blocked", by_engine=True)}),
            one("a.example", 5),
            "a paused domain",
        ),
    ],
)
def test_it_says_what_governs(limits: Limits, copies: Copies, why: str) -> None:
    assert foretold(limits, copies).why == why


def test_a_paused_domain_ends_never_until_somebody_resumes_it() -> None:
    limits = Limits(1, relays=RATED, pauses={"a.example": Pause(None, "asked us to", by_engine=False)})
    assert foretold(limits, one("a.example", 5)) == Eta(None, "not within a year: a paused domain")


def test_without_a_rate_and_before_the_first_copy_nobody_knows() -> None:
    assert foretold(Limits(), one("a.example", 5)).done_at is None


def test_with_nothing_left_it_is_done() -> None:
    assert foretold(Limits(), []) == Eta(BEGIN, "nothing is left")


def test_the_account_with_the_most_copies_gets_its_last_on_its_day() -> None:
    limits = Limits(1, relays=RATED, accounts={EVERY: read_rate("3/d")})
    told = foretold(limits, one("a.example", 10), most_at_one_account=10)
    assert told.why == "what one account may get in a day"
    assert told.done_at is not None
    assert told.done_at.date() == BEGIN.date() + timedelta(days=3)


def test_a_rate_for_every_domain_and_a_thousand_domains_are_soon_reckoned() -> None:
    limits = Limits(1, relays=RATED, domains={EVERY: read_rate("2/s")})
    copies = [(f"d{number % 1000}.example", ()) for number in range(5000)]
    assert seconds(foretold(limits, copies)) == pytest.approx(5000 / 98.6, rel=0.05)


def spread(cases: Sequence[Case]) -> set[str]:
    return {foretold(case.limits, case.copies).why for case in cases}


def test_the_dice_show_every_side() -> None:
    assert len(spread([made_up(seed) for seed in range(30)])) >= 4
