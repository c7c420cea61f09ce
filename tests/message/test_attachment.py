"""Files that go with a letter, as octets."""

from dataclasses import replace
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.message.attachment import NOTHING_ATTACHED, Attachment, as_part, attach, coded_size
from newsletter.message.mime import to_bytes
from tests.message.letters import LETTER, assert_lawful, parsed

PDF = Attachment("service-letter.pdf", "application/pdf", b"%PDF-1.7\n" + bytes(range(256)) * 40)
NAMES = {
    "plain": "service-letter.pdf",
    "with a space": "service letter (2).pdf",
    "umlauts": "Wartungsanleitung für Ölpumpe.pdf",
    "Japanese, long": "潤滑" * 35 + ".pdf",
    "faces": "👩‍🔧" * 10 + ".pdf",
    "long and plain": "a" * 76 + ".pdf",
    "one that looks like a boundary": "=_b.pdf",
    "Arabic": "نشرة تقنية.pdf",
    "an apostrophe that came by another way": "O'Brien %41.pdf",
}


def files_of(message: EmailMessage) -> list[tuple[str | None, str, bytes]]:
    found = [*message.iter_attachments()]
    assert [part.defects for part in message.walk()] == [[]] * len([*message.walk()])
    return [(part.get_filename(), part.get_content_type(), part.get_payload(decode=True)) for part in found]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_rfc_2231_a_name_arrives_whatever_its_letters(name: str) -> None:
    raw = to_bytes(replace(LETTER, files=attach([replace(PDF, name=name)])))
    assert_lawful(raw)
    assert files_of(parsed(raw)) == [(name, "application/pdf", PDF.content)]
    assert all(len(line) <= 78 for line in as_part(replace(PDF, name=name)).partition(b"\r\n\r\n")[0].split(b"\r\n"))


def test_the_text_stands_first_and_whole_and_the_files_in_order() -> None:
    table = Attachment("a.csv", "text/csv; charset=utf-8", b"a,b\n")
    raw = to_bytes(replace(LETTER, files=attach([PDF, table])))
    message = parsed(raw)
    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "multipart/alternative", "application/pdf", "text/csv"
    ]  # fmt: skip
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    said = [body.get_content().replace("\r\n", "\n") for body in (plain, html)]
    assert said == [LETTER.text, LETTER.html]
    assert [name for name, _, _ in files_of(message)] == ["service-letter.pdf", "a.csv"]


def test_without_files_a_letter_is_what_it_was() -> None:
    assert to_bytes(replace(LETTER, files=attach([]))) == to_bytes(LETTER)
    assert attach([]) is NOTHING_ATTACHED
    assert b"multipart/mixed" not in to_bytes(LETTER)


def test_a_letter_of_eight_bits_says_so_outside_too() -> None:
    message = parsed(to_bytes(replace(LETTER, files=attach([PDF])), eight_bit=True))
    assert message["Content-Transfer-Encoding"] == "8bit"
    assert files_of(message) == [(PDF.name, PDF.kind, PDF.content)]


def test_rfc_2045_6_8_lines_of_base64_have_76_columns() -> None:
    body = as_part(PDF).partition(b"\r\n\r\n")[2].split(b"\r\n")
    assert {len(line) for line in body[:-1]} == {76}
    assert 0 < len(body[-1]) <= 76


@settings(max_examples=60)
@given(content=st.binary(max_size=400), name=st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40))
def test_any_octets_arrive_under_any_name(content: bytes, name: str) -> None:
    name = name.translate(str.maketrans('\\"', "--")) + "x.txt"
    raw = to_bytes(replace(LETTER, files=attach([Attachment(name, "application/octet-stream", content)])))
    assert_lawful(raw)
    assert files_of(parsed(raw)) == [(name, "application/octet-stream", content)]
    coded = as_part(Attachment(name, "x/y", content)).partition(b"\r\n\r\n")[2]
    assert len(coded) + 2 == coded_size(len(content)) or not content
