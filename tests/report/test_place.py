from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import Refused
from newsletter.report.place import KINDS, Part, Place, Source, read_place, sources_of

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
MOMENTS = st.integers(0, 10**6).map(lambda ticks: AT - timedelta(microseconds=ticks * 7))
PLACES = st.builds(Place, MOMENTS, st.sampled_from(Source), st.integers(0, 2**63 - 1))


@given(PLACES)
def test_a_place_survives_an_address(place: Place) -> None:
    assert read_place(str(place)) == place


@given(PLACES, PLACES)
def test_what_begins_after_a_place_does_not_hold_it_and_what_includes_it_does(place: Place, other: Place) -> None:
    every = frozenset(Source)
    assert not Part(place, None, every, 1).holds(place)
    assert Part(place.including, None, every, 1).holds(place)
    assert Part(place, None, every, 1).holds(other) == (other < place)


@pytest.mark.parametrize(
    "bad", ["x", "~~", "2026-11-21~1~1", f"{AT.isoformat()}~99~1", f"{AT.isoformat()}~1~-4", "9" * 200]
)
def test_an_address_that_names_no_place_is_refused(bad: str) -> None:
    with pytest.raises(Refused):
        read_place(bad)


def test_every_source_belongs_to_one_kind() -> None:
    named = [source for _, sources in KINDS.values() for source in sources]
    assert sorted(named) == sorted(Source)
    assert sources_of("") == frozenset(Source)
    with pytest.raises(Refused):
        sources_of("made up")
