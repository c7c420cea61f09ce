"""Seats at relays, with time as a number."""

from collections import Counter
from collections.abc import Sequence

import pytest

from newsletter.smtp.pool import CALM, LONGEST_REST, SHORTEST_REST, Pool
from newsletter.smtp.relay import Relay


def pool_of(*urls: str, most: int = 8) -> Pool:
    return Pool([Relay.from_url(url) for url in urls], most)


def done(
    pool: Pool, name: str, now: float, *, copies: int = 500, is_troubled: bool = False, has_time: bool = True
) -> None:
    """A batch in one seat, from its last copy to giving the seat back."""
    pool.note(name, copies, now, is_troubled=is_troubled, has_time=has_time)
    pool.give(name)


def shares(pool: Pool, names: Sequence[str], batches: int) -> Counter[str]:
    """Who gets how many of some batches, when each relay asks in turn for the next."""
    got: Counter[str] = Counter()
    while got.total() < batches:
        for name in names:
            if pool.take(name, 0.0):
                got[name] += 1
                done(pool, name, 0.0, has_time=False)
    return got


def test_a_relay_begins_with_one_connection_and_grows_while_all_seats_are_taken() -> None:
    pool = pool_of("smtp://a.example?name=a", most=3)
    for expected in (2, 3, 3):
        seats = [pool.take("a", 100.0) for _ in range(4)]
        assert sum(seats) == pool.allowed("a")
        for _ in range(sum(seats)):
            done(pool, "a", 100.0)
        assert pool.allowed("a") == expected


def test_it_does_not_grow_where_a_seat_is_free_or_this_process_has_no_time() -> None:
    pool = pool_of("smtp://a.example?name=a")
    for has_time in (False, True):
        assert pool.take("a", 100.0)
        done(pool, "a", 100.0, has_time=has_time)
    assert pool.allowed("a") == 2
    assert pool.take("a", 100.0)
    done(pool, "a", 100.0)
    assert pool.allowed("a") == 2


def test_trouble_halves_the_connections_once_and_growth_waits_until_it_is_calm() -> None:
    pool = pool_of("smtp://a.example?name=a")
    _grow(pool, "a", 8)
    for _ in range(3):
        assert pool.take("a", 100.0)
    for _ in range(3):
        done(pool, "a", 100.0, copies=0, is_troubled=True)
    assert pool.allowed("a") == 4
    _use_all(pool, "a", 100.0 + CALM)
    assert pool.allowed("a") == 4
    _use_all(pool, "a", 100.1 + CALM)
    assert pool.allowed("a") > 4


@pytest.mark.parametrize(
    ("urls", "expected"),
    [
        pytest.param(("smtp://a.example?name=a", "smtp://b.example?name=b"), {"a": 50, "b": 50}, id="even"),
        pytest.param(
            ("smtp://a.example?name=a&weight=3", "smtp://b.example?name=b"), {"a": 75, "b": 25}, id="three to one"
        ),
        pytest.param(("smtp://a.example?name=a", "smtp://b.example?name=b&weight=0"), {"a": 100}, id="with a reserve"),
    ],
)
def test_copies_go_in_the_ratio_of_the_weights(urls: tuple[str, str], expected: dict[str, int]) -> None:
    got = shares(pool_of(*urls), ("a", "b"), 100)
    assert all(abs(got[name] - count) <= 1 for name, count in expected.items())


def test_a_slow_relay_holds_the_others_back_in_nothing() -> None:
    pool = pool_of("smtp://a.example?name=a&weight=9", "smtp://b.example?name=b")
    assert pool.take("a", 0.0)  # and keeps its only seat for long
    for _ in range(50):
        assert pool.take("b", 0.0)
        done(pool, "b", 0.0, has_time=False)


def test_the_reserve_works_while_no_other_relay_can_be_reached() -> None:
    pool = pool_of("smtp://a.example?name=a", "smtp://b.example?name=b&weight=0")
    assert not pool.take("b", 0.0)
    assert pool.take("a", 0.0)
    pool.fail("a", 0.0)
    assert pool.take("b", 0.0)
    done(pool, "b", 0.0)
    assert not pool.take("b", SHORTEST_REST)
    assert pool.take("a", SHORTEST_REST)


def test_a_relay_that_cannot_be_reached_is_left_alone_longer_each_time_and_not_beyond_a_limit() -> None:
    pool = pool_of("smtp://a.example?name=a")
    now, rests = 0.0, []
    for _ in range(9):
        assert pool.take("a", now)
        pool.fail("a", now)
        rest = SHORTEST_REST
        while not pool.take("a", now + rest):
            rest *= 2
        done(pool, "a", now + rest, copies=0)
        rests.append(rest)
        now += rest
    assert rests[:3] == [SHORTEST_REST, 2 * SHORTEST_REST, 4 * SHORTEST_REST]
    assert max(rests) < 2 * LONGEST_REST


def test_one_connection_too_many_does_not_make_a_relay_rest() -> None:
    pool = pool_of("smtp://a.example?name=a")
    _grow(pool, "a", 4)
    assert pool.take("a", 100.0)
    assert pool.take("a", 100.0)
    pool.fail("a", 100.0)
    assert pool.allowed("a") == 2
    assert pool.take("a", 100.0)


def test_a_relay_that_comes_back_does_not_make_up_for_the_time_it_was_away() -> None:
    pool = pool_of("smtp://a.example?name=a", "smtp://b.example?name=b")
    assert pool.take("a", 0.0)
    pool.fail("a", 0.0)
    for _ in range(100):
        assert pool.take("b", 0.0)
        done(pool, "b", 0.0, has_time=False)
    assert pool.take("a", 1.0)
    pool.fail("a", 1.0)
    got: Counter[str] = Counter()
    for _ in range(20):
        for name in ("a", "b"):
            if pool.take(name, 100.0):
                got[name] += 1
                done(pool, name, 100.0, has_time=False)
    assert abs(got["a"] - got["b"]) <= 1


def _grow(pool: Pool, name: str, to: int) -> None:
    while pool.allowed(name) < to:
        _use_all(pool, name, 50.0)


def _use_all(pool: Pool, name: str, now: float) -> None:
    seats = 0
    while pool.take(name, now):
        seats += 1
    for _ in range(seats):
        done(pool, name, now)
