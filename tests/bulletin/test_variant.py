"""Two variants in one source: which lines and titles are whose, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.compose import needed_tags
from newsletter.bulletin.source import read_source
from newsletter.bulletin.unmet import conditions_of
from newsletter.bulletin.variant import VARIANTS, lines_of
from newsletter.errors import BadBulletin

HEAD = "number: TB-1\ntitle: Grease\nclass: technical\nlanguage: en, de\ntitle.de: Fett\n"
TEXTS = "Grease it.\n---de---\nFetten.\n"


def written(front: str = "", text: str = TEXTS) -> str:
    return f"---\n{HEAD}{front}---\n{text}"


def test_a_bulletin_without_differences_has_no_variants() -> None:
    source = read_source(written())
    assert (source.variants, source.variant, source.other, source.each) == ((), "", None, (source,))
    assert read_source(written(), variant="b") == source


@pytest.mark.parametrize(
    ("front", "text"),
    [
        ("b.title: Grease\nb.title.de: Fett\n", TEXTS),
        ("", ":::variant a\n:::\nGrease it.\n---de---\nFetten.\n"),
    ],
    ids=["the same titles", "an empty variant"],
)
def test_what_says_the_same_is_no_variant(front: str, text: str) -> None:
    assert read_source(written(front, text)).variants == ()


def test_titles_and_preheaders_of_b_stand_in_the_front_matter() -> None:
    text = written("preheader: Half\nb.title: Half the grease\nb.title.de: Halb so viel\nb.preheader: Less\n")
    first, second = read_source(text), read_source(text, variant="b")
    assert [section.title for section in first.sections] == ["Grease", "Fett"]
    assert [section.title for section in second.sections] == ["Half the grease", "Halb so viel"]
    assert [section.preheader for section in second.sections] == ["Less", "Less"]
    assert (first.variant, second.variant) == VARIANTS
    assert first.other is not None
    assert second.other is not None
    assert (first.other.sections, second.other.sections) == (second.sections, first.sections)
    assert [source.variant for source in second.each] == ["a", "b"]
    assert second.sections[0].title_line == 8


def test_a_text_for_one_variant_leaves_the_lines_of_the_other_empty_and_every_line_at_its_place() -> None:
    text = ":::variant a\nHello\n:::\nAll\n:::variant b\n:::if country DE\nServus\n:::\n:::\n---de---\nAlle\n"
    first, second = read_source(written("", text)), read_source(written("", text), "b")
    assert first.sections[0].markdown.split("\n") == ["", "Hello", "", "All", "", "", "", "", ""]
    assert second.sections[0].markdown.split("\n") == ["", "", "", "All", "", ":::if country DE", "Servus", ":::", ""]
    assert len(conditions_of(first)) == 1, "what b asks is looked up, too"


def test_a_variant_may_stand_in_other_directives_and_around_them() -> None:
    text = ":::if country DE\n:::variant b\nIn\n:::\nBoth\n:::\nAll\n---de---\nAlle\n"
    assert "In" in read_source(written("", text), "b").sections[0].markdown
    assert "In" not in read_source(written("", text)).sections[0].markdown


def test_everybody_needs_the_values_of_both_variants() -> None:
    text = "Hi.\n:::variant b\nYour {{ serial }}\n:::\n---de---\nAlle\n"
    assert needed_tags(read_source(written("", text))) == ("serial",)


@pytest.mark.parametrize(
    ("front", "text", "line", "said"),
    [
        ("b.title: Half\n", TEXTS, 7, "In variant b: There is another title, but none in de."),
        ("b.title.fr: Moitié\n", TEXTS, 7, "In variant b: There is a title in 'fr', but no text."),
        ("", ":::variant c\nx\n:::\n---de---\nFetten.\n", 8, "'c' is no variant."),
        ("", "x\n:::variant a\n---de---\n:::\nFetten.\n", 9, "This ':::variant' is never closed."),
        ("", ":::variant a\n:::variant b\nx\n:::\n:::\n---de---\ny\n", 9, "This ':::variant' stands in another one."),
        ("", ":::variant a\nx\n:::\n---de---\ny\n", 5, "In variant b: The text in 'en' is empty."),
        ("", ":::variant b\n:::if moon full\nx\n:::\n:::\ny\n---de---\ny\n", 9, "In variant b: "),
        ("c.title: x\n", TEXTS, 7, "There is no field 'c.title'."),
    ],
    ids=[
        "a title in one language only",
        "a language without a text",
        "a third variant",
        "across languages",
        "inside each other",
        "nothing left for b",
        "a mistake in b",
        "a field of a third",
    ],
)
def test_what_is_wrong_in_either_variant_is_refused_at_its_line(front: str, text: str, line: int, said: str) -> None:
    for variant in VARIANTS:
        with pytest.raises(BadBulletin) as refused:
            read_source(written(front, text), variant)
        assert refused.value.message.startswith(said)
        assert refused.value.hint
        if not said.endswith("empty."):
            assert refused.value.line == line


LINES = st.sampled_from(
    [
        "text",
        "",
        " :::variant a",
        ":::variant a",
        ":::variant b",
        ":::  Variant B ",
        ":::if country DE",
        ":::",
        "::::",
        ":::!",
    ]
)


@given(st.lists(LINES, max_size=14))
def test_each_line_is_kept_or_emptied_and_what_is_for_both_stays_in_both(lines: list[str]) -> None:
    try:
        of_a, of_b = (lines_of(lines, 1, variant) for variant in VARIANTS)
    except BadBulletin:
        return
    assert len(of_a) == len(of_b) == len(lines)
    for line, in_a, in_b in zip(lines, of_a, of_b, strict=True):
        assert {in_a, in_b} <= {line, ""}
    assert not [line for line in of_a + of_b if line.startswith(":::") and "ariant" in line]
    if not any("ariant" in line and line.startswith(":::") for line in lines):
        assert of_a == of_b == lines
