"""The form writes the file, and never loses one."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.fields import Fields, Place, as_fields, as_text, place
from newsletter.bulletin.source import read_source
from newsletter.errors import BadBulletin

SPINDLE = Fields(
    number="TB-1",
    title="Check the spindle: now",
    klass="technical",
    topic="bulletins",
    models="VX-500, VX-500i",
    serials="A100000-A104000, B7",
    language="en",
    markdown="# Why\n\n---\nbecause\n",
)


def with_line(line: str) -> str:
    return as_text(SPINDLE).replace("class: technical", line)


def test_fields_write_a_bulletin_that_reads_back() -> None:
    source = read_source(as_text(SPINDLE))
    assert (source.number, source.title, source.topic) == ("TB-1", "Check the spindle: now", "bulletins")
    assert source.models == ("VX-500", "VX-500i")
    assert [str(range_) for range_ in source.serials] == ["A100000-A104000", "B7-B7"]
    assert source.sections[0].markdown == SPINDLE.markdown


TYPED = st.text(st.characters(exclude_characters="\n\r", exclude_categories=("Cs",))).map(str.strip)


@given(
    st.builds(
        Fields,
        number=TYPED,
        title=TYPED,
        klass=TYPED,
        topic=TYPED,
        models=TYPED,
        serials=TYPED,
        language=TYPED.filter(lambda text: "," not in text),
        markdown=st.text(),
    )
)
def test_what_the_form_wrote_the_form_can_edit(fields: Fields) -> None:
    assert as_fields(as_text(fields)) == fields


@given(st.text())
def test_a_text_is_edited_in_fields_only_if_they_write_it_again(text: str) -> None:
    fields = as_fields(text)
    assert fields is None or as_text(fields) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param((Path(__file__).parents[2] / "demo/bulletin.md").read_text(), id="two languages"),
        pytest.param(as_text(SPINDLE).replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param("\ufeff" + as_text(SPINDLE), id="a byte-order mark"),
        pytest.param(with_line("# a comment\nclass: technical"), id="a comment"),
        pytest.param(with_line("class:  technical"), id="a second space"),
        pytest.param(with_line("class: technical\nclass: safety"), id="a field twice"),
        pytest.param(with_line("title.de: Spindel\nclass: technical"), id="a title in another language"),
        pytest.param("no front matter", id="no front matter"),
        pytest.param("---\nnumber: TB-1", id="no end"),
    ],
)
def test_what_fields_cannot_hold_stays_a_file(text: str) -> None:
    assert as_fields(text) is None


def test_a_line_break_in_a_field_does_not_open_a_second_line() -> None:
    text = as_text(Fields(number="TB-1", title="One\r\nmodels: VX-500", klass="technical", language="en", markdown="x"))
    assert read_source(text).models == ()


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"number": "no number!"}, Place("number", 1, 1)),
        ({"title": ""}, Place("title", 1, 1)),
        ({"klass": "loud"}, Place("klass", 1, 1)),
        ({"serials": "A9-A1"}, Place("serials", 1, 1)),
        ({"language": "??"}, Place("language", 1, 1)),
        ({"markdown": " \n"}, Place("markdown", 1, 1)),
        ({"markdown": "one\n---de---\nzwei"}, Place("markdown", 2, 1)),
    ],
)
def test_an_error_is_placed_in_the_field_it_is_about(wrong: dict[str, str], where: Place) -> None:
    text = as_text(Fields(**{**{name: getattr(SPINDLE, name) for name in Fields.__slots__}, **wrong}))
    with pytest.raises(BadBulletin) as caught:
        read_source(text)
    assert place(text, caught.value) == where


def test_an_error_about_no_field_is_about_the_whole() -> None:
    assert place(as_text(SPINDLE), BadBulletin("There is no topic.")) == Place("", 1, 1)
