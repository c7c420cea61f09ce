"""The form writes the file, and never loses one."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.fields import Fields, Place, Spoken, as_fields, as_text, place, with_spoken
from newsletter.bulletin.source import read_source
from newsletter.errors import BadBulletin

DEMO = (Path(__file__).parents[2] / "demo/bulletin.md").read_text()
ENGLISH = Spoken("en", "Check the spindle: now", "", "# Why\n\n---\nbecause\n")
GERMAN = Spoken("de", "Spindel prüfen", "Jetzt", "# Warum\n\nDarum.")
SPINDLE = Fields(
    number="TB-1",
    klass="technical",
    topic="bulletins",
    models="VX-500, VX-500i",
    serials="A100000-A104000, B7",
    spoken=(ENGLISH,),
)
BOTH = replace(SPINDLE, spoken=(ENGLISH, GERMAN))


def read_again(text: str) -> Fields:
    fields = as_fields(text)
    assert fields is not None
    return fields


def with_line(line: str) -> str:
    return as_text(SPINDLE).replace("class: technical", line)


def test_fields_write_a_bulletin_that_reads_back() -> None:
    source = read_source(as_text(SPINDLE))
    assert (source.number, source.title, source.topic) == ("TB-1", "Check the spindle: now", "bulletins")
    assert source.models == ("VX-500", "VX-500i")
    assert [str(range_) for range_ in source.serials] == ["A100000-A104000", "B7-B7"]
    assert source.sections[0].markdown == ENGLISH.markdown


def test_two_languages_are_written_side_by_side() -> None:
    text = as_text(BOTH)
    assert text == (
        "---\nnumber: TB-1\ntitle: Check the spindle: now\nclass: technical\ntopic: bulletins\n"
        "models: VX-500, VX-500i\nserials: A100000-A104000, B7\nlanguage: en, de\ntitle.de: Spindel prüfen\n"
        "preheader.de: Jetzt\n---\n# Why\n\n---\nbecause\n\n---de---\n# Warum\n\nDarum."
    )
    assert read_again(text).spoken == BOTH.spoken


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(DEMO, id="two languages"),
        pytest.param(with_line("# a comment\nclass: technical"), id="a comment"),
        pytest.param(with_line("class:  technical"), id="a second space"),
        pytest.param(with_line("Class: technical"), id="a capital"),
        pytest.param(with_line("class: technical\nclass: safety"), id="a field twice"),
        pytest.param(with_line("unheard: of\nclass: technical"), id="an unknown field"),
        pytest.param(with_line("title.de: Spindel\nclass: technical"), id="a title in a language without text"),
        pytest.param(as_text(BOTH).replace("title: ", "title.en: "), id="each title by its language"),
        pytest.param(as_text(BOTH).replace("language: en, de", "language: en,de"), id="languages without a space"),
        pytest.param(as_text(SPINDLE).replace("title: Check the spindle: now\n", "title:\n"), id="an empty title"),
    ],
)
def test_what_was_written_otherwise_stays_as_it_was_written(text: str) -> None:
    fields = read_again(text)
    assert as_text(fields) == text
    edited = as_text(replace(fields, number="TB-2"))
    assert edited == text.replace(fields.number, "TB-2", 1)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(as_text(SPINDLE).replace("\n", "\r\n"), id="line ends of Windows"),
        pytest.param("\ufeff" + as_text(SPINDLE), id="a byte-order mark"),
        pytest.param("no front matter", id="no front matter"),
        pytest.param("---\nnumber: TB-1", id="no end"),
    ],
)
def test_what_fields_cannot_hold_stays_a_file(text: str) -> None:
    assert as_fields(text) is None


TYPED = st.text(st.characters(exclude_characters="\n\r", exclude_categories=("Cs",))).map(str.strip)
LANGUAGE = st.sampled_from(["en", "de", "pt-BR", "zh", ""])
SPOKEN = st.builds(Spoken, language=LANGUAGE, title=TYPED, preheader=TYPED, markdown=st.text("a-\n #"))
FIELDS = st.builds(
    Fields,
    number=TYPED,
    klass=TYPED,
    topic=TYPED,
    models=TYPED,
    serials=TYPED,
    spoken=st.lists(SPOKEN, min_size=1, max_size=3, unique_by=lambda one: one.language).map(tuple),
)


@given(FIELDS)
def test_what_the_form_wrote_the_form_can_edit(fields: Fields) -> None:
    text = as_text(fields)
    again = as_fields(text)
    assert again is None or as_text(again) == text
    is_plain = all(one.language for one in fields.spoken) and not any("---" in one.markdown for one in fields.spoken)
    if is_plain:
        assert again is not None
        assert (again.spoken, again.number, again.models) == (fields.spoken, fields.number, fields.models)


@given(st.text("-\n: abtitle.de#"))
def test_a_text_is_edited_in_fields_only_if_they_write_it_again(text: str) -> None:
    fields = as_fields(text)
    assert fields is None or as_text(fields) == text


def test_a_line_break_in_a_field_does_not_open_a_second_line() -> None:
    """Fault 34: a field of the form is a line of a file."""
    wrong = replace(SPINDLE, models="", serials="", spoken=(replace(ENGLISH, title="One\r\nmodels: VX-500"),))
    source = read_source(as_text(wrong))
    assert (source.models, source.title) == ((), "One models: VX-500")


def test_a_field_that_is_emptied_goes_and_one_that_is_new_comes_where_it_belongs() -> None:
    fields = read_again(as_text(SPINDLE))
    changed = as_text(replace(fields, topic="", segment="ours", spoken=(replace(ENGLISH, preheader="Read"),)))
    assert changed.split("\n")[1:8] == [
        "number: TB-1", "title: Check the spindle: now", "preheader: Read", "class: technical", "segment: ours",
        "models: VX-500, VX-500i", "serials: A100000-A104000, B7",
    ]  # fmt: skip


def test_lines_without_a_field_can_be_edited_too() -> None:
    fields = read_again(with_line("# why\nclass: technical"))
    assert fields.more == "# why"
    assert "# because\n---\n" in as_text(replace(fields, more="# because"))
    assert "# why" not in as_text(replace(fields, more=""))


def test_a_language_comes_and_goes_with_its_title() -> None:
    text = as_text(SPINDLE)
    fields = read_again(text)
    two = with_spoken(fields, (*fields.spoken, GERMAN))
    assert as_text(two) == as_text(BOTH)
    one = with_spoken(two, two.spoken[:1])
    assert as_text(one) == text
    german = read_source(as_text(with_spoken(two, two.spoken[1:])))
    assert [(part.language, part.title, part.preheader) for part in german.sections] == [
        ("de", "Spindel prüfen", "Jetzt")
    ]


def test_another_language_may_be_the_first() -> None:
    turned = read_source(as_text(with_spoken(BOTH, (GERMAN, ENGLISH))))
    assert [(part.language, part.title, part.preheader) for part in turned.sections] == [
        ("de", "Spindel prüfen", "Jetzt"),
        ("en", "Check the spindle: now", "Jetzt"),
    ]


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (replace(BOTH, number="no number!"), Place("number", 1, 1)),
        (replace(BOTH, spoken=(replace(ENGLISH, title=""),)), Place("title-0", 1, 1)),
        (replace(BOTH, klass="loud"), Place("klass", 1, 1)),
        (replace(BOTH, serials="B7, A9-A1"), Place("serials", 1, 5)),
        (replace(BOTH, spoken=(ENGLISH, Spoken("??", markdown="x"))), Place("language-1", 1, 5)),
        (replace(BOTH, spoken=(replace(ENGLISH, markdown=" \n"), GERMAN)), Place("markdown-0", 1, 1)),
        (replace(BOTH, spoken=(ENGLISH, replace(GERMAN, markdown=""))), Place("markdown-1", 1, 1)),
        (replace(SPINDLE, spoken=(replace(ENGLISH, markdown="one\n---de---\nzwei"),)), Place("markdown-0", 2, 1)),
        (replace(SPINDLE, more="unheard: of"), Place("more", 1, 1)),
    ],
    ids=lambda value: value.field if isinstance(value, Place) else "",
)
def test_an_error_is_placed_in_the_field_it_is_about(wrong: Fields, where: Place) -> None:
    text = as_text(wrong)
    with pytest.raises(BadBulletin) as caught:
        read_source(text)
    assert place(text, caught.value) == where


def test_an_error_about_no_field_is_about_the_whole() -> None:
    assert place(as_text(SPINDLE), BadBulletin("There is no topic.")) == Place("", 1, 1)
