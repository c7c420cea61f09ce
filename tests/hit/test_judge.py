"""Fault 26: which hit is a person's and which a program's."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.hit.judge import ONE_CLICK, Seen, Verdict, judge, verdict_of
from newsletter.hit.signs import SIGNS, Sign

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
MACHINE = [sign for sign in Sign if SIGNS[sign].points > 0]
_ORDER = [Verdict.HUMAN, Verdict.UNSURE, Verdict.MACHINE]


def look(
    kind: str = "leave", *, at: float = 0, method: str = "GET", since: float | None = 600, pressed: str = ""
) -> Seen:
    return Seen(NOW + timedelta(seconds=at), method, kind, pressed, since=since)


def tap(
    pressed: str = "reason=backup",
    kind: str = "why",
    *,
    at: float = 0,
    shown: float | None = 6,
    since: float | None = 600,
    typed: int = 0,
) -> Seen:
    return Seen(NOW + timedelta(seconds=at), "POST", kind, pressed, typed, shown, since)


def one_click(*, at: float = 0, since: float | None = 600) -> Seen:
    return tap(ONE_CLICK, "leave", at=at, shown=None, since=since)


A_READER_ANSWERS = tap(), [look(at=-20), tap("leave=topic", "leave", at=-6)]
THE_GATEWAY_WAS_HERE_BEFORE = tap(since=7200), [look(at=-7190), look("trap", at=-7189), look("done", at=-7189)]
ALL_LINKS = look(since=2), [look("done", at=0.2), look("preferences", at=0.4)]
ALL_REASONS = tap(shown=0.2, since=3), [tap(f"reason={code}", at=n / 5) for n, code in enumerate("abc")]
ALL_STATES = (
    tap("unit=7&said=in_use", "unit", shown=5),
    [tap(f"unit=7&said={said}", "unit", at=n, shown=5) for n, said in enumerate(("backup", "gone"))],
)
THREE_MACHINES = (
    tap("unit=1&said=in_use", "unit", shown=4),
    [tap(f"unit={n}&said=in_use", "unit", at=4 * n, shown=4) for n in (2, 3)],
)
RAW = tap(shown=None, since=3), [one_click(at=-1, since=2)]
FIRST_BUTTON_OF_EACH = (
    tap(shown=None, since=3),
    [tap("leave=topic", "leave", at=-0.4, shown=None), tap("unit=7&said=in_use", "unit", at=0.3, shown=None)],
)

ONE_BUTTON = tap("unit=7", "done", shown=0.4, since=90), [look("done", at=-0.4, since=89)]
TWO_JOBS = tap("unit=7", "done", shown=0.6), [tap("unit=8", "done", at=0.7, shown=0.6)]
DOUBTED = Verdict.UNSURE, False

CASES: dict[str, tuple[Seen, list[Seen], Verdict, bool]] = {
    "a reader reads, leaves and says why": (*A_READER_ANSWERS, Verdict.HUMAN, True),
    "a quick reader": (tap(shown=1.5, since=40), [look(at=-3, since=37)], Verdict.UNSURE, True),
    "an answer in words": (tap("reason=other", shown=0.9, since=5, typed=40), [], Verdict.UNSURE, True),
    "a reader whose gateway opened all links hours before": (*THE_GATEWAY_WAS_HERE_BEFORE, Verdict.HUMAN, True),
    "each of three machines, one after the other": (*THREE_MACHINES, Verdict.HUMAN, True),
    "a form sent by hand just after delivery": (*RAW, Verdict.UNSURE, False),
    "a page opened the day after": (look(since=86_400), [], Verdict.HUMAN, True),
    "a page opened at once": (look(since=3), [], Verdict.UNSURE, False),
    "one click of a mail program": (one_click(), [], Verdict.UNSURE, False),
    "one click of a mail program the day after": (one_click(since=86_400), [], Verdict.HUMAN, True),
    "all links of a mail in one breath": (*ALL_LINKS, Verdict.MACHINE, False),
    "a job done a minute after delivery": (tap("unit=7", "done"), [look("done", at=-6)], Verdict.HUMAN, True),
    "the one button of one page, within a second": (*ONE_BUTTON, Verdict.UNSURE, False),
    "the same, after a moment": (tap("unit=7", "done", shown=1.5), [], Verdict.UNSURE, False),
    "the same, an hour later": (tap("unit=7", "done", shown=0.4, since=4000), [], Verdict.UNSURE, False),
    "one answer of one page, within a second": (tap("unit=7&said=in_use", "running", shown=0.4), [], *DOUBTED),
    "one answer without its page": (tap("unit=7&said=in_use", "check-in", shown=None), [], *DOUBTED),
    "the jobs of two machines in one breath": (*TWO_JOBS, Verdict.UNSURE, False),
    "HEAD": (look(method="HEAD"), [], Verdict.MACHINE, False),
    "the hidden link": (look("trap", since=86_400), [], Verdict.MACHINE, False),
    "a link beside the hidden one": (look(since=30), [look("trap", at=25)], Verdict.MACHINE, False),
    "a tap beside the hidden link": (tap(shown=8), [look("trap", at=-30)], Verdict.MACHINE, False),
    "one click beside the hidden link": (one_click(), [look("trap", at=1)], Verdict.MACHINE, False),
    "every reason": (*ALL_REASONS, Verdict.MACHINE, False),
    "in use, back-up and gone at once": (*ALL_STATES, Verdict.MACHINE, False),
    "the first button of each form": (*FIRST_BUTTON_OF_EACH, Verdict.MACHINE, False),
}


@pytest.mark.parametrize(("hit", "neighbours", "verdict", "is_believed"), CASES.values(), ids=CASES)
def test_fault_26_each_kind_of_visitor_is_told_from_the_others(
    hit: Seen,
    neighbours: list[Seen],
    verdict: Verdict,
    is_believed: bool,  # noqa: FBT001 - a column of the table
) -> None:
    judged = judge(hit, neighbours)
    assert (judged.verdict, judged.is_believed) == (verdict, is_believed), judged.why


def test_fault_26_a_whole_domain_at_once_is_a_gateway() -> None:
    quick = one_click(since=4)
    assert judge(quick, ()).verdict is Verdict.UNSURE
    assert judge(quick, (), in_crowd=True).verdict is Verdict.MACHINE


def test_what_happens_minutes_apart_does_not_touch() -> None:
    assert judge(look(), [look("done", at=60), look("preferences", at=-60)]) == judge(look(), [])


SIGN_SETS = st.sets(st.sampled_from(list(Sign)))
HITS = st.builds(
    Seen,
    st.integers(-90, 90).map(lambda seconds: NOW + timedelta(seconds=seconds)),
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.sampled_from(["leave", "why", "unit", "done", "running", "preferences", "trap"]),
    st.sampled_from(["", ONE_CLICK, "reason=backup", "reason=other", "unit=1&said=gone", "unit=1&said=in_use"]),
    st.integers(0, 3),
    st.none() | st.floats(0, 100),
    st.none() | st.floats(0, 10_000),
)


@given(SIGN_SETS, st.sampled_from(MACHINE))
def test_one_more_sign_of_a_machine_never_makes_it_more_human(why: set[Sign], more: Sign) -> None:
    assert _ORDER.index(verdict_of({*why, more})) >= _ORDER.index(verdict_of(why))


@given(HITS, st.lists(HITS, max_size=6), HITS)
def test_one_more_hit_around_it_never_makes_it_more_human(hit: Seen, around: list[Seen], more: Seen) -> None:
    before, after = judge(hit, around), judge(hit, [*around, more])
    assert _ORDER.index(after.verdict) >= _ORDER.index(before.verdict)
    assert before.is_believed or not after.is_believed


@given(HITS, st.permutations(range(4)), st.lists(HITS, min_size=4, max_size=4))
def test_the_order_in_which_hits_are_told_does_not_matter(hit: Seen, order: list[int], around: list[Seen]) -> None:
    assert judge(hit, around) == judge(hit, [around[n] for n in order])


def test_every_sign_has_its_points_and_says_them_in_words() -> None:
    assert set(SIGNS) == set(Sign)
    assert all(points.points and points.words and points.reason for points in SIGNS.values())
