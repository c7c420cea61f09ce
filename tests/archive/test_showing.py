"""What the archive shows of a text with parts for some readers."""

import pytest

from newsletter.archive.showing import show_to, show_to_anybody
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from tests.archive.newsstand import source

TEXT = """:::if model VX-500
Only some are told of the bearing of their VX-500, which runs warm.
:::
Everybody is told that grease is good, and oil too.
:::if not country DE, AT
1. Call us.
:::
---de---
Fett ist gut.
:::if language de-AT
Servus.
:::
"""
SOURCE = read_source(source("TB-1", text=TEXT, languages="en, de"))


def test_everybody_reads_all_and_for_whom_it_is() -> None:
    shown = show_to_anybody(1, SOURCE, "en")
    assert "<strong>Only for VX-500:</strong>\nOnly some are told" in shown.html
    assert "<strong>Not for Germany and Austria:</strong></p>\n<ol>" in shown.html
    assert ":::" not in shown.html
    assert shown.summary.startswith("Everybody is told")


def test_it_is_said_in_the_language_of_the_text() -> None:
    assert "<strong>Nur für Deutsch (Österreich):</strong>" in show_to_anybody(2, SOURCE, "de").html


@pytest.mark.parametrize(
    ("machine", "sees"),
    [
        (Machine(1, "VX-500", "A1", "K1", "", "DE"), (True, False)),
        (Machine(1, "CT-7", "A1", "K1", "", "US"), (False, True)),
    ],
    ids=["her model, in Germany", "another, in the US"],
)
def test_who_opens_their_own_letter_reads_what_is_for_them(machine: Machine, sees: tuple[bool, bool]) -> None:
    reader = Reader("n@works.example", "Nora", "Frost", "en", (machine,), (("K1", ""),))
    html = show_to(SOURCE, reader, {}).html
    assert ("runs warm" in html, "Call us" in html) == sees
    assert "Only for" not in html
