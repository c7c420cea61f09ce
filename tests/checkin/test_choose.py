from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.checkin.choose import Candidate, Obstacle, choose, nearness

SPRING, SUMMER = datetime(2023, 4, 3, 9, tzinfo=UTC), datetime(2024, 7, 1, 9, tzinfo=UTC)
NORA = Candidate(1, "Nora", "nora@firm.example", "", "en", None, None, SPRING)


def test_who_gave_the_most_recent_sign_is_asked() -> None:
    una = replace(NORA, person_id=2, spoke_at=SUMMER)
    choice = choose([NORA, una])
    assert choice.chosen == una
    assert choice.because == "last answered us on 1 July 2024"
    assert choice.others == (NORA,)


def test_on_the_same_day_it_is_who_stands_nearest_to_the_machine() -> None:
    buyer, unknown, fitter = (
        replace(NORA, person_id=id_, role=role) for id_, role in enumerate(("Einkauf", "", "Instandhaltung"), 2)
    )
    choice = choose([buyer, unknown, fitter])
    assert choice.chosen == fitter
    assert choice.because == "agreed to our mail on 3 April 2023; Instandhaltung, nearest to the machine"


def test_alike_it_is_who_was_there_first() -> None:
    assert choose([replace(NORA, person_id=9), NORA]).chosen == NORA


@pytest.mark.parametrize("obstacle", Obstacle)
def test_nobody_with_an_obstacle_is_asked(obstacle: Obstacle) -> None:
    una = replace(NORA, person_id=2, spoke_at=SUMMER, obstacle=obstacle)
    choice = choose([una, NORA])
    assert choice.chosen == NORA
    assert choice.because == "the only one we may ask; agreed to our mail on 3 April 2023"
    assert choose([una]).chosen is None


def test_nobody_is_nobody() -> None:
    assert choose([]).chosen is None


@pytest.mark.parametrize(
    ("role", "rank"),
    [
        ("Head of maintenance", 0),
        ("Responsabile manutenzione", 0),
        ("Servicetechniker", 0),
        ("Produktion", 1),
        ("plant engineer", 1),
        ("", 2),
        ("CEO", 2),
        ("Purchasing", 3),
        ("Buchhaltung", 3),
    ],
)
def test_a_role_tells_how_near_to_the_machine_it_stands(role: str, rank: int) -> None:
    assert nearness(role) == rank


PEOPLE = st.lists(
    st.builds(
        Candidate,
        person_id=st.integers(1, 50),
        name=st.just("x"),
        address=st.just("x@firm.example"),
        role=st.sampled_from(["", "maintenance", "purchasing"]),
        language=st.just(""),
        obstacle=st.none() | st.sampled_from(Obstacle),
        spoke_at=st.none() | st.sampled_from([SPRING, SUMMER]),
        agreed_at=st.none() | st.sampled_from([SPRING, SUMMER]),
    ),
    unique_by=lambda person: person.person_id,
)


@given(PEOPLE, st.randoms(use_true_random=False))
def test_the_order_in_which_people_are_found_does_not_matter(people: list[Candidate], chance: object) -> None:
    shuffled = list(people)
    chance.shuffle(shuffled)  # type: ignore[attr-defined] # hypothesis' Random
    first, second = choose(people), choose(shuffled)
    assert (first.chosen, first.because) == (second.chosen, second.because)
    assert {p.person_id for p in first.others} | ({first.chosen.person_id} if first.chosen else set()) == {
        p.person_id for p in people
    }
