import random
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.signal.account import weigh_account
from newsletter.signal.kinds import KINDS, LASTING, Kind
from newsletter.signal.rules import (
    GONE_UNTIL,
    NOTHING_KNOWN,
    USED,
    USED_FROM,
    Observed,
    State,
    Weighed,
    weigh,
)

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
TOLD = (State.IN_USE, State.BACKUP, State.NOT_IN_USE)


def said(
    says: State | None, days_ago: float = 0, *, id_: int = 1, detail: str = "", kind: Kind = Kind.OPT_OUT_ANSWER
) -> Observed:
    return Observed(id_, kind, says, detail, NOW - days_ago * DAY)


def observations(*kinds: Kind) -> st.SearchStrategy[list[Observed]]:
    one = st.builds(
        said,
        st.sampled_from([*State, None]),
        st.integers(-30, 4_000),
        detail=st.sampled_from(["", "scrapped", "sold", "stored", "used_own_service"]),
        kind=st.sampled_from(kinds or tuple(Kind)),
    )
    return st.lists(one, max_size=8).map(lambda all_: [replace(e, id=number) for number, e in enumerate(all_, 1)])


@given(observations(), st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(evidence: list[Observed], dice: random.Random) -> None:
    numbers = dice.sample(range(100), k=len(evidence))
    later = [replace(e, id=number) for e, number in zip(evidence, numbers, strict=True)]
    dice.shuffle(later)
    first, second = weigh(evidence, NOW), weigh(later, NOW)
    assert (first.state, first.p_used, first.since) == (second.state, second.p_used, second.since)


@given(observations())
def test_a_repeat_changes_nothing(evidence: list[Observed]) -> None:
    assert weigh([*evidence, *evidence], NOW) == weigh(evidence, NOW)


@settings(max_examples=300)
@given(
    observations(),
    st.sampled_from(TOLD),
    st.integers(0, 4_000),
    st.sampled_from(["", *sorted(LASTING)]),
    st.sampled_from(Kind),
)
def test_more_evidence_for_a_state_never_lowers_it(
    evidence: list[Observed], state: State, days: int, detail: str, kind: Kind
) -> None:
    before = weigh(evidence, NOW)
    after = weigh([*evidence, said(state, days, id_=99, detail=detail, kind=kind)], NOW)
    if state in USED:
        assert after.p_used >= before.p_used - 1e-12
    else:
        assert after.p_used <= before.p_used + 1e-12
    if before.state == state:
        assert after.state == state


@settings(max_examples=300)
@given(observations(), st.integers(0, 20_000), st.integers(0, 20_000))
def test_fading_never_crosses_to_the_opposite(evidence: list[Observed], days: int, more: int) -> None:
    known = [e for e in evidence if e.observed_at <= NOW]
    early, late = weigh(known, NOW + days * DAY), weigh(known, NOW + (days + more) * DAY)
    assert {early.state, late.state} not in ({State.NOT_IN_USE, State.IN_USE}, {State.NOT_IN_USE, State.BACKUP})


@settings(max_examples=300)
@given(observations(Kind.OPT_OUT_ANSWER), st.integers(0, 20_000))
def test_words_of_one_kind_fade_towards_not_knowing(evidence: list[Observed], days: int) -> None:
    told = [e for e in evidence if e.observed_at <= NOW and e.detail not in LASTING]
    early, late = weigh(told, NOW).p_used - 0.5, weigh(told, NOW + days * DAY).p_used - 0.5
    assert early * late >= 0
    assert abs(late) <= abs(early)


@given(observations(Kind.OPT_OUT, Kind.CONTACT_LEFT))
def test_leaving_says_nothing_about_the_machine_whatever_it_claims(evidence: list[Observed]) -> None:
    assert weigh(evidence, NOW) == NOTHING_KNOWN


@given(observations())
def test_evidence_from_the_future_is_not_looked_at(evidence: list[Observed]) -> None:
    past = [e for e in evidence if e.observed_at <= NOW]
    assert weigh(evidence, NOW) == weigh(past, NOW)


@given(observations())
def test_a_verdict_is_sure_of_what_it_says_and_names_its_reasons(evidence: list[Observed]) -> None:
    verdict = weigh(evidence, NOW)
    assert (verdict.state not in USED) or verdict.p_used >= USED_FROM
    assert (verdict.state != State.NOT_IN_USE) or verdict.p_used <= GONE_UNTIL
    assert set(verdict.because).isdisjoint(verdict.against)
    by_id = {e.id: e for e in evidence}
    if verdict.state != State.UNKNOWN:
        assert {by_id[id_].says or State.IN_USE for id_ in verdict.because} == {verdict.state}
        assert verdict.since in {by_id[id_].observed_at for id_ in verdict.because}


@pytest.mark.parametrize(
    ("evidence", "state"),
    [
        pytest.param([], State.UNKNOWN, id="silence"),
        pytest.param([said(None), said(State.UNKNOWN)], State.UNKNOWN, id="said that nobody knows"),
        pytest.param([said(State.IN_USE)], State.IN_USE, id="in use"),
        pytest.param([said(State.BACKUP)], State.BACKUP, id="back-up"),
        pytest.param([said(State.NOT_IN_USE)], State.NOT_IN_USE, id="not in use"),
        pytest.param([said(State.NOT_IN_USE, 1500)], State.UNKNOWN, id="not in use, four years ago"),
        pytest.param([said(State.NOT_IN_USE, 9000, detail="scrapped")], State.NOT_IN_USE, id="scrapped long ago"),
        pytest.param([said(State.NOT_IN_USE, 9000, detail="stored")], State.UNKNOWN, id="stored long ago"),
        pytest.param([said(State.IN_USE, 30), said(State.BACKUP, id_=2)], State.BACKUP, id="became the back-up"),
        pytest.param([said(State.IN_USE), said(State.NOT_IN_USE, id_=2)], State.UNKNOWN, id="both at the same moment"),
    ],
)
def test_what_was_said_is_what_we_think(evidence: list[Observed], state: State) -> None:
    assert weigh(evidence, NOW).state == state


@pytest.mark.parametrize("many", [1, 10, 100])
@pytest.mark.parametrize(("before", "after"), [(State.IN_USE, State.NOT_IN_USE), (State.NOT_IN_USE, State.BACKUP)])
@pytest.mark.parametrize("detail", ["", "scrapped"])
def test_a_later_word_outweighs_any_number_of_earlier_ones(many: int, before: State, after: State, detail: str) -> None:
    earlier = [said(before, 10 + n, id_=n, detail=detail) for n in range(1, many + 1)]
    verdict = weigh([said(after, id_=999), *earlier], NOW)
    assert (verdict.state, verdict.because, len(verdict.against)) == (after, (999,), many)


def test_since_is_when_the_last_unbroken_row_of_words_began() -> None:
    words = [State.IN_USE, State.NOT_IN_USE, State.IN_USE, State.IN_USE]
    evidence = [said(says, 40 - 10 * number, id_=number) for number, says in enumerate(words, 1)]
    assert weigh(evidence, NOW).since == NOW - 10 * DAY


def test_only_the_end_of_a_machine_lasts() -> None:
    odd = replace(said(State.IN_USE, 0), detail="scrapped")
    assert weigh([odd], NOW + 9_000 * DAY).state == State.UNKNOWN


def test_a_past_day_can_be_asked_for() -> None:
    evidence = [said(State.IN_USE, 300), said(State.NOT_IN_USE, 100, id_=2)]
    states = [weigh(evidence, NOW - days * DAY).state for days in (400, 300, 101, 100, 0)]
    assert states == [State.UNKNOWN, State.IN_USE, State.IN_USE, State.NOT_IN_USE, State.NOT_IN_USE]


IN_USE, BACKUP, GONE = (weigh([said(state, id_=10 + n)], NOW) for n, state in enumerate(TOLD))
FADED = weigh([said(State.NOT_IN_USE, 2_000, id_=13)], NOW)


@pytest.mark.parametrize(
    ("units", "unnamed", "state", "because"),
    [
        pytest.param([], [], State.UNKNOWN, (), id="no machine"),
        pytest.param([NOTHING_KNOWN], [], State.UNKNOWN, (), id="nothing known"),
        pytest.param([GONE, IN_USE, NOTHING_KNOWN], [], State.IN_USE, (10,), id="one used machine makes a user"),
        pytest.param([GONE, BACKUP], [], State.BACKUP, (11,), id="a back-up is used"),
        pytest.param([BACKUP, IN_USE], [], State.IN_USE, (10,), id="in use says more than back-up"),
        pytest.param([GONE, GONE], [], State.NOT_IN_USE, (12,), id="all gone"),
        pytest.param([GONE, NOTHING_KNOWN], [], State.UNKNOWN, (12,), id="one gone, one unheard of"),
        pytest.param([GONE, FADED], [], State.UNKNOWN, (12, 13), id="one gone, one told of too long ago"),
        pytest.param([], [said(State.IN_USE)], State.IN_USE, (1,), id="said of no machine, and we know none"),
        pytest.param([], [said(State.NOT_IN_USE)], State.NOT_IN_USE, (1,), id="gone, and we know no machine"),
        pytest.param([GONE], [said(State.IN_USE)], State.IN_USE, (1,), id="another machine is used"),
        pytest.param([NOTHING_KNOWN] * 2, [said(State.NOT_IN_USE)], State.UNKNOWN, (1,), id="one of two is gone"),
        pytest.param([GONE], [said(State.NOT_IN_USE)], State.NOT_IN_USE, (12,), id="it was said of the one we know"),
        pytest.param([GONE], [said(State.NOT_IN_USE, 1500)], State.NOT_IN_USE, (12,), id="said again, long before"),
        pytest.param([GONE], [said(State.IN_USE, 3000)], State.UNKNOWN, (12, 1), id="long ago there was another"),
        pytest.param([GONE], [said(None)], State.NOT_IN_USE, (12,), id="a word that says nothing"),
    ],
)
def test_an_account_is_what_its_machines_are(
    units: list[Weighed], unnamed: list[Observed], state: State, because: tuple[int, ...]
) -> None:
    verdict = weigh_account(units, unnamed, NOW)
    assert (verdict.state, verdict.because) == (state, because)


@given(st.lists(observations(), max_size=3), observations(), st.data())
def test_more_evidence_for_a_state_never_lowers_it_at_the_account(
    units: list[list[Observed]], unnamed: list[Observed], draw: st.DataObject
) -> None:
    before = weigh_account([weigh(unit, NOW) for unit in units], unnamed, NOW)
    where = draw.draw(st.sampled_from([*units, unnamed]))
    where.append(said(before.state, draw.draw(st.integers(0, 4_000)), id_=99))
    after = weigh_account([weigh(unit, NOW) for unit in units], unnamed, NOW)
    assert after.state == before.state


@given(st.lists(observations(), max_size=3), observations(), st.integers(0, 20_000))
def test_fading_never_crosses_to_the_opposite_at_the_account(
    units: list[list[Observed]], unnamed: list[Observed], days: int
) -> None:
    known = [[e for e in part if e.observed_at <= NOW] for part in (*units, unnamed)]
    states = [
        weigh_account([weigh(unit, then) for unit in known[:-1]], known[-1], then).state
        for then in (NOW, NOW + days * DAY)
    ]
    assert (states[0] in USED) <= (states[1] != State.NOT_IN_USE)
    assert (states[0] == State.NOT_IN_USE) <= (states[1] not in USED)


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_parameters_and_their_reason(kind: Kind) -> None:
    weight = KINDS[kind]
    assert weight.weight >= 0
    assert weight.half_life_days > 0
    assert weight.reason.endswith(".")


def test_many_observations_of_one_machine_are_weighed_in_no_time() -> None:
    dice = random.Random(1)  # noqa: S311 - a crowd, not a secret
    crowd = [said(dice.choice(TOLD), dice.uniform(0, 4_000), id_=n) for n in range(20_000)]
    began = time.thread_time()
    weigh(crowd, NOW)
    assert time.thread_time() - began < 2
