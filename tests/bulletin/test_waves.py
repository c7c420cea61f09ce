from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.waves import WHOLE, Step, Waves, in_words, read_waves
from newsletter.errors import BadTime

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("words", "waves"),
    [
        pytest.param("", (), id="nothing"),
        pytest.param(" , ", (), id="as good as nothing"),
        pytest.param("10 %, 4 h, rest", (Step(1000), Step(9000, 4 * HOUR)), id="plain"),
        pytest.param("10%,4h,rest", (Step(1000), Step(9000, 4 * HOUR)), id="without spaces"),
        pytest.param("10 %, wait 4 hours, the rest", (Step(1000), Step(9000, 4 * HOUR)), id="as one says it"),
        pytest.param(
            "5%, 1h, 20%, 90 min, rest", (Step(500), Step(2000, HOUR), Step(7500, 1.5 * HOUR)), id="three waves"
        ),
        pytest.param("2,5 %, 1 d, rest", (Step(250), Step(9750, 24 * HOUR)), id="a comma in the share"),
        pytest.param("0.5%; 1h; rest", (Step(50), Step(9950, HOUR)), id="semicolons"),
        pytest.param("50%, 1h, 50%", (Step(5000), Step(5000, HOUR)), id="the rest in figures"),
    ],
)
def test_waves_are_read_as_they_are_said(words: str, waves: Waves) -> None:
    assert read_waves(words) == waves


@pytest.mark.parametrize(
    "words",
    [
        "10 %",
        "rest",
        "100 %",
        "10 %, 4 h",
        "10 %, rest",
        "10 %, 4 h, 20 %",
        "10 %, 0 h, rest",
        "10 %, 31 d, rest",
        "0 %, 4 h, rest",
        "60 %, 1 h, 60 %, 1 h, rest",
        "100 %, 1 h, rest",
        "10 %, 4 h, rest, 1 h, 5 %",
        "4 h, 10 %, rest",
        "ten, 4 h, rest",
        "10 %, 4 parsecs, rest",
        "1%, 1h, " * 20 + "rest",
        "10 %, 4 h\0, rest",
        "99999999999 %, 1h, rest",
    ],
)
def test_what_is_no_plan_is_refused_in_words(words: str) -> None:
    with pytest.raises(BadTime) as refusal:
        read_waves(words)
    assert refusal.value.hint


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 43_200)), min_size=1, max_size=19))
def test_a_plan_said_and_read_again_is_the_same_and_leaves_nobody_out(early: list[tuple[int, int]]) -> None:
    shares = [share for share, _ in early]
    shares.append(WHOLE - sum(shares))
    pauses = [timedelta(0), *(timedelta(minutes=minutes) for _, minutes in early)]
    waves = tuple(Step(share, pause) for share, pause in zip(shares, pauses, strict=True))
    assert read_waves(in_words(waves)) == waves
    assert sum(step.share for step in waves) == WHOLE
