"""Values looked at together say what each would say when written alone."""

import quopri
from collections.abc import Sequence

from hypothesis import event, example, given
from hypothesis import strategies as st

from newsletter.message.as_it_is import AsItIs, Way
from newsletter.message.merge import Several, Tag
from newsletter.message.slots import Place, Slot
from newsletter.message.writers import HTML, TEXT, coder
from tests.message.test_writers import VALUE

LONG_LINK = "https://news.example.com/" + "abc" * 90
PLACES = st.lists(
    st.sampled_from([{Place.TEXT}, {Place.LINK}, {Place.PART}, {Place.LINES}, {Place.TEXT, Place.PART}, {Place.CELL}]),
    min_size=1,
    max_size=4,
)
USUAL = {
    Place.TEXT: "Nora Frost",
    Place.LINK: "https://news.example.com/leave/AaDCHgGh-_4",
    Place.PART: "A100231",
    Place.LINES: "VX-500 A100231",
    Place.CELL: "A1",
}


def groups_of(chosen: Sequence[set[Place]]) -> list[tuple[Tag, list[Way]]]:
    """For each a tag of its own, in both parts."""
    groups: list[tuple[Tag, list[Way]]] = []
    for number, places in enumerate(chosen):
        tag = Tag(f"tag{number}", None, "")
        slots = [Slot(tag, place, ("<p>\n", " \n</p>") if place is Place.LINES else ("", "")) for place in places]
        ways: list[Way] = [(slot, manner) for slot in slots for manner in (HTML, TEXT)]
        groups.append((tag, ways))
    return groups


@given(PLACES, st.data())
def test_together_they_say_what_each_says_alone(chosen: list[set[Place]], data: st.DataObject) -> None:
    groups = groups_of(chosen)
    as_it_is = AsItIs.of(groups)
    usual = [USUAL[min(places, key=str)] for places in chosen]
    values = {
        tag.name: data.draw(st.one_of(st.just(plain), VALUE)) for (tag, _), plain in zip(groups, usual, strict=True)
    }
    written = as_it_is.written(values) if as_it_is else None
    event(f"written: {written is not None}")
    if as_it_is is None or written is None:
        return
    for tag, ways in groups:
        for slot, manner in ways:
            octets = written[as_it_is.order[slot, manner]]
            alone = coder(slot, manner or TEXT)(values[tag.name])
            assert quopri.decodestring(octets) == quopri.decodestring(alone)
            assert all(len(line) <= 76 and not line.startswith(b".") for line in octets.split(b"\r\n"))


@given(st.sampled_from([{Place.TEXT}, {Place.LINK}, {Place.PART}]), VALUE)
@example({Place.TEXT}, "")
@example({Place.TEXT}, " ")
@example({Place.TEXT}, "a\0b")
@example({Place.PART}, Several("AB", ("A", "B")))
def test_what_stands_for_a_missing_value_is_looked_up(places: set[Place], value: str) -> None:
    groups = groups_of([places, {Place.TEXT}])
    as_it_is = AsItIs.of(groups)
    assert as_it_is is not None
    if not value or value.isspace() or "\0" in value or (isinstance(value, Several) and places == {Place.PART}):
        assert as_it_is.written({"tag0": value, "tag1": "plain"}) is None
    assert as_it_is.written({"tag0": value}) is None


def test_usual_values_are_written_as_they_are_and_long_ones_in_lines() -> None:
    groups = groups_of([{Place.TEXT}, {Place.LINK}, {Place.PART}, {Place.LINES}])
    as_it_is = AsItIs.of(groups)
    assert as_it_is is not None
    values = {"tag0": "Nora Frost", "tag1": LONG_LINK, "tag2": "A100231", "tag3": ""}
    written = as_it_is.written(values)
    assert written is not None
    assert [quopri.decodestring(octets).decode() for octets in written[:3]] == [*values.values()][:3]
    assert set(written[3:]) == {b""}


def test_a_cell_is_padded_so_its_letters_are_written_one_by_one() -> None:
    assert AsItIs.of(groups_of([{Place.TEXT}, {Place.CELL}])) is None
