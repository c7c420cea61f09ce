from collections.abc import Callable

import pytest

from newsletter.errors import BadFile
from newsletter.importing.columns import Field, find_columns
from newsletter.importing.values import country_code, known, language_tag, said, zone_name
from tests.importing.installed_base import ENGLISH, GERMAN

GERMAN_TOO = ("Kundenbetreuer", "Kundenklasse", "Telefon", "Softwarestand")
ENGLISH_TOO = ("Account owner", "Customer class", "Phone", "Firmware version")


@pytest.mark.parametrize("headings", [GERMAN + GERMAN_TOO, ENGLISH + ENGLISH_TOO])
def test_every_field_is_found_in_german_and_in_english(headings: tuple[str, ...]) -> None:
    assert list(find_columns(headings).position) == list(Field)


@pytest.mark.parametrize(
    "heading", ["KUNDENNR", "Kunden-Nr.", " kunden nr ", "Account No.", "Customer number", "Kundennummer"]
)
def test_case_and_punctuation_of_a_heading_do_not_matter(heading: str) -> None:
    assert find_columns(("x", heading)).position == {Field.ACCOUNT: 1}


def test_a_mapping_by_hand_outranks_what_a_heading_is_known_for() -> None:
    columns = find_columns(("ID", "Firma", "Company", "Note"), {"account": "ID", "company": "Company", "role": "note"})
    assert columns.position == {Field.ACCOUNT: 0, Field.COMPANY: 2, Field.ROLE: 3}


def test_two_headings_for_one_field_are_settled_by_a_mapping() -> None:
    headings = ("Kundennr", "Firma", "Company")
    with pytest.raises(BadFile, match="'Firma' and 'Company' both stand for company"):
        find_columns(headings)
    assert find_columns(headings, {"company": "Firma"}).position[Field.COMPANY] == 1


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        *((word, True) for word in ("ja", "JA", "j", "1", " x ", "Yes", "TRUE", "opt-in")),
        *((word, False) for word in ("nein", "N", "0", "no", "False", "-", "abgemeldet")),
        *((word, None) for word in ("maybe", "10", "?", "✓")),
    ],
)
def test_yes_and_no_in_both_languages(word: str, answer: bool | None) -> None:  # noqa: FBT001 - a table's column
    assert said(word) is answer


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [
        (country_code, "de", "DE"),
        (country_code, "Deutschland", "DE"),
        (country_code, "Czech Republic", "CZ"),
        (country_code, "USA", "US"),
        (country_code, "ÖSTERREICH", "AT"),
        (country_code, "ZZ", None),
        (country_code, "Atlantis", None),
        (language_tag, "DE", "de"),
        (language_tag, "pt_br", "pt-BR"),
        (language_tag, "Französisch", "fr"),
        (language_tag, "Español", "es"),
        (language_tag, "xx", None),
        (language_tag, "de-QX", None),
        (zone_name, "europe/berlin", "Europe/Berlin"),
        (zone_name, "Europe/Atlantis", None),
        (zone_name, "../../etc/passwd", None),
        (known, " Pia\r\n\tAnna\x07 ", "Pia Anna"),
        (known, "?", ""),
        (known, "Null", "Null"),
    ],
)
def test_a_cell_is_read_or_dropped(read: Callable[[str], str | None], text: str, value: str | None) -> None:
    assert read(text) == value
