"""A trial in words: what is understood, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from newsletter.bulletin.source import read_source
from newsletter.bulletin.trial import Measure, Trial, in_words, read_trial
from newsletter.bulletin.trial_fit import need_fitting
from newsletter.bulletin.waves import WHOLE, read_waves
from newsletter.bulletin.when import When
from newsletter.errors import BadTime

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("20%, 4h, clicks", Trial(2_000, 4 * HOUR, Measure.CLICKS)),
        ("20 %, wait 4 hours, acknowledged", Trial(2_000, 4 * HOUR, Measure.ACKNOWLEDGED)),
        ("2,5 %; 2 d; opt outs", Trial(250, 48 * HOUR, Measure.OPT_OUTS)),
        ("100 %, 2 d, opt-outs", Trial(WHOLE, 48 * HOUR, Measure.OPT_OUTS)),
        ("everybody, 1 day, clicks", Trial(WHOLE, 24 * HOUR, Measure.CLICKS)),
        ("", None),
    ],
)
def test_what_a_marketer_writes_is_understood(words: str, meant: Trial | None) -> None:
    assert read_trial(words) == meant


@pytest.mark.parametrize(
    "words", ["20 %", "20 %, 4 h", "0 %, 4 h, clicks", "120 %, 4 h, clicks", "20 %, 4 h, luck", "20 %, 4 s, clicks"]
)
def test_what_says_too_little_or_nonsense_is_refused_with_a_hint(words: str) -> None:
    with pytest.raises(BadTime) as refused:
        read_trial(words)
    assert refused.value.hint


def test_a_trial_is_read_aloud() -> None:
    assert in_words(Trial(2_000, 4 * HOUR)) == (
        "20 % try it, half a and half b; after 4 hours the rest get the one more often opened by people"
    )
    assert in_words(Trial(WHOLE, 48 * HOUR, Measure.OPT_OUTS)) == (
        "half get a, half get b; after 2 days it is reported which was less often answered by an opt-out"
    )


def test_those_who_try_are_the_first_wave_and_the_rest_waits() -> None:
    assert [(step.share, step.pause) for step in Trial(2_000, 4 * HOUR).waves] == [(2_000, 0 * HOUR), (8_000, 4 * HOUR)]
    assert Trial(WHOLE, 4 * HOUR).waves == ()


ONE = "---\nnumber: TB-1\ntitle: Grease\nclass: technical\nlanguage: en\n---\nGrease it.\n"
TWO = ONE.replace("class:", "b.title: Half\nclass:")
BOTH_ACKNOWLEDGE = TWO.replace("it.", "it: [done]({{ acknowledge_url }})")
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
BY_ACKNOWLEDGEMENT = Trial(2_000, HOUR, Measure.ACKNOWLEDGED)


@pytest.mark.parametrize(
    ("text", "when", "said"),
    [
        (TWO, When(NOW), "two variants"),
        (ONE, When(NOW, trial=Trial(2_000, HOUR)), "one variant only"),
        (TWO, When(NOW, trial=Trial(2_000, HOUR), waves=read_waves("10 %, 1 h, rest")), "neither in waves"),
        (TWO, When(NOW, trial=Trial(2_000, HOUR), is_theirs=True), "nor at local time"),
        (TWO, When(NOW, trial=BY_ACKNOWLEDGEMENT), "nothing to acknowledge"),
    ],
)
def test_variants_go_with_a_trial_and_a_trial_with_nothing_else(text: str, when: When, said: str) -> None:
    with pytest.raises(BadTime, match=said) as refused:
        need_fitting(read_source(text), when)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "trial"), [(ONE, None), (TWO, Trial(2_000, HOUR)), (BOTH_ACKNOWLEDGE, BY_ACKNOWLEDGEMENT)]
)
def test_what_fits_is_let_through(text: str, trial: Trial | None) -> None:
    need_fitting(read_source(text), When(NOW, trial=trial))
