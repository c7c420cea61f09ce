"""A letter as a mail program shows it in the dark, whatever the screen of who looks at it."""

import pytest

from newsletter.web.letter_scheme import in_scheme

LETTER = (
    '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
    "<style>:root { color-scheme: light dark; }@media (prefers-color-scheme:dark) { p { color: white } }"
    "@media screen and ( prefers-color-scheme : light ) { p { color: black } }</style>"
    "<p>Write @media (prefers-color-scheme: dark) yourself.</p>"
)


@pytest.mark.parametrize(
    ("dark", "shown"),
    [
        (True, ["@media (min-width: 0) { p { color: white }", "and (max-width: 0) { p", "color-scheme: dark;"]),
        (False, ["@media (max-width: 0) { p { color: white }", "and (min-width: 0) { p", "color-scheme: light;"]),
    ],
    ids=["dark", "light"],
)
def test_what_is_said_for_one_scheme_holds_and_the_rest_does_not(dark: bool, shown: list[str]) -> None:  # noqa: FBT001 - a case of the table
    html = in_scheme(LETTER, dark=dark)
    for part in shown:
        assert part in html
    assert html.count(f'content="{"dark" if dark else "light"}"') == 2


def test_what_stands_in_the_text_is_left_alone() -> None:
    assert "<p>Write @media (prefers-color-scheme: dark) yourself.</p>" in in_scheme(LETTER, dark=True)
