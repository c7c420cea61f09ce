"""What the belief does whatever is observed and whatever the rates are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.signal.ask import ask_again
from newsletter.signal.kinds import KINDS, LASTING, Kind
from newsletter.signal.rates import RATES, Rates
from newsletter.signal.rules import NOTHING_KNOWN, USED, Observed, Rules, State, shared, weigh

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)

RULES = st.builds(
    Rules,
    rates=st.builds(
        Rates,
        ends=st.sampled_from([0.005, 0.09, 0.8]),
        ageing=st.sampled_from([0.0, 0.5, 3.0]),
        unheard=st.sampled_from([0.02, 0.3, 0.5, 0.95]),
        silence=st.sampled_from([0.0, 0.4, 3.2]),
        patience=st.sampled_from([0.1, 1.0]),
        mistaken=st.sampled_from([0.01, 0.04, 0.25]),
    ),
)
PIECE = st.builds(
    Observed,
    st.integers(1, 10**6),
    st.sampled_from(Kind),
    st.sampled_from([*State, None]),
    st.sampled_from(["", "scrapped", "stored"]),
    st.integers(0, 9_000).map(lambda days: NOW - days * DAY),
    st.sampled_from([1, 1, 2, 5]),
)
EVIDENCE = st.lists(PIECE, max_size=7, unique_by=lambda e: e.id)


def seen(kind: Kind, days: float, says: State | None = None, *, id_: int = 1, detail: str = "") -> Observed:
    return Observed(id_, kind, says, detail, NOW - days * DAY)


@settings(max_examples=400)
@given(EVIDENCE, PIECE, RULES)
def test_more_evidence_of_use_never_lowers_it_nor_of_an_end_raises_it(
    evidence: list[Observed], more: Observed, rules: Rules
) -> None:
    more = replace(more, id=0)
    before, after = (weigh(known, NOW, rules) for known in (evidence, [*evidence, more]))
    if more.says in USED or (more.says is None and KINDS[more.kind].means_use):
        assert after.p_used >= before.p_used - 1e-12
        assert not (before.state in USED and after.state not in USED)
    else:
        assert after.p_used <= before.p_used + 1e-12
        assert not (before.state == State.NOT_IN_USE != after.state)


@settings(max_examples=300)
@given(EVIDENCE, st.integers(0, 20_000), RULES)
def test_what_is_believed_fades_towards_what_is_believed_of_the_unheard_and_not_through_it(
    evidence: list[Observed], days: int, rules: Rules
) -> None:
    strong = [e for e in evidence if not KINDS[e.kind].is_faint]
    early, late = (weigh(strong, at, rules).p_used - rules.rates.unheard for at in (NOW, NOW + days * DAY))
    assert abs(late) <= abs(early) + 1e-12
    assert early * late >= -1e-12


@given(EVIDENCE, st.integers(0, 20_000), RULES)
def test_waiting_never_makes_a_machine_gone_nor_brings_it_back(
    evidence: list[Observed], days: int, rules: Rules
) -> None:
    early, late = (weigh(evidence, at, rules).state for at in (NOW, NOW + days * DAY))
    assert late in {early, State.UNKNOWN} or (early in USED and late in USED)


@given(st.lists(PIECE.filter(lambda e: not KINDS[e.kind].weight), max_size=9), RULES)
def test_scanners_opt_outs_and_bounces_say_nothing_whatever_they_claim(evidence: list[Observed], rules: Rules) -> None:
    assert weigh(evidence, NOW, rules) == replace(NOTHING_KNOWN, p_used=rules.rates.unheard)


@given(st.integers(1, 12), st.integers(0, 20_000), RULES)
def test_silence_alone_is_unknown_never_gone(years: int, days: int, rules: Rules) -> None:
    installed = [seen(Kind.INSTALLATION, years * 365)]
    assert weigh(installed, NOW + days * DAY, rules).state in {State.IN_USE, State.UNKNOWN}


@pytest.mark.parametrize("detail", sorted(LASTING))
@given(days=st.integers(0, 30_000))
def test_the_end_of_a_machine_does_not_fade(detail: str, days: int) -> None:
    told = [seen(Kind.CHECK_IN_ANSWER, 0, State.NOT_IN_USE, detail=detail)]
    fresh, old = weigh(told, NOW), weigh(told, NOW + days * DAY)
    assert (old.state, old.p_used) == (State.NOT_IN_USE, fresh.p_used)
    assert ask_again(told, NOW) is None


GONE = seen(Kind.OPT_OUT_ANSWER, 500, State.NOT_IN_USE, detail="scrapped")
PART = seen(Kind.PARTS_ORDER, 100, id_=2)
CASES = [
    pytest.param([seen(Kind.INSTALLATION, 300)], State.IN_USE, 0.95, 1, id="new"),
    pytest.param([seen(Kind.INSTALLATION, 15 * 365)], State.UNKNOWN, 0.55, 0.75, id="15 years unheard of"),
    pytest.param([seen(Kind.INSTALLATION, 40 * 365)], State.UNKNOWN, 0.5, 0.55, id="40 years unheard of"),
    pytest.param([seen(Kind.TELEMETRY, 3)], State.IN_USE, 0.95, 1, id="it reported"),
    pytest.param([seen(Kind.TELEMETRY, 500)], State.UNKNOWN, 0.8, 0.95, id="it stopped reporting"),
    pytest.param([seen(Kind.SERVICE_CALL, 500)], State.IN_USE, 0.85, 0.98, id="service was called"),
    pytest.param([GONE], State.NOT_IN_USE, 0, 0.1, id="scrapped"),
    pytest.param([GONE, PART], State.UNKNOWN, 0.3, 0.75, id="a part for what was scrapped"),
    pytest.param([GONE, PART, seen(Kind.TELEMETRY, 9, id_=3)], State.IN_USE, 0.9, 1, id="and it reports"),
    pytest.param(
        [seen(Kind.TELEMETRY, 1), seen(Kind.STAFF_NOTE, 0, State.NOT_IN_USE, id_=2)],
        State.NOT_IN_USE, 0, 0.25, id="a word outweighs the trace before it",
    ),
    pytest.param(
        [seen(Kind.STAFF_NOTE, 1, State.NOT_IN_USE), seen(Kind.PARTS_ORDER, 0, id_=2)],
        State.UNKNOWN, 0.3, 0.75, id="a trace after a word makes us doubt",
    ),
    pytest.param(
        [seen(Kind.CHECK_IN_ANSWER, 300, State.BACKUP), seen(Kind.PARTS_ORDER, 20, id_=2)],
        State.BACKUP, 0.9, 1, id="a back-up is ordered parts for",
    ),
    pytest.param([seen(Kind.HUMAN_CLICK, n, id_=n) for n in range(99)], State.UNKNOWN, 0.5, 0.56, id="a reader"),
    pytest.param([seen(Kind.REPLY, 5)], State.UNKNOWN, 0.5, 0.5, id="a reply about something else"),
    pytest.param([seen(Kind.REPLY, 5, State.NOT_IN_USE)], State.NOT_IN_USE, 0, 0.1, id="a reply that says so"),
]  # fmt: skip


@pytest.mark.parametrize(("evidence", "state", "low", "high"), CASES)
def test_what_evidence_means(evidence: list[Observed], state: State, low: float, high: float) -> None:
    verdict = weigh(evidence, NOW)
    assert verdict.state == state
    assert low <= verdict.p_used <= high


def test_where_many_answers_are_wrong_one_does_not_do() -> None:
    told = [seen(Kind.PARTS_ORDER, 100), seen(Kind.CHECK_IN_ANSWER, 0, State.NOT_IN_USE, id_=2)]
    assert weigh(told, NOW, Rules(rates=replace(RATES, mistaken=0.12))).state == State.UNKNOWN


@pytest.mark.parametrize("weight", [0.5, 3.2, 5.0])
def test_a_word_about_one_of_many_machines_says_less_of_each(weight: float) -> None:
    left = [shared(weight, machines) for machines in (1, 2, 5, 100)]
    assert left[0] == pytest.approx(weight)
    assert left == sorted(left, reverse=True)
    assert left[-1] > 0


def test_of_several_machines_none_is_called_gone_because_of_a_word_that_names_none() -> None:
    told = [seen(Kind.INSTALLATION, 9000), replace(seen(Kind.CHECK_IN_ANSWER, 0, State.NOT_IN_USE, id_=2), among=2)]
    assert weigh(told, NOW).state == State.UNKNOWN


def test_a_record_of_the_installation_is_as_good_as_evidence_and_no_reason() -> None:
    told = [seen(Kind.PARTS_ORDER, 900)]
    known = weigh(told, NOW, installed=NOW - 1500 * DAY)
    assert known.p_used == weigh([*told, seen(Kind.INSTALLATION, 1500, id_=2)], NOW).p_used
    assert known.because == (1,)
    assert weigh(told, NOW, installed=NOW + DAY) == weigh(told, NOW)


@pytest.mark.parametrize("kind", [Kind.TELEMETRY, Kind.CHECK_IN_ANSWER, Kind.INSTALLATION])
def test_it_is_asked_again_on_the_day_the_verdict_fades(kind: Kind) -> None:
    told = [seen(kind, 0, State.IN_USE)]
    on = ask_again(told, NOW)
    assert on is not None
    assert weigh(told, on).state == State.UNKNOWN
    assert weigh(told, on - 2 * DAY).state == State.IN_USE


def test_who_answered_lately_is_not_asked_again_at_once() -> None:
    unsure = [seen(Kind.CHECK_IN_ANSWER, 30, State.UNKNOWN)]
    assert ask_again(unsure, NOW) == NOW + 150 * DAY
    assert ask_again([], NOW) == NOW
