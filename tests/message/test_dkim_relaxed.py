"""What is hashed, beside dkimpy's own reading of the RFC."""

import time
from base64 import b64encode
from hashlib import sha256

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from newsletter.message.dkim_relaxed import RelaxedFields, relaxed_body

OCTETS = [b" ", b"\t", b"\r\n", b"\r", b"\n", b"a", b"b c", b"=20", "ü".encode(), b"\xff", b"%", b"\\"]
BODIES = st.lists(st.sampled_from(OCTETS), max_size=40).map(b"".join)

VECTORS = {
    "nothing": (b"", b""),
    "an empty line": (b"\r\n", b""),
    "empty lines": (b"\r\n\r\n\r\n", b""),
    "lines of blanks": (b" \r\n\t \r\n", b""),
    "no line end": (b"a ", b"a\r\n"),
    "the example of section 3.4.5": (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
    "an indent": (b"    a\r\n", b" a\r\n"),
    "empty lines before the end": (b"\r\n\r\na\r\n", b"\r\n\r\na\r\n"),
    "a bare CR is no line end": (b"a \r\r\n\r\n", b"a \r\r\n"),
}


@pytest.mark.parametrize(("body", "expected"), VECTORS.values(), ids=VECTORS.keys())
def test_a_body_is_read_as_the_rfc_says(body: bytes, expected: bytes) -> None:
    assert relaxed_body(body) == expected


def test_the_hash_of_an_empty_body_is_that_of_section_3_4_4() -> None:
    assert b64encode(sha256(relaxed_body(b"")).digest()) == b"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


@given(BODIES)
def test_a_wild_body_is_read_as_dkimpy_reads_it(body: bytes) -> None:
    body += b"\r\n"
    assert relaxed_body(body) == Relaxed.canonicalize_body(body)


NAMES = [b"from", b"FROM", b"To", b"Subject", b"x-percent%", b"List-Unsubscribe-Post"]
PIECES = [b" ", b"  ", b"\t", b"\r\n ", b"\r\n\t", b"a", b"Re: b", b":", b"%b", b"\\1", "ü".encode(), b"\xff"]
FIELDS = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from([b"", b" ", b"\t"]), st.lists(st.sampled_from(PIECES)).map(b"".join)
    ),
    max_size=12,
)
ALL = RelaxedFields(frozenset(name.lower() + b":" for name in NAMES))


@given(FIELDS)
def test_wild_headers_are_read_as_dkimpy_reads_them(fields: list[tuple[bytes, bytes, bytes]]) -> None:
    head = b"".join(name + gap + b":" + value + b"\r\n" for name, gap, value in fields)
    theirs = Relaxed.canonicalize_headers([(name + gap, value + b"\r\n") for name, gap, value in fields])
    names, lines = ALL.of(head)
    assert names == b"".join(name + b":" for name, _ in reversed(theirs))
    assert lines == b"".join(name + b":" + value for name, value in reversed(theirs))


EXAMPLE = b"A: X\r\nB : Y\t\r\n\tZ  \r\n"


def test_fields_are_read_as_section_3_4_5_says() -> None:
    assert RelaxedFields(frozenset({b"a:", b"b:"})).of(EXAMPLE) == (b"b:a:", b"b:Y Z\r\na:X\r\n")
    assert RelaxedFields(frozenset({b"a:"})).of(EXAMPLE) == (b"a:", b"a:X\r\n")


@pytest.mark.parametrize("octets", [b"\r\n", b"\r\n\n", b"  ", b" \r\n", b"\r", b" \t"])
def test_no_text_takes_long(octets: bytes) -> None:
    text = octets * 200_000
    began = time.process_time()
    relaxed_body(text)
    ALL.of(b"Subject: a" + text.replace(b"\r\n", b"\r\n ") + b"\r\n")
    assert time.process_time() - began < 2
