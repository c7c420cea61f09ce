"""Limits alone and together: never above in any window of a second or longer, at most 2 % below."""

from dataclasses import dataclass

import pytest

from newsletter.pace.limits import Limits
from newsletter.pace.rate import Rate, read_rate
from newsletter.pace.rule import EVERY
from tests.pace.in_memory import endless
from tests.pace.sending import RELAY, Sent, excess, mean

MANY = {f"d{number}.example": 1.0 for number in range(50)}
MIXED = {"slow.example": 5.0, "big.example": 20.0, **MANY}
WARM = 12.0  # seconds after which an engine knows which limits are pressed


def rates(**words: str) -> dict[str, Rate]:
    return {name.removeprefix("run_").replace("_", "."): read_rate(word) for name, word in words.items()}


@dataclass(frozen=True)
class Case:
    name: str
    limits: Limits
    kept: tuple[tuple[str, str], ...]
    domains: dict[str, float]
    runs: tuple[int, ...] = (1, 1, 1, 1)
    seconds: float = 30


RELAY_600 = {RELAY: read_rate("600/s")}
CASES = [
    Case("a relay", Limits(1, relays=rates(relay_acme_example="1000/s")), (("", "1000/s"),), MANY),
    Case("a slow relay", Limits(1, relays=rates(relay_acme_example="3000/h")), (("", "3000/h"),), MANY),
    Case("a run", Limits(1, runs=rates(run_1="300/s")), (("1", "300/s"),), MANY),
    Case("a domain", Limits(1, domains=rates(big_example="30/s")), (("big.example", "30/s"),), MIXED, seconds=6),
    Case(
        "everything, with a rate for every domain",
        Limits(
            1,
            relays=RELAY_600,
            runs=rates(run_1="200/s"),
            domains={**rates(big_example="100/s", slow_example="20/s"), EVERY: read_rate("60/s")},
        ),
        (("", "600/s"), ("1", "200/s"), ("big.example", "100/s"), ("slow.example", "20/s")),
        MIXED,
        (1, 1, 2, 2),
    ),
    Case(
        "everything, most domains free",
        Limits(1, relays=RELAY_600, runs=rates(run_1="200/s"), domains=rates(big_example="100/s", slow_example="20/s")),
        (("", "600/s"), ("1", "200/s"), ("big.example", "100/s"), ("slow.example", "20/s")),
        MIXED,
        (1, 1, 2, 2),
    ),
    Case(
        "a slow relay with a slow domain",
        Limits(1, relays=rates(relay_acme_example="50/s"), domains=rates(slow_example="5/s")),
        (("", "50/s"), ("slow.example", "5/s")),
        {"slow.example": 15.0, **MANY},
    ),
    Case(
        "a domain that few engines know",
        Limits(1, relays=RELAY_600, domains=rates(slow_example="20/s")),
        (("", "600/s"), ("slow.example", "20/s")),
        {"slow.example": 4.0, **MANY},
    ),
]


def concerned(sent: list[Sent], name: str) -> list[float]:
    return [one.at for one in sent if name in ("", str(one.run_id), one.domain)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_limit_is_kept_and_used(case: Case) -> None:
    sent = endless(case.limits, [(run, case.domains) for run in case.runs], case.seconds)
    for name, words in case.kept:
        rate, times = read_rate(words).per_second, concerned(sent, name)
        assert excess(times, rate) <= 0, name
        assert mean([at for at in times if at > min(WARM, case.seconds / 2)]) >= 0.98 * rate, name


def test_two_large_domains_do_not_keep_a_relay_to_themselves() -> None:
    limits = Limits(1, relays=rates(relay_acme_example="100/s"), domains=rates(big_example="80/s", huge_example="90/s"))
    sent = endless(limits, [(1, {"big.example": 45.0, "huge.example": 45.0, "free.example": 10.0})] * 4, 30)
    assert len(concerned([one for one in sent if one.at > WARM], "free.example")) >= 0.025 * 100 * (30 - WARM)


def test_the_law_itself_sees_one_send_too_many() -> None:
    even = [number * 0.1 for number in range(100)]
    assert excess(even, 10.001) <= 0
    assert excess(sorted([*even, 5.05]), 10) > 0
    assert excess([0.0, 0.1, 0.2, 0.3], 2) == pytest.approx(1)  # four within a second, three are lawful
