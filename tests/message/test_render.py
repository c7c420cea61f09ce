"""Staff text in its frame, filled for one person."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadBulletin, BadLetter
from newsletter.message.render import prepare
from tests.message.bulletins import FIRMWARE, FRAME, LUBRICATION, TAGS, VALUES
from tests.message.reading import Reader, filled, read


def test_a_value_stands_where_its_tag_stood() -> None:
    assert "Hello Jürgen,your PR-90 with" in read(LUBRICATION).words.replace("\n", "")


def test_a_tag_in_the_query_of_a_link_is_percent_encoded() -> None:
    assert read(LUBRICATION).every("a")[1]["href"] == "https://www.example.com/s?unit=K55012&a=47%2F11%20%26%20Co#x"


def test_a_tag_that_is_the_whole_link_is_the_link() -> None:
    html, text = filled(FIRMWARE)
    assert Reader(html).every("a")[0]["href"] == VALUES["done_url"]
    assert 'href="https://news.example.com/done?a=1&amp;b=2"' in html
    assert f"tell us ({VALUES['done_url']})" in " ".join(text.split())


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//example.com",
        "/x",
        "x",
        "https://a b",
        'https://a"b',
        "https://a<b",
        "https://",
        "https://example.com/\nx",
        "vbscript:x",
        " https://example.com",
        "https://exämple.com",
    ],
)
@pytest.mark.parametrize("name", ["done_url", "opt_out_url"])
def test_a_value_that_is_no_link_is_refused_where_a_link_is_needed(name: str, value: str) -> None:
    with pytest.raises(BadLetter, match=f"{name}.* is not a link"):
        filled(FIRMWARE, **{name: value})


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("[x](javascript:alert(1))", (3, 5)),
        ("[x](JaVaScript:alert)", (3, 5)),
        ("[x](data:text/html;base64,AAAA)", (3, 5)),
        ("![x](data:image/png;base64,AAAA)", (3, 6)),
        ("![x](mailto:a@example.com)", (3, 6)),
        ("[x](/relative)", (3, 5)),
        ("[x](//example.com)", (3, 5)),
        ("[x](file:///etc/passwd)", (3, 5)),
        ("[x](https://{{ model }}/a)", (3, 5)),
        ("[x](https://a{{ model }})", (3, 5)),
        ("{{ model }} [x]({{ model }}://a)", (3, 17)),
        ("[x]({{ done_url }}?a=b)", (3, 5)),
        ("[x]({{ model }}{{ serial }})", (3, 5)),
        ("[x](https://{{ model }}@example.com/)", (3, 5)),
    ],
)
def test_a_link_that_leads_nowhere_or_lets_a_value_choose_where_is_refused(link: str, place: tuple[int, int]) -> None:
    with pytest.raises(BadBulletin) as refusal:
        filled(f"# A\n\n{link}")
    assert (refusal.value.line, refusal.value.column) == place
    assert refusal.value.hint


def test_lines_are_counted_from_where_the_text_begins_in_its_file() -> None:
    with pytest.raises(BadBulletin) as refusal:
        prepare(markdown="\n> * a [x](/y)", tags=TAGS, frame=FRAME, first_line=9)
    assert (refusal.value.line, refusal.value.column) == (10, 11)


def test_an_unknown_tag_is_refused_before_anything_is_set() -> None:
    with pytest.raises(BadBulletin, match=r"Line 11, column 7.*first_name"):
        prepare(markdown="a\n\nHello {{ frist_name }}", tags=TAGS, frame=FRAME, first_line=9)


HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an attribute": '" onmouseover="alert(1)',
    "another attribute": "' onerror='alert(1)",
    "a tag": "{{ serial }}",
    "a jinja statement": "{% for x in y %}{{ 7*7 }}",
    "a format": "%s %(serial)s {0} \\1 \\g<0>",
    "markdown": "**a** [x](javascript:alert(1)) ![y](https://evil.example/p.png)",
    "an entity": "&lt;b&gt; &#x6A;",
    "a comment": "--><!-- x",
    "a line break": "a\r\nb\u2028c\x85d",
    "nul": "a\0b",
    "an override": "a\u202eb",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("bulletin", [LUBRICATION, FIRMWARE], ids=["lubrication", "firmware"])
def test_whatever_a_value_holds_is_shown_and_never_acted_on(bulletin: str, value: str) -> None:
    usual = read(bulletin)
    html, text = filled(bulletin, model=value, serial=value, first_name=value, account=value)
    hostile = Reader(html)
    assert [(tag, set(attributes)) for tag, attributes in hostile.elements] == [
        (tag, set(attributes)) for tag, attributes in usual.elements
    ]
    shown = re.sub("[\x00-\x1f\x85\u2028\u202e]+", " ", value)
    assert shown in hostile.words
    assert shown in text
    assert not re.search("[\0\r\u2028\u202e]", html + text)


@given(st.text(min_size=1).filter(lambda value: not value.isspace()))
def test_any_value_leaves_the_elements_of_the_letter_as_they_are(value: str) -> None:
    prepared = prepare(
        markdown="A {{ model }}\n\n![{{ model }}](https://a.example/{{ model }})", tags=TAGS, frame=FRAME
    )
    usual = Reader(prepared.fill(VALUES)[0])
    html = prepared.fill({**VALUES, "model": value, "machines": f"x\n{value}"})[0]
    given_ones = [tag for tag, _ in Reader(html).elements if tag != "br"]
    assert given_ones == [tag for tag, _ in usual.elements if tag != "br"]
    assert str(Reader(html).every("img")[0]["src"]).startswith("https://a.example/")


def test_text_that_looks_like_a_token_is_only_text() -> None:
    once = prepare(markdown="{{ model }}", tags=TAGS, frame=FRAME)
    assert "zq00000000000000n0q" in once.fill({**VALUES, "model": "zq00000000000000n0q"})[0]


def test_raw_html_of_staff_is_shown_as_text() -> None:
    reader = read('<script>alert(1)</script> <b onclick="x">b</b>\n\n<div style="x">c</div>\n\n<!-- d -->')
    assert {"script", "b"}.isdisjoint(tag for tag, _ in reader.elements)
    assert "<script>alert(1)</script>" in reader.words


def test_nothing_becomes_a_link_that_was_not_written_as_one() -> None:
    assert len(read("www.example.com https://example.com a@example.com").every("a")) == len(FRAME.links)


def test_a_default_is_shown_where_the_value_is_missing_and_only_there() -> None:
    html, text = filled('{{ model | "machine" }}, {{ model }}', model="PR-90")
    assert "PR-90, PR-90" in html
    with pytest.raises(BadLetter, match="model"):
        filled('{{ model | "machine" }}, {{ model }}', model="")
    assert "machine!" in filled('{{ first_name | "machine" }}!', first_name="")[1]
    assert "PR-90, PR-90" in text


def test_a_prepared_text_knows_what_every_person_needs() -> None:
    prepared = prepare(markdown=FIRMWARE, tags=TAGS, frame=FRAME)
    assert prepared.required == ("model", "done_url", "serial", "account", "opt_out_url", "preferences_url")


def test_two_braces_can_be_written_as_such() -> None:
    html, text = filled('`{{ "{{" }} model }}`')
    assert "<code>{{ model }}</code>" in html
    assert "{{ model }}" in text


def test_the_same_text_is_set_to_the_same_parts() -> None:
    assert filled(LUBRICATION) == filled(LUBRICATION)


def test_windows_line_ends_change_nothing() -> None:
    assert filled(LUBRICATION.replace("\n", "\r\n")) == filled(LUBRICATION)
