import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.db import Database
from newsletter.errors import BadFile, Refused
from newsletter.importing.apply import import_file
from tests.importing.conftest import Import
from tests.importing.snapshot import every_row

NOISE = random.Random(1).randbytes(2000)  # noqa: S311 - nothing secret


@pytest.mark.parametrize(
    ("octets", "sentence"),
    [
        pytest.param(b"", "is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf", "holds no headings", id="only a mark"),
        pytest.param(b"\r\n;;\r\n", "holds no headings", id="only blank rows"),
        pytest.param(b"Kundennr;Firma\r\n", "no rows under them", id="only headings"),
        pytest.param(b"Kundennr;Firma\r\n;\r\n;\r\n", "no rows under them", id="only blank rows under headings"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + NOISE, "a picture", id="PNG"),
        pytest.param(b"PK\x03\x04" + NOISE, "a workbook or a ZIP", id="xlsx"),
        pytest.param(b"%PDF-1.7\n" + NOISE, "a PDF", id="PDF"),
        pytest.param(NOISE, "NUL octets", id="noise"),
        pytest.param(b"Kundennr;Firma\nK1;A\0B\n", "NUL octets", id="a NUL"),
        pytest.param("Kundennr;Firma\nK1;A\0B\n".encode("utf-16"), "NUL character", id="a NUL in UTF-16"),
        pytest.param("Kundennr\nK1\n".encode("utf-16")[:-1], "not in the encoding", id="UTF-16 cut in two"),
        pytest.param(b"Kundennr;Firma;Firma\nK1;A;B\n", "'Firma' stands over two", id="a heading twice"),
        pytest.param(b"Kundennr;Firma;Company\nK1;A;B\n", "both stand for company", id="two headings, one field"),
        pytest.param(b"Kundennr;Firma\nK1;A\nKundennr;Firma\nK2;B\n", "Line 3 repeats", id="headings in the middle"),
        pytest.param(b"Firma;Land\nA;DE\n", "The headings are: Firma, Land", id="no account number"),
        pytest.param(b"foo;bar\n1;2\n", "No column holds the account number", id="unknown headings only"),
        pytest.param(b"<html><body>Session expired</body></html>\n<p>Sign in\n", "No column holds", id="HTML"),
        pytest.param(
            b"Kundennr;Notiz\nK1;" + b"x" * 200_000 + b"\n", "row of line 2 holds a cell over", id="a long cell"
        ),
        pytest.param(
            b'Kundennr;Notiz\nK1;"' + b"x\n" * 90_000 + b'"\n', "row of line 2", id="a long cell on many lines"
        ),
        pytest.param(b"Kundennr;Notiz\nK1;" + b"x" * 3_000_000, "Line 2 is longer", id="a long line"),
        pytest.param(b"Kundennr;Installiert am\nK1;03/04/2024\n", "dates=dmy", id="no telling day from month"),
        pytest.param(
            b"Kundennr;Installiert am\nK1;13/04/2024\nK1;04/13/2024\n",
            "line 2 says day first and line 3",
            id="both orders",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_to_do(
    tmp_path: Path, sqlite_db: Database, now: datetime, octets: bytes, sentence: str
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(octets)
    before = every_row(sqlite_db)
    for dry_run in (True, False):
        with pytest.raises(BadFile, match=sentence) as refused:
            import_file(sqlite_db, path, now=now, dry_run=dry_run)
        assert refused.value.hint
        assert len(str(refused.value)) < 1000
    assert every_row(sqlite_db) == before


def test_a_directory_and_a_missing_file_are_refused(tmp_path: Path, sqlite_db: Database, now: datetime) -> None:
    with pytest.raises(BadFile, match="is a directory"):
        import_file(sqlite_db, tmp_path, now=now)
    with pytest.raises(BadFile, match="There is no file"):
        import_file(sqlite_db, tmp_path / "export.csv", now=now)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dates": "ymd", "mapping": {"account": "No"}}, "no date order 'ymd'"),
        ({"mapping": {"acount": "No"}}, "no field 'acount'"),
        ({"mapping": {"account": "Nummer"}}, "no heading 'Nummer'"),
        ({"mapping": {"account": "No", "company": "No"}}, "mapped to two fields"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(imported: Import, options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        imported("No;Firm\n1;A\n", **options)
    assert refused.value.hint


def test_an_order_given_by_hand_lets_the_other_rows_come_back(imported: Import) -> None:
    report = imported("Kundennr;Modell;Serial;Installiert am\nK1;V;1;13/04/2024\nK1;V;2;04/13/2024\n", dates="mdy")
    assert [(complaint.line, complaint.reason) for complaint in report.complaints] == [
        (2, "There is no day '13/04/2024'.")
    ]
    assert report.units == 2
