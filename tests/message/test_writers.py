"""A value in its place: the same as text and as octets."""

import quopri
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import BadLetter
from newsletter.message.merge import Several, Tag
from newsletter.message.slots import Place, Slot
from newsletter.message.writers import HTML, MAY_BE_PLAIN, TEXT, Manner, coder, in_lines, plain_in, writer

MANNERS = pytest.mark.parametrize("manner", [HTML, TEXT], ids=["html", "text"])
PLACES = pytest.mark.parametrize("place", Place)
VALUE = st.one_of(
    st.text(max_size=200),
    st.text(st.sampled_from("aZ09 .-_~@/:=&<>\"'?%\r\n\t\u2028äß漢🛠\u202e\x00"), max_size=200),
    st.from_regex(r"https?://[a-z.]{1,90}/[a-zA-Z0-9&=?'%_-]{0,90}", fullmatch=True),
    st.lists(st.text(max_size=20), min_size=2, max_size=4).map(lambda items: Several("-".join(items), tuple(items))),
)


def slot(place: Place) -> Slot:
    around = ("<p>Yours =\n", " \n</p>") if place is Place.LINES else ("", "")
    return Slot(Tag("serial", None, "{{ serial }}"), place, around)


def is_plain(value: str, places: set[Place]) -> bool:
    pattern = plain_in(places)
    is_list = Place.PART in places and isinstance(value, Several)
    return bool(pattern and not is_list and re.fullmatch(pattern, value))


@MANNERS
@PLACES
@given(value=VALUE)
@example("a" * 75 + " ")
@example("https://example.com/" + "a" * 200)
@example("A1\nB2\n\n C3 ")
def test_the_octets_of_a_value_say_what_its_text_says(place: Place, manner: Manner, value: str) -> None:
    try:
        wanted = writer(slot(place), manner)(value).encode()
    except BadLetter:
        with pytest.raises(BadLetter):
            coder(slot(place), manner)(value)
        return
    coded = coder(slot(place), manner)(value)
    assert quopri.decodestring(coded) == wanted.replace(b"\n", b"\r\n")
    assert all(len(line) <= 76 and not line.endswith(b" ") for line in coded.split(b"\r\n"))
    assert not any(line.startswith(b".") for line in coded.split(b"\r\n"))
    assert len(coded.rpartition(b"\r\n")[2]) <= 75


@given(value=VALUE, places=st.sets(st.sampled_from(Place), min_size=1))
@example("VX-500", {Place.TEXT, Place.PART})
@example("https://news.example.com/o/abc", {Place.TEXT, Place.LINK})
@example("https://news.example.com/" + "abc" * 90, {Place.LINK})
@example(Several("A,B", ("A", ",B")), {Place.PART})
@example("", {Place.TEXT})
@example(".", {Place.TEXT})
@example("." * 80, {Place.PART})
@example("https://news.example.com/" + "abc." * 90, {Place.LINK})
def test_a_plain_value_would_be_written_as_it_is_everywhere(value: str, places: set[Place]) -> None:
    if is_plain(value, places):
        read = {quopri.decodestring(coder(slot(place), manner)(value)) for place in places for manner in (HTML, TEXT)}
        assert read == {quopri.decodestring(in_lines(value.encode()))} == {value.encode()}
        lines = in_lines(value.encode()).split(b"\r\n")
        assert all(len(line) <= 76 and not line.startswith(b".") for line in lines)


@pytest.mark.parametrize("place", sorted(MAY_BE_PLAIN, key=str))
def test_a_usual_value_is_plain(place: Place) -> None:
    values = {Place.TEXT: "Nora Frost", Place.PART: "A100231", Place.LINK: "https://news.example.com/leave/AaDCHgGh-_4"}
    assert is_plain(values[place], {place})


@MANNERS
@PLACES
def test_half_a_character_is_refused_or_replaced(place: Place, manner: Manner) -> None:
    if place is Place.PART:
        assert coder(slot(place), manner)("a\ud800") == b"a%3F"
        return
    with pytest.raises(BadLetter):
        coder(slot(place), manner)("https://a\ud800")
