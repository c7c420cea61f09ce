"""Merge tags in staff text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadBulletin, BadLetter
from newsletter.message.merge import MOST_TAGS, parse

TAGS = ("first_name", "model", "serial")

REFUSED = {
    "unknown": ("Hello {{ firstname }},", 1, 7, "first_name"),
    "another case": ("{{ First_Name }}", 1, 1, "first_name"),
    "arithmetic": ("a\nb {{7*7}}", 2, 3, "Known tags"),
    "attribute": ("{{ model.__class__ }}", 1, 1, "model"),
    "call": ("{{ model() }}", 1, 1, "model"),
    "filter": ("{{ model | upper }}", 1, 1, "instead"),
    "default without quotes": ("{{ model | machine }}", 1, 1, "instead"),
    "typographic quotes": ("{{ model | “machine” }}", 1, 1, "instead"),
    "two defaults": ('{{ model | "a" | "b" }}', 1, 1, "instead"),
    "long string": ("{{ 'a'*10**9 }}", 1, 1, "Known tags"),
    "unclosed": ("one\n\n  {{ model\n}}", 3, 3, "Close it"),
    "unclosed at the end": ("x {{", 1, 3, "Close it"),
    "unclosed default": ('{{ model | "a }}', 1, 1, "instead"),
    "nested": ("{{ {{ model }} }}", 1, 1, "Close the first"),
    "three braces": ("{{{ model }}}", 1, 1, "Close the first"),
    "empty": ("{{ }}", 1, 1, "Known tags"),
    "after windows lines": ("a\r\nb\r\n {{ x }}", 3, 2, "Known tags"),
    "after old mac lines": ("a\rb {{ x }}", 2, 3, "Known tags"),
    "after wide letters": ("漢字 {{ x }}", 1, 4, "Known tags"),
}


@pytest.mark.parametrize(("text", "line", "column", "hint"), REFUSED.values(), ids=REFUSED)
def test_anything_else_between_braces_is_refused_where_it_stands(text: str, line: int, column: int, hint: str) -> None:
    with pytest.raises(BadBulletin) as refusal:
        parse(text, tags=TAGS)
    assert (refusal.value.line, refusal.value.column) == (line, column)
    assert hint in refusal.value.hint


def test_lines_are_counted_from_where_the_text_begins_in_its_file() -> None:
    with pytest.raises(BadBulletin) as refusal:
        parse("a\n{{ x }}", tags=TAGS, first_line=9)
    assert refusal.value.line == 10


def test_without_any_tags_the_hint_says_so() -> None:
    with pytest.raises(BadBulletin, match="No tags can be used here"):
        parse("{{ x }}", tags=())


def test_a_template_knows_its_tags_in_order_and_which_must_have_a_value() -> None:
    template = parse('{{ serial }} {{ model | "machine" }} {{first_name}} {{ serial }}', tags=TAGS)
    assert [tag.name for tag in template.tags] == ["serial", "model", "first_name", "serial"]
    assert template.required == ("serial", "first_name")


@pytest.mark.parametrize("values", [{}, {"first_name": ""}, {"first_name": " \t\n"}])
def test_a_missing_or_blank_value_takes_the_default(values: dict[str, str]) -> None:
    assert parse('Dear {{ first_name | "colleague" }}', tags=TAGS).fill(values) == "Dear colleague"


@pytest.mark.parametrize("values", [{}, {"first_name": ""}, {"first_name": "  "}])
def test_nobody_is_greeted_with_a_bare_hello(values: dict[str, str]) -> None:
    with pytest.raises(BadLetter, match=r"no value for \{\{ first_name"):
        parse("Hello {{ first_name }},", tags=TAGS).fill(values)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{{ "{{" }} model }}', "{{ model }}"),
        ('{{ first_name | "\\"q\\" \\\\ }}" }}', '"q" \\ }}'),
        ("{ a } }} {% x %} {# y #} $" + "{z}", "{ a } }} {% x %} {# y #} $" + "{z}"),
        ('{{ first_name | "" }}!', "!"),
    ],
)
def test_braces_can_be_written_as_such(text: str, shown: str) -> None:
    assert parse(text, tags=TAGS).fill({}) == shown


@given(st.text(st.sampled_from('{}|" \\\nax_serial')), st.text(max_size=20))
def test_any_text_is_refused_with_its_place_or_filled_without_looking_at_the_values(text: str, value: str) -> None:
    try:
        template = parse(text, tags=TAGS)
    except BadBulletin as refusal:
        place = text.split("\n")[refusal.line - 1][refusal.column - 1 :]
        assert place.startswith("{{")
        return
    filled = template.fill(dict.fromkeys(TAGS, f"x{value}"))
    assert filled.count(f"x{value}") >= sum(tag.default is None for tag in template.tags)


def test_a_text_with_more_tags_than_anybody_writes_is_refused() -> None:
    with pytest.raises(BadBulletin, match=f"more than {MOST_TAGS} tags"):
        parse("{{ model }}" * (MOST_TAGS + 1), tags=TAGS)
