"""Quoted-printable: RFC 2045 section 6.7, in one piece and in several."""

import quopri

from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.message.quoted import quoted, quoted_text, seamed

WILD = st.text(st.sampled_from("ab=. \t\x0b\x7fäß漢🛠-"), max_size=400)
PIECE = st.text(st.sampled_from("a= .ä\n"), max_size=200)


def assert_lawful(coded: bytes) -> None:
    assert b"\n" not in coded.replace(b"\r\n", b"")
    for line in coded.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.endswith((b" ", b"\t"))
        assert not line.startswith(b".")
        assert line.isascii()


@given(line=WILD)
@example("a" * 75 + " ")
@example("=" * 25 + "a")
@example("漢" * 100)
@example("." * 200)
@example("a" * 75 + ".ä" * 40)
def test_a_line_is_read_back_exactly_whatever_break_follows_it(line: str) -> None:
    coded = quoted(line.encode())
    for follows in (b"\r\n", b"=\r\n", b""):
        assert_lawful(coded + follows)
        assert quopri.decodestring(coded + follows) == line.encode() + follows.replace(b"=\r\n", b"")


@given(lines=st.lists(WILD))
def test_a_text_is_read_back_exactly(lines: list[str]) -> None:
    text = "\r\n".join(lines).encode()
    assert_lawful(quoted_text(text))
    assert quopri.decodestring(quoted_text(text)) == text


@given(pieces=st.lists(PIECE, min_size=1, max_size=6), values=st.lists(WILD, min_size=6, max_size=6))
@example(["", "", ""], ["", "", "", "", "", ""])
@example([" ", "\n", " \n "], ["a" * 75, "b" * 76, "", "", "", ""])
def test_between_seams_any_value_may_stand(pieces: list[str], values: list[str]) -> None:
    coded, whole = b"", ""
    for seam, piece, value in zip(seamed(pieces), pieces, [*values[: len(pieces) - 1], ""], strict=True):
        coded += seam + quoted(value.encode())
        whole += piece + value
    assert_lawful(coded)
    assert quopri.decodestring(coded) == whole.replace("\n", "\r\n").encode()


def test_what_stands_between_values_is_broken_alike_whatever_they_are() -> None:
    assert seamed(["Dear ", ",\nyour ", "", "\n"]) == [b"Dear=20=\r\n", b"=\r\n,\r\nyour=20=\r\n", b"=\r\n", b"\r\n"]
