"""The slots of a limit, by their laws."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from newsletter.pace.rate import Rate, read_rate
from newsletter.pace.timeline import HORIZON, SECOND, Timeline, meet
from tests.pace.sending import excess

START = 50 * SECOND
rates = st.builds(Rate, st.integers(1, 30_000), st.sampled_from([1, 60, 3600]))
steps = st.lists(st.tuples(st.integers(0, SECOND), st.integers(0, HORIZON), st.booleans()), max_size=60)


def asked(lines: list[list[Timeline]], turns: list[tuple[int, int, bool]]) -> list[tuple[int, list[int]]]:
    """When copies go that ask for one set of limits or the other in turn, and the slots they used up."""
    now, sends = START, []
    for wait, reach, other in turns:
        now += wait
        chosen = lines[other]
        at = meet(chosen, now, now + reach)
        if at is not None:
            assert now <= at <= now + reach
            sends.append((at, [line.take(at, now) for line in chosen]))
    return sends


@given(rates, rates, steps)
def test_slots_keep_their_distance_whatever_is_asked(one: Rate, two: Rate, turns: list[tuple[int, int, bool]]) -> None:
    fast, slow = Timeline(one.spacing, 0), Timeline(two.spacing, 0)
    sends = asked([[fast], [fast, slow]], turns)
    for line, slots in (
        (fast, sorted(slots[0] for _, slots in sends)),
        (slow, sorted(slots[1] for _, slots in sends if len(slots) > 1)),
    ):
        assert all(b - a >= line.spacing.step for a, b in pairwise(slots))
    assert all(
        at - line.spacing.hit <= slot <= at
        for at, slots in sends
        for line, slot in zip((fast, slow), slots, strict=False)
    )


@given(rates, rates, steps)
def test_no_window_holds_more_than_the_rate(one: Rate, two: Rate, turns: list[tuple[int, int, bool]]) -> None:
    fast, slow = Timeline(one.spacing, 0), Timeline(two.spacing, 0)
    sends = asked([[fast], [fast, slow]], turns)
    # A copy goes from its slot to a leeway later: the worst is every second one at its last moment.
    for index, (line, rate) in enumerate(((fast, one), (slow, two))):
        slots = sorted(each[index] for _, each in sends if len(each) > index)
        times = [slot + (line.spacing.leeway if number % 2 else 0) for number, slot in enumerate(slots)]
        assert excess(sorted(at / SECOND for at in times), rate.per_second) < 1e-6


@given(rates, steps)
def test_what_is_kept_goes_on_where_it_was(rate: Rate, turns: list[tuple[int, int, bool]]) -> None:
    line = Timeline(rate.spacing, 0)
    sends = asked([[line], [line]], turns)
    now = START + sum(wait for wait, _, _ in turns)
    again = Timeline.from_kept(rate.spacing, line.last, rate.spacing.step, line.holes, now=now)
    assert (again.next, again.fit(now)) == (line.next, line.fit(now))
    changed = Timeline.from_kept(rate.spacing, line.last, rate.spacing.step + 1, line.holes, now=now)
    assert not changed.holes
    assert len(sends) == line.given


@given(rates, st.integers(HORIZON + SECOND // 10 + 1, 10**15))
def test_a_clock_that_ran_ahead_costs_one_horizon(rate: Rate, ahead: int) -> None:
    line = Timeline.from_kept(rate.spacing, START + ahead, rate.spacing.step, [(START, 5)], now=START)
    assert line.has_healed
    assert line.fit(START) <= START + HORIZON + rate.spacing.step


@given(rates, steps, st.integers(0, HORIZON), st.integers(0, HORIZON))
def test_free_slots_are_counted_as_they_can_be_taken(
    rate: Rate, turns: list[tuple[int, int, bool]], begin: int, length: int
) -> None:
    line = Timeline(rate.spacing, 0)
    asked([[line], [line, Timeline(read_rate("3/s").spacing, 0)]], turns)
    now = START + sum(wait for wait, _, _ in turns)
    begin, end = now + begin, now + begin + min(length, 300 * line.spacing.step)
    slots = [first + number * line.spacing.step for first, count in line.holes for number in range(min(count, 40_000))]
    fresh = [
        line.next + number * line.spacing.step for number in range(max(0, (end - line.next) // line.spacing.step + 1))
    ]
    assert line.free(begin, end) == len([slot for slot in slots + fresh if begin <= slot <= end])


def test_slots_jumped_over_are_not_lost() -> None:
    relay, domain = Timeline(read_rate("100/s").spacing, 0), Timeline(read_rate("2/s").spacing, 0)
    first = meet([relay, domain], START, START + HORIZON)
    assert first == START
    relay.take(START, START)
    domain.take(START, START)
    second = meet([relay, domain], START, START + HORIZON)
    assert second is not None
    assert second - START > 0.4 * SECOND
    relay.take(second, START)
    domain.take(second, START)
    between = [relay.take(at, START) for _ in range(45) if (at := relay.fit(START)) < second]
    assert len(between) == 45
    assert max(between) < second


def test_a_rate_is_given_up_by_little_more_than_one_in_a_hundred() -> None:
    for words in ("1/d", "3000/h", "50/s", "20000/s"):
        rate = read_rate(words)
        assert 1 - SECOND / rate.spacing.step / rate.per_second < 0.0141
