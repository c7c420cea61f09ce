"""Replies as servers really send them, in pieces of any size (fault table, row 10)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.smtp.reply import LONGEST_LINE, LONGEST_TEXT, MOST_LINES, Fault, Reply, ReplyReader


def read(octets: bytes, piece: int = 1 << 20) -> list[Reply]:
    reader = ReplyReader()
    replies = []
    for start in range(0, len(octets), piece):
        reader.feed(octets[start : start + piece])
        while (reply := reader.take()) is not None:
            replies.append(reply)
    return replies


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 4096])
@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        pytest.param(b"250 fine\r\n", Reply(250, None, "fine"), id="plain"),
        pytest.param(b"250\r\n", Reply(250, None, ""), id="a code alone"),
        pytest.param(b"250 2.1.0 Ok\r\n", Reply(250, "2.1.0", "Ok"), id="enhanced status"),
        pytest.param(b"250 2.1.0\r\n", Reply(250, "2.1.0", ""), id="enhanced status alone"),
        pytest.param(b"250 2.1.0x\r\n", Reply(250, None, "2.1.0x"), id="a version is no enhanced status"),
        pytest.param(b"550-5.7.1 Bad\r\n550 5.7.1 man\r\n", Reply(550, "5.7.1", "Bad man"), id="several lines"),
        pytest.param(b"250-a\r\n250-\r\n250 b\r\n", Reply(250, None, "a  b"), id="an empty line within"),
        pytest.param(b"250 bare\n", Reply(250, None, "bare"), id="a bare line feed"),
        pytest.param(
            "550 Postfach unbekannt für Sie\r\n".encode(), Reply(550, None, "Postfach unbekannt für Sie"), id="UTF-8"
        ),
        pytest.param(b"550 f\xfcr Sie\r\n", Reply(550, None, "für Sie"), id="Latin-1"),
        pytest.param(
            b"550 a\x00b\x1b[1mc\rd\r\n", Reply(550, None, "a\ufffdb\ufffd[1mc\ufffdd"), id="control characters"
        ),
        pytest.param("550 a\u2028b\u202ec\r\n".encode(), Reply(550, None, "a\ufffdb\ufffdc"), id="other line ends"),
    ],
)
def test_row_10_a_reply_is_read_whatever_the_pieces(octets: bytes, expected: Reply, piece: int) -> None:
    assert read(octets, piece) == [expected]


def test_replies_that_arrive_together_come_out_one_by_one() -> None:
    assert [reply.code for reply in read(b"250 a\r\n250-b\r\n250 c\r\n354 d\r\n")] == [250, 250, 354]


def test_row_10_a_line_of_600_octets_is_a_reply_with_a_shortened_text() -> None:
    assert read(b"250 " + b"x" * 596 + b"\r\n") == [Reply(250, None, "x" * LONGEST_TEXT)]


@pytest.mark.parametrize(
    ("octets", "fault"),
    [
        pytest.param(b"\r\n", Fault.NO_CODE, id="an empty line"),
        pytest.param(b"hello\r\n", Fault.NO_CODE, id="words"),
        pytest.param(b"25 ok\r\n", Fault.NO_CODE, id="two digits"),
        pytest.param(b"2500 ok\r\n", Fault.NO_CODE, id="four digits"),
        pytest.param(b"150 ok\r\n", Fault.NO_CODE, id="a first digit that SMTP lacks"),
        pytest.param(b"650 ok\r\n", Fault.NO_CODE, id="a first digit beyond"),
        pytest.param(b"250\xa0ok\r\n", Fault.NO_CODE, id="no space after the code"),
        pytest.param(b"\x16\x03\x01\x02\x00\n", Fault.NO_CODE, id="TLS where words were due"),
        pytest.param(b"250-a\r\n550 b\r\n", Fault.MIXED_CODES, id="two codes"),
        pytest.param(b"250 " + b"x" * LONGEST_LINE + b"\r\n", Fault.LINE_TOO_LONG, id="a line too long"),
        pytest.param(b"x" * 50_000, Fault.LINE_TOO_LONG, id="a line that never ends"),
        pytest.param(b"250-x\r\n" * (MOST_LINES + 1), Fault.TOO_MANY_LINES, id="a reply that never ends"),
    ],
)
def test_row_10_garbage_is_named_and_bounded(octets: bytes, fault: Fault) -> None:
    first = read(octets)[0]
    assert (first.code, first.digit) == (0, 0)
    assert first.text.startswith(fault)
    assert len(first.text) <= LONGEST_TEXT


def test_the_lines_of_a_reply_stay_apart_for_those_who_need_them() -> None:
    reader = ReplyReader()
    reader.feed(b"250-relay\r\n250-SIZE 10\r\n250 DSN\r\n")
    reader.take()
    assert reader.lines == [b"relay", b"SIZE 10", b"DSN"]


def test_a_reader_knows_whether_more_came_than_was_asked() -> None:
    reader = ReplyReader()
    reader.feed(b"250 a\r\n25")
    reader.take()
    assert not reader.is_empty


@pytest.mark.parametrize(
    ("octets", "replies", "are_here"),
    [
        (b"250 ok\r\n250 ok\r\n354 go\r\n", 3, True),
        (b"250 ok\r\n250 ok\r\n354 go", 3, False),
        (b"250-one\r\n250 two\r\n", 2, False),
        (b"250-one\r\n250 two\r\n550\r\n", 2, True),
        (b"HTTP/1.1-400\r\n", 1, True),
        (b"250-" + b"x" * LONGEST_LINE, 1, True),
        (b"250-x\r\n" * (MOST_LINES + 1), 1, True),
        (b"", 1, False),
    ],
)
def test_a_reader_knows_how_many_replies_are_here(octets: bytes, replies: int, *, are_here: bool) -> None:
    reader = ReplyReader()
    reader.feed(octets)
    assert reader.holds(replies) is are_here
    if are_here:
        assert all(reader.take() for _ in range(replies))


@given(
    st.lists(
        st.one_of(st.binary(max_size=60), st.sampled_from([b"250", b" ok", b"-", b"\r", b"\n", b"\r\n", b"5.1.1 "]))
    )
)
def test_row_10_nothing_a_server_sends_crashes_the_reader(pieces: list[bytes]) -> None:
    reader = ReplyReader()
    for piece in pieces:
        reader.feed(piece)
        while (reply := reader.take()) is not None:
            assert reply.code == 0 or 200 <= reply.code < 600
            assert reply.text.isprintable()
            assert len(reply.text) <= LONGEST_TEXT


@given(st.binary(max_size=300), st.integers(1, 20))
def test_the_pieces_do_not_change_what_valid_lines_say(octets: bytes, piece: int) -> None:
    text = octets.replace(b"\n", b"")
    octets = b"250-" + text + b"\r\n250 end\r\n"
    assert read(octets, piece) == read(octets)
