"""Which files may go with a letter."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.db import Database
from newsletter.enclosure.file_name import KINDS, LARGEST, LONGEST_NAME, kind_of_file, read_file_name
from newsletter.enclosure.keep_file import attached, file_of, files, keep_file
from newsletter.errors import BadFile, Conflict, NotFound
from tests.enclosure.drawings import jpeg, moving, png

PDF = b"%PDF-1.7\n%%EOF\n"
NAMES = {
    "plain": ("service-letter.pdf", "service-letter.pdf"),
    "a path of Windows": ("C:\\Users\\nora\\Letter.PDF", "Letter.pdf"),
    "a path": ("../../etc/Öl Öl.pdf", "Öl Öl.pdf"),
    "a comma, which would part two": ("a, b.pdf", "a- b.pdf"),
    "quotes and a line break": ('a"b\r\nBcc: x.pdf', "a-b-Bcc- x.pdf"),
    "two endings": ("letter.exe.pdf", "letter.exe.pdf"),
    "blanks around": ("  a  .pdf ", "a.pdf"),
}
BAD_NAMES = ["", "a", ".pdf", " .pdf", "a.exe", "a.docm", "a.html", "a.svg", "a.zip", "a.pdf.exe", "a\u202efdp.pdf"]


@pytest.mark.parametrize(("said", "name"), NAMES.values(), ids=NAMES)
def test_a_name_is_made_fit_to_be_seen(said: str, name: str) -> None:
    assert read_file_name(said) == name


@pytest.mark.parametrize("said", [*BAD_NAMES, "a" * LONGEST_NAME + ".pdf"])
def test_what_no_firm_lets_in_is_refused_by_its_name(said: str) -> None:
    with pytest.raises(BadFile) as refused:
        read_file_name(said)
    assert refused.value.hint


@given(st.text(max_size=60))
def test_whatever_a_browser_says_a_name_is_safe_or_refused(said: str) -> None:
    try:
        name = read_file_name(said + ".pdf")
    except BadFile:
        return
    assert name.isprintable()
    assert not set(name) & set("/\\\",'`%{}\r\n")
    assert read_file_name(name) == name


GOOD = {
    "a.pdf": PDF,
    "a.png": png(),
    "a.jpg": jpeg(),
    "a.jpeg": jpeg(),
    "a.gif": moving(),
    "a.txt": "Öl".encode(),
    "a.csv": b"\xef\xbb\xbfa;b\r\n",
}
BAD = {
    "empty": ("a.pdf", b"", "empty"),
    "too large": ("a.pdf", PDF + bytes(LARGEST), "more than 5 MB"),
    "a program with the name of a PDF": ("a.pdf", b"MZ\x90", "not what its name says"),
    "a PDF with the name of a picture": ("a.png", PDF, "not what its name says"),
    "a PDF with a program": ("a.pdf", PDF + b"<< /S /JavaScript /JS (x) >>", "holds a program"),
    "a PDF that starts one": ("a.pdf", PDF + b"/Launch", "holds a program"),
    "a PDF with another file": ("a.pdf", PDF + b"/EmbeddedFile ", "holds a program"),
    "text in another coding": ("a.txt", "Öl".encode("latin-1"), "not UTF-8"),
    "text with a NUL": ("a.txt", b"a\0b", "no plain text"),
    "a page with the name of a text": ("a.txt", b" <!DOCTYPE html><script>", "no plain text"),
    "a drawing with the name of a table": ("a.csv", b"\xef\xbb\xbf<svg>", "no plain text"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_goes_out(name: str) -> None:
    assert kind_of_file(name, GOOD[name]) == KINDS[name.partition(".")[2]]


@pytest.mark.parametrize(("name", "octets", "said"), BAD.values(), ids=BAD)
def test_what_does_not_is_refused_in_words(name: str, octets: bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said) as refused:
        kind_of_file(name, octets)
    assert refused.value.hint


def test_a_name_means_one_content(db: Database, now: datetime) -> None:
    keep = {"author": "mara", "now": now}
    assert keep_file(db, PDF, "a.pdf", **keep) == keep_file(db, PDF, "dir/a.pdf", **keep) == "a.pdf"
    with pytest.raises(Conflict, match=r"another file 'a\.pdf'"):
        keep_file(db, PDF + b"more", "a.pdf", **keep)
    keep_file(db, b"x", "b.txt", **keep)
    with db.read() as session:
        assert sorted((file.name, file.octets) for file in files(session)) == [("a.pdf", len(PDF)), ("b.txt", 1)]
        assert [one.content for one in attached(session, ["b.txt", "a.pdf"])] == [b"x", PDF]
        with pytest.raises(NotFound):
            file_of(session, "c.pdf")
