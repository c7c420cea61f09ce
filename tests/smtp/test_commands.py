"""Envelopes and messages as octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadLetter
from newsletter.smtp import commands
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.extensions import Extensions

NOTHING = Extensions()
EVERYTHING = Extensions(pipelining=True, chunking=True, eight_bit=True, smtputf8=True, dsn=True, size=1000)
PLAIN = Envelope("bounce+x@example.com", "anna+y@example.com", "run 7=1")
FOREIGN = Envelope("", "jürgen@example.com")


@pytest.mark.parametrize(
    ("envelope", "message", "offered", "mail", "rcpt"),
    [
        pytest.param(
            PLAIN, b"hi\r\n", NOTHING, "MAIL FROM:<bounce+x@example.com>", "RCPT TO:<anna+y@example.com>", id="bare"
        ),
        pytest.param(
            PLAIN,
            b"hi\r\n",
            EVERYTHING,
            "MAIL FROM:<bounce+x@example.com> SIZE=4 RET=HDRS ENVID=run+207+3D1",
            "RCPT TO:<anna+y@example.com> NOTIFY=FAILURE,DELAY ORCPT=rfc822;anna+2By@example.com",
            id="everything offered",
        ),
        pytest.param(
            FOREIGN,
            b"h\xfc\r\n",
            EVERYTHING,
            "MAIL FROM:<> SIZE=4 BODY=8BITMIME SMTPUTF8 RET=HDRS",
            "RCPT TO:<jürgen@example.com> NOTIFY=FAILURE,DELAY",
            id="everything needed",
        ),
    ],
)
def test_parameters_are_said_where_offered_and_needed(
    envelope: Envelope, message: bytes, offered: Extensions, mail: str, rcpt: str
) -> None:
    assert commands.envelope(envelope, message, offered) == f"{mail}\r\n{rcpt}\r\n".encode()


@pytest.mark.parametrize(
    ("message", "on_the_wire"),
    [
        (b"", b""),
        (b"a", b"a\r\n"),
        (b"a\r\n", b"a\r\n"),
        (b".", b"..\r\n"),
        (b".\r\n", b"..\r\n"),
        (b"..\r\n.x\r\n", b"...\r\n..x\r\n"),
        (b"a\r\n.\r\n.\r\nb.\r\n", b"a\r\n..\r\n..\r\nb.\r\n"),
        (b"x" * 998 + b"\r\n", b"x" * 998 + b"\r\n"),
        (b"." * 998 + b"\r\n", b"." * 999 + b"\r\n"),
    ],
)
def test_dots_are_doubled_at_the_start_of_a_line(message: bytes, on_the_wire: bytes) -> None:
    assert commands.dotted(commands.checked(message)) == on_the_wire + commands.DOT


@pytest.mark.parametrize(
    "message",
    [
        b"a\nb\r\n",
        b"a\rb\r\n",
        b"a\r\r\n",
        b"a\n\r\n",
        b"\n.\n",
        b"a\r",
        b"\r\n\n.\r\n",
        b"a\0b\r\n",
        b"x" * 999 + b"\r\n",
        b"a\r\n" + b"x" * 999,
        b"a\r\n" * 160 + b"x" * 999 + b"\r\na\r\n",
    ],
)
def test_row_35_what_must_never_be_on_the_wire_is_refused(message: bytes) -> None:
    with pytest.raises(BadLetter):
        commands.checked(message)


def test_whoever_says_that_no_line_begins_with_a_dot_is_taken_at_their_word() -> None:
    assert commands.dotted(b"a\r\n.b\r\n", has_no_dots=True) == b"a\r\n.b\r\n" + commands.DOT


def test_of_a_sound_body_only_the_head_is_looked_at() -> None:
    head = b"Subject: Grease\r\nTo: anna@example.com\r\n"
    sound = head + b"\r\nGrease it.\r\n"
    assert commands.checked(sound, is_body_sound=True) is sound
    assert commands.checked(head + b"\r\nit\nis", is_body_sound=True) == head + b"\r\nit\nis\r\n"
    for wrong in (b"X: a\nb\r\n", b"X: \0\r\n", b"X: " + b"x" * 999 + b"\r\n"):
        with pytest.raises(BadLetter):
            commands.checked(wrong + sound, is_body_sound=True)


@given(st.lists(st.integers(0, 1200), max_size=8), st.sampled_from([b"x", b".", b" "]))
def test_a_line_is_too_long_wherever_it_stands(lengths: list[int], sign: bytes) -> None:
    message = b"".join(sign * length + b"\r\n" for length in lengths)
    try:
        commands.checked(message)
    except BadLetter:
        assert max(lengths) > 998
    else:
        assert max(lengths, default=0) <= 998


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\xff", b"\0"])))
def test_row_35_only_crlf_passes(pieces: list[bytes]) -> None:
    message = b"".join(pieces)
    rest = message.replace(b"\r\n", b"")
    try:
        commands.checked(message)
    except BadLetter:
        assert set(rest) & set(b"\r\n\0")
    else:
        assert not set(rest) & set(b"\r\n\0")


@given(st.lists(st.sampled_from([b".", b"..", b"\r\n", b"a", b"\xff", b"\r\n.\r\n"])))
def test_a_server_gets_back_the_very_message(pieces: list[bytes]) -> None:
    message = b"".join(pieces)
    body = commands.dotted(commands.checked(message))
    whole = b"\r\n" + body
    assert whole.index(b"\r\n.\r\n") == len(whole) - len(b"\r\n.\r\n")
    lines = body.split(b"\r\n")[:-2]
    unstuffed = b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)
    assert unstuffed.removesuffix(b"\r\n") == message.removesuffix(b"\r\n")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([b"relay", b"PIPELINING", b"CHUNKING", b"8BITMIME", b"SMTPUTF8", b"DSN", b"SIZE 1000"], EVERYTHING),
        (
            [b"relay", b"pipelining", b"8bitmime", b"SmtpUtf8", b"dsn", b"size 1000", b"CHUNKING", b"", b"X \xff"],
            EVERYTHING,
        ),
        ([b"PIPELINING"], NOTHING),
        ([], NOTHING),
        ([b"relay", b"SIZE"], NOTHING),
        ([b"relay", b"SIZE 0"], NOTHING),
        ([b"relay", b"SIZE lots"], NOTHING),
        ([b"relay", b"SIZE \xb2"], NOTHING),
        ([b"relay", b"SIZE " + b"9" * 3000], NOTHING),
        (
            [b"relay", b"AUTH plain login", b"AUTH=LOGIN XTOKEN"],
            Extensions(logins=frozenset({"PLAIN", "LOGIN", "XTOKEN"})),
        ),
        ([b"relay", b"STARTTLS"], Extensions(starttls=True)),
    ],
)
def test_extensions_are_read_and_odd_ones_ignored(lines: list[bytes], expected: Extensions) -> None:
    assert Extensions.from_lines(lines) == expected
