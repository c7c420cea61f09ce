"""The rule of a trial: which variant goes on, how often that is chance, and what a sample can find at all."""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.trial import Measure, Trial
from newsletter.bulletin.waves import WHOLE
from newsletter.ledger.trial_rule import Decided, Halves, by_hand, decide, points, rule_in_words
from newsletter.question.power import detectable
from newsletter.question.rates import Tally, newcombe

TRIAL = Trial(2_000, timedelta(hours=4))


def halves(a: int, b: int, of: int = 1_000) -> Halves:
    return Halves(Tally(of, a), Tally(of, b))


@pytest.mark.parametrize(
    ("trial", "seen", "winner", "is_told"),
    [
        (TRIAL, halves(100, 160), "b", True),
        (TRIAL, halves(160, 100), "a", True),
        (TRIAL, halves(100, 110), "a", False),
        (TRIAL, halves(0, 0), "a", False),
        (TRIAL, Halves(Tally(0, 0), Tally(0, 0)), "a", False),
        (TRIAL, Halves(Tally(1, 1), Tally(0, 0)), "a", False),
        (Trial(2_000, TRIAL.wait, Measure.OPT_OUTS), halves(20, 60), "a", True),
        (Trial(2_000, TRIAL.wait, Measure.OPT_OUTS), halves(60, 20), "b", True),
        (Trial(WHOLE, TRIAL.wait), halves(100, 110), "", False),
    ],
)
def test_the_better_one_goes_on_where_the_interval_leaves_out_zero_and_else_a(
    trial: Trial, seen: Halves, winner: str, *, is_told: bool
) -> None:
    decided = decide(trial, seen)
    assert (decided.winner, decided.is_told_from_chance) == (winner, is_told)
    assert ("told from chance" in decided.because) is not is_told


def test_the_reason_has_both_shares_the_difference_and_its_interval() -> None:
    interval = newcombe(Tally(1_000, 100), Tally(1_000, 160))
    assert decide(TRIAL, halves(100, 160)).because == (
        "b was more often opened by people. Opened by people: a 100 of 1,000 (10.0%), b 160 of 1,000 (16.0%)."
        f" b less a: +6.0 points, 95 % interval {points(interval.low)} to {points(interval.high)}."
    )


def test_a_choice_by_hand_says_who_and_that_the_interval_is_that_of_any_time() -> None:
    said = by_hand(Measure.CLICKS, halves(10, 14, of=100), "mara@vendor.example")
    assert said.startswith("Chosen by mara@vendor.example before the end.")
    assert said.endswith("for who looks at any time.")


def test_the_rule_is_told_in_words_before_anything_is_sent() -> None:
    assert rule_in_words(TRIAL) == (
        "4 hours after the sample has gone out, once, the share of copies opened by people is compared. If the 95 %"
        " interval of the difference leaves out zero, the one more often opened by people goes to the rest; else no"
        " difference can be told from chance, and a goes to the rest."
    )


@given(of_a=st.integers(0, 500), of_b=st.integers(0, 500), a=st.floats(0, 1), b=st.floats(0, 1))
def test_turning_both_round_turns_the_winner_round(of_a: int, of_b: int, a: float, b: float) -> None:
    first, second = Tally(of_a, int(of_a * a)), Tally(of_b, int(of_b * b))
    decided, turned = decide(TRIAL, Halves(first, second)), decide(TRIAL, Halves(second, first))
    assert decided.is_told_from_chance == turned.is_told_from_chance
    if decided.is_told_from_chance:
        assert {decided.winner, turned.winner} == {"a", "b"}


def named(rate_a: float, rate_b: float, *, worlds: int = 2_000, each: int = 400) -> list[Decided]:
    """What the rule says in so many worlds, drawn with a seed."""
    lot = Random(20260801)  # noqa: S311 - no secret

    def drawn(rate: float) -> Tally:
        return Tally(each, sum(lot.random() < rate for _ in range(each)))

    found = [decide(TRIAL, Halves(drawn(rate_a), drawn(rate_b))) for _ in range(worlds)]
    return [decided for decided in found if decided.is_told_from_chance]


def test_of_two_equal_variants_one_is_named_better_in_one_of_twenty_worlds_at_most() -> None:
    """2,000 worlds: 5 % and two standard errors of such a count."""
    assert len(named(0.1, 0.1)) <= 2_000 * 0.05 + 20


def test_a_large_difference_is_nearly_always_found_and_never_the_wrong_way() -> None:
    found = named(0.1, 0.2)
    assert len(found) >= 2_000 * 0.97
    assert {decided.winner for decided in found} == {"b"}


def test_what_a_sample_can_find_is_found_in_four_of_five_worlds() -> None:
    found = detectable(0.1, 400)
    assert found is not None
    assert 0.75 <= len(named(0.1, 0.1 + found)) / 2_000 <= 0.86
    assert detectable(0.1, 0) is None
    assert detectable(0.99, 20) is None
