import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.importing.dialect import DELIMITERS, find_delimiter, find_dialect, rows_under_headings
from newsletter.importing.rows import Row, read_rows

TEXT = "Kundennr;Firma;Notiz\nK1;Müller Präzision;Société à Gênes\nK2;García Weiß;läuft für größere\n"
MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


def rows(path: Path) -> list[Row]:
    return list(rows_under_headings(path, find_dialect(path)))


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(TEXT.encode(), id="UTF-8"),
        pytest.param(TEXT.encode("utf-8-sig"), id="UTF-8 with mark"),
        pytest.param((MARK + TEXT).encode("utf-16-le"), id="UTF-16 LE"),
        pytest.param((MARK + TEXT).encode("utf-16-be"), id="UTF-16 BE"),
        pytest.param(TEXT.encode("latin-1"), id="latin-1"),
        pytest.param(TEXT.encode("cp1252"), id="cp1252"),
        pytest.param(TEXT.encode("mac_roman"), id="Mac"),
        pytest.param(TEXT.replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(TEXT.replace("\n", "\r").encode(), id="CR"),
        pytest.param(("sep=;\n" + TEXT).encode(), id="Excel's own hint"),
        pytest.param(("\n;;\n" + TEXT).encode(), id="blank rows first"),
        pytest.param(TEXT.replace(";", ",").encode(), id="commas"),
        pytest.param(TEXT.replace(";", "\t").encode(), id="tabs"),
        pytest.param(TEXT.replace(";", "|").encode(), id="bars"),
    ],
)
def test_every_way_to_write_a_table_is_read_alike(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(octets)
    assert find_dialect(path).headings == ("Kundennr", "Firma", "Notiz")
    assert [row.cells for row in rows(path)] == [
        ("K1", "Müller Präzision", "Société à Gênes"),
        ("K2", "García Weiß", "läuft für größere"),
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Kundennr;Firma\nK1;Станкостроительный завод\nK2;Москва Прибор\n", "cp1251"),
        ("Kundennr;Firma\nK1;東京精密工業株式会社\nK2;田中製作所\n", "shift_jis"),
        ("Kundennr;Preis\nK1;5 € „gut“\n", "cp1252"),
        ("Kundennr;Firma\nK1;Müller\n", "latin-1"),
    ],
)
def test_an_old_encoding_is_guessed(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode(encoding))
    assert rows(path)[0].cells == tuple(text.splitlines()[1].split(";"))


def test_a_row_in_another_encoding_does_not_spoil_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("Kundennr;Firma\nK1;Müller\nK2;Weiß\nK3;".encode() + b"M\xfcller\nK4;Last\n")
    assert [(row.cells[0], row.damage) for row in rows(path)] == [
        ("K1", ""), ("K2", ""), ("K3", "The row holds octets of another encoding."), ("K4", ""),
    ]  # fmt: skip


def test_a_letter_cut_by_the_end_of_a_chunk_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"Kundennr;Firma\n" + "K1;xüüüüüüü\n".encode() * 60_000)
    assert find_dialect(path).encoding == "utf-8-sig"


def test_a_row_knows_the_line_of_the_file_it_begins_on(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b'Kundennr;Notiz\r\nK1;"one\ntwo\r\nthree"\r\n\r\n;\r\nK2;x\r\n')
    assert [(row.line, row.cells[0]) for row in rows(path)] == [(2, "K1"), (6, ""), (7, "K2")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('a;"b\nc;d\n', [(1, 'a;"b', True), (2, "c", False)], id="never closed"),
        pytest.param('a;"b" c\nd;e\n', [(1, 'a;"b" c', True), (2, "d", False)], id="text after the mark"),
        pytest.param(
            'a;"b\nc;d\ne;"f"\n', [(1, 'a;"b', True), (2, "c", False), (3, "e", False)], id="closed by a neighbour"
        ),
    ],
)
def test_a_quotation_mark_out_of_order_costs_one_line(text: str, expected: list[tuple[int, str, bool]]) -> None:
    found = read_rows(io.StringIO(text, newline=""), ";")
    assert [(row.line, row.cells[0], bool(row.damage)) for row in found] == expected


@pytest.mark.parametrize("row", ["K1;A", "K1;A;b;c"])
def test_a_row_of_another_width_is_damaged(tmp_path: Path, row: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text(f"Kundennr;Firma;Notiz\n{row}\n")
    assert "the headings 3" in rows(path)[0].damage


cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
tables = st.integers(2, 6).flatmap(lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), min_size=1))


@given(tables, st.sampled_from(DELIMITERS))
def test_what_a_csv_writer_wrote_is_read_back(table: list[list[str]], delimiter: str) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(table)
    text.seek(0)
    assert [row.cells for row in read_rows(text, delimiter)] == [tuple(row) for row in table]


words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)


@given(st.lists(st.lists(words, min_size=3, max_size=3), min_size=1, max_size=20), st.sampled_from(DELIMITERS))
def test_the_delimiter_is_found_whatever_the_words(table: list[list[str]], delimiter: str) -> None:
    assert find_delimiter([delimiter.join(row) + "\n" for row in table]) == delimiter


@given(st.binary(max_size=300))
def test_any_octets_under_headings_give_rows_and_no_crash(
    tmp_path_factory: pytest.TempPathFactory, octets: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "export.csv"
    path.write_bytes(b"Kundennr;Firma\nK1;A\n" + octets.replace(b"\0", b""))
    assert all(row.cells for row in rows(path))
