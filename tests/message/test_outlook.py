"""What only Outlook for Windows reads, and what everybody else gets."""

import re

import pytest

from newsletter.message.outlook import for_outlook

SAID = {
    "a paragraph": ('<p align="x">a</p>', '<p align="x">a</p>'),
    "a table of layout": (
        '<table role="presentation" align="center" cellspacing="0" width="566" style="color:red">',
        '<table role="presentation" style="color:red;margin:0 auto;width:566px;border-spacing:0">',
    ),
    "a width in percent": ('<table width="100%">', '<table style="width:100%">'),
    "a cell": ('<td valign="top" bgcolor="#ffffff">', '<td style="vertical-align:top">'),
    "what its style says already": (
        '<td align="left" width="9" style="width:8px">',
        '<td style="width:8px;text-align:left">',
    ),
    "a property of Word's": ('<a href="x" style="mso-padding-alt:0px;color:red">', '<a href="x" style="color:red">'),
    "nothing but one": ('<td style="mso-line-height-rule:exactly;">', "<td>"),
}


def others(html: str) -> str:
    """What everybody but Outlook reads."""
    return re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)


@pytest.mark.parametrize("name", SAID)
def test_others_get_valid_html_that_says_the_same_by_style(name: str) -> None:
    html, wanted = SAID[name]
    assert sorted(re.findall(r"[\w-]+:[^;\"]+", others(for_outlook(html)))) == sorted(
        re.findall(r"[\w-]+:[^;\"]+", wanted)
    )
    assert others(for_outlook(html)).partition(" style")[0] == wanted.partition(" style")[0]


@pytest.mark.parametrize("name", [name for name in SAID if name != "a paragraph"])
def test_outlook_gets_what_was_written(name: str) -> None:
    html = SAID[name][0]
    assert for_outlook(html).startswith(f"<!--[if mso]>{html}<![endif]--><!--[if !mso]><!-->")


def test_a_cell_of_data_that_is_aligned_by_style_is_written_once() -> None:
    assert for_outlook('<td align="right" style="text-align:right">') == '<td style="text-align:right">'


def test_what_is_for_outlook_already_stays() -> None:
    html = '<!--[if mso | IE]><table align="center" width="600"><tr><td><![endif]--><b>x</b>'
    assert for_outlook(html) == html
