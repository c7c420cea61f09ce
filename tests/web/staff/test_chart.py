"""Charts: well-formed, named, inert, and never by colour alone."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from newsletter.web.staff.chart import line, stacked
from newsletter.web.staff.chart_against import Point, against
from newsletter.web.staff.chart_bars import bars, layers
from newsletter.web.staff.chart_parts import Series, Share, nice

SVG = "{http://www.w3.org/2000/svg}"
BASE = [Series("in use", "in-use", [3, 5]), Series("not in use", "gone", [1, 0]), Series("unknown", "unknown", [2, 2])]
EVIL = "</text><script>alert(1)</script>\"'&"


def read(markup: Markup) -> ET.Element:
    # A page needs no namespace, a parser does.
    return ET.fromstring(str(markup).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))  # noqa: S314 - ours


CHARTS = {
    "against": against("e", EVIL, EVIL, (EVIL, "seen"), [Point(0.5, Share("", 0.4, 0.2, 0.6))]),
    "stacked": stacked("a", EVIL, EVIL, ["Sep", EVIL], BASE),
    "line": line("b", EVIL, EVIL, [Share("Sep", 0.2, 0.1, 0.4), Share(EVIL, None), Share("Nov", 0.3, 0.2, 0.5)]),
    "bars": bars("c", EVIL, EVIL, [Share(EVIL, 0.2, 0.1, 0.4), Share("few", None)]),
    "layers": layers("d", EVIL, EVIL, ["CT-7", EVIL], BASE),
}


@pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
def test_a_chart_is_a_named_picture_and_text_in_it_stays_text(chart: Markup) -> None:
    """Fault 31, WCAG 1.1.1."""
    picture = read(chart)
    assert picture.get("role") == "img"
    ids = (picture.get("aria-labelledby") or "").split()
    assert [picture.find(f".//*[@id='{id_}']") is not None for id_ in ids] == [True, True]
    assert picture.findall(f".//{SVG}script") == []
    assert "style=" not in chart


def test_layers_differ_by_pattern_and_not_by_colour_alone() -> None:
    """WCAG 1.4.1."""
    picture = read(stacked("x", "t", "d", ["Sep", "Oct"], BASE))
    fills = {rect.get("class"): rect.get("fill") for rect in picture.iter(f"{SVG}rect")}
    assert fills == {"s-in-use": None, "s-gone": "url(#x-gone)", "s-unknown": None}
    assert picture.find(f".//{SVG}pattern[@id='x-gone']") is not None
    assert {"in use", "not in use", "unknown"} <= {text.text for text in picture.iter(f"{SVG}text")}


def test_columns_are_as_high_as_their_numbers() -> None:
    picture = read(stacked("x", "t", "d", ["Sep", "Oct"], BASE))
    heights = [float(rect.get("height", "")) for rect in picture.iter(f"{SVG}rect")][3:]  # after the legend
    assert heights[0] / heights[1] == pytest.approx(3, rel=0.01)
    assert heights[3] / heights[0] == pytest.approx(5 / 3, rel=0.01)


def test_a_line_is_broken_where_there_is_too_little_to_say() -> None:
    points = [Share("a", 0.2, 0.1, 0.3), Share("b", 0.3, 0.2, 0.4), Share("c", None), Share("d", 0.1, 0.0, 0.2)]
    picture = read(line("x", "t", "d", points))
    assert [len((part.get("points") or "").split()) for part in picture.iter(f"{SVG}polyline")] == [2, 1]
    assert [len((part.get("points") or "").split()) for part in picture.iter(f"{SVG}polygon")] == [4, 2]


def test_a_bar_says_its_number_and_its_interval() -> None:
    picture = read(bars("x", "t", "d", [Share("a", 0.2, 0.1, 0.4), Share("b", 0.5, 0.5, 0.5), Share("c", None)]))
    values = [text.text for text in picture.iter(f"{SVG}text") if text.get("class") == "value"]
    assert values == ["20 % (10 % to 40 %)", "50 %", "too few to say"]
    assert len(list(picture.iter(f"{SVG}path"))) == 1  # what is counted in full has no interval


def test_what_came_true_as_said_lies_on_the_line_of_equality() -> None:
    points = [Point(x, Share("", x, x - 0.1, x + 0.1)) for x in (0.2, 0.5, 0.8)] + [Point(0.9, Share("", None))]
    picture = read(against("x", "t", "d", ("said", "seen"), points))
    (equal,) = (path.get("d") or "" for path in picture.iter(f"{SVG}path") if path.get("class") == "equal")
    left, bottom, right, top = (float(number) for number in re.findall(r"[\d.]+", equal))
    dots = [(float(dot.get("cx") or 0), float(dot.get("cy") or 0)) for dot in picture.iter(f"{SVG}circle")]
    assert len(dots) == 3
    assert [(x - left) / (right - left) for x, _ in dots] == pytest.approx([0.2, 0.5, 0.8], abs=0.001)
    assert [(bottom - y) / (bottom - top) for _, y in dots] == pytest.approx([0.2, 0.5, 0.8], abs=0.001)


def test_where_too_few_answered_the_chart_says_so() -> None:
    picture = read(against("x", "t", "d", ("said", "seen"), [Point(0.5, Share("", None))]))
    assert "Too few to say." in [text.text for text in picture.iter(f"{SVG}text")]


EMPTY = [
    stacked("a", "t", "d", [], []),
    line("b", "t", "d", []),
    bars("c", "t", "d", []),
    against("d", "t", "d", ("said", "seen"), []),
]


@pytest.mark.parametrize("empty", EMPTY)
def test_nothing_to_draw_is_an_empty_picture(empty: Markup) -> None:
    assert read(empty).get("role") == "img"


@given(st.floats(min_value=1e-6, max_value=1e9))
def test_an_axis_ends_at_or_above_what_it_has_to_show(value: float) -> None:
    assert value * (1 - 1e-9) <= nice(value) <= 10.01 * value
