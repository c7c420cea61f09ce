from hypothesis import given
from hypothesis import strategies as some

from newsletter.question.arm import is_in_second

ids = some.integers(1, 2**63 - 1)


@given(ids, ids, some.integers(1, 98))
def test_who_is_in_the_second_stays_there_when_its_share_grows(experiment: int, person: int, share: int) -> None:
    if is_in_second(experiment, person, share):
        assert is_in_second(experiment, person, share + 1)


@given(ids, ids)
def test_nobody_and_everybody_are_shares_too(experiment: int, person: int) -> None:
    assert (is_in_second(experiment, person, 0), is_in_second(experiment, person, 100)) == (False, True)


def test_the_share_is_kept_among_people_with_any_ids() -> None:
    for share in (1, 30, 50):
        for step in (1, 2, 1_000):
            people = range(1, 20_000 * step, step)
            found = sum(is_in_second(7, person, share) for person in people) / len(people)
            assert abs(found - share / 100) < 0.01


def test_two_experiments_part_the_same_people_differently() -> None:
    people = range(1, 4_001)
    both = sum(is_in_second(1, person, 50) and is_in_second(2, person, 50) for person in people) / len(people)
    assert abs(both - 0.25) < 0.03


def test_who_is_in_which_never_changes_between_releases() -> None:
    assert [person for person in range(1, 21) if is_in_second(1, person, 50)] == [3, 5, 6, 14, 15, 18, 19]
