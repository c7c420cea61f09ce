"""BDAT in place of DATA where CHUNKING is offered (RFC 3030)."""

from contextlib import closing

import pytest

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.relay import Relay
from tests.smtp.scripted_server import (
    FAREWELL,
    ScriptedServer,
    Step,
    hang,
    hear,
    hear_chunk,
    refused_at,
    reset,
    say,
    session,
)

CHUNKED = session("PIPELINING", "CHUNKING", "8BITMIME")
ENVELOPE = [hear("MAIL FROM:.*"), hear("RCPT TO:.*")]
AGREED = [*ENVELOPE, say("250 ok", "250 ok")]
PROVEN = [*AGREED, hear_chunk, say("250 first line"), hear_chunk]
LETTER = b"Subject: hi\r\n\r\n.\r\n..dot\r\n"
FIRST_LINE = b"Subject: hi\r\n"


def copy(key: int, letter: bytes = LETTER) -> Copy:
    return Copy(key, Envelope("bounce@example.com", f"anna{key}@example.com"), letter)


def run(ours: Client, *copies: Copy) -> tuple[list[Outcome], list[int | None]]:
    dots: list[int | None] = []
    return [outcome for _, outcome in ours.send_all(copies, before_dot=dots.append)], dots


def test_octets_are_counted_and_their_dots_stay_single() -> None:
    script = [
        *CHUNKED,
        *PROVEN,
        *ENVELOPE,
        say("250 taken", "250 ok", "250 ok"),
        hear_chunk,
        say("250 taken"),
        *FAREWELL,
    ]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        outcomes, dots = run(ours, copy(1), copy(2, b"no end"))
    assert [outcome.kind for outcome in outcomes] == [Kind.ACCEPTED] * 2
    assert dots == [1, 2]
    chunks = [line for line in server.heard if line.startswith(b"BDAT")]
    assert chunks == [
        b"BDAT %d\r\n%s" % (len(FIRST_LINE), FIRST_LINE),
        b"BDAT %d LAST\r\n%s" % (len(LETTER) - len(FIRST_LINE), LETTER.removeprefix(FIRST_LINE)),
        b"BDAT 8 LAST\r\nno end\r\n",
    ]
    assert not [line for line in server.heard if line == b"DATA\r\n"]


def test_a_large_message_goes_in_several_chunks() -> None:
    letter = b"".join(b".%d\xff\r\n" % number for number in range(100_000))
    more = [step for _ in range(len(letter) // 262144) for step in (hear_chunk, say("250 go on"))]
    script = [*CHUNKED, *AGREED, *more, hear_chunk, say("250 so far"), hear_chunk, say("250 taken"), *FAREWELL]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        assert run(ours, copy(1, letter))[0][0].kind is Kind.ACCEPTED
    chunks = [line.partition(b"\r\n") for line in server.heard if line.startswith(b"BDAT")]
    assert b"".join(octets for _, _, octets in chunks) == letter
    assert [head.endswith(b"LAST") for head, _, _ in chunks] == [False] * (len(chunks) - 1) + [True]


@pytest.mark.parametrize(
    ("script", "kind", "cause", "dots"),
    [
        pytest.param([*PROVEN, say("554 5.6.0 spam")], Kind.REFUSED, Cause.CONTENT, [1], id="the last is refused"),
        pytest.param([*PROVEN, say("552 too large")], Kind.REFUSED, Cause.SIZE, [1], id="row 7: offers SIZE, then 552"),
        pytest.param([*AGREED, hear_chunk, say("452 4.3.1 full")], Kind.DEFERRED, Cause.LIMIT, [], id="the first is"),
    ],
)
def test_after_a_failed_chunk_come_no_more_but_rset(
    script: list[Step], kind: Kind, cause: Cause, dots: list[int]
) -> None:
    again = [hear("RSET"), *ENVELOPE, say("250 reset", "250 ok", "250 ok")]
    taken = [*again, *([] if dots else [hear_chunk, say("250 first line")]), hear_chunk, say("250 taken")]
    with (
        ScriptedServer([*CHUNKED, *script, *taken, *FAREWELL]) as server,
        Client(Relay("127.0.0.1", server.port)) as ours,
    ):
        [first], noted = run(ours, copy(1))
        assert (first.kind, first.cause, first.usable, noted) == (kind, cause, True, dots)
        assert run(ours, copy(2))[0][0].kind is Kind.ACCEPTED


def test_a_chunk_that_fails_leaves_the_copy_behind_it_unspoken() -> None:
    script = [
        *CHUNKED,
        *AGREED,
        hear_chunk,
        say("554 5.6.0 spam"),
        hear("RSET"),
        *ENVELOPE,
        say("250 reset", "250 ok", "250 ok"),
    ]
    script += [hear_chunk, say("250 first line"), hear_chunk, say("250 taken"), *FAREWELL]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        outcomes, dots = run(ours, copy(1), copy(2))
    assert [outcome.kind for outcome in outcomes] == [Kind.REFUSED, Kind.ACCEPTED]
    assert dots == [2]


@pytest.mark.parametrize("words", ["500 what?", "502 5.5.1 not here", "503 bad sequence"])
@pytest.mark.parametrize("begun", [[*AGREED, hear_chunk], PROVEN], ids=["at the first chunk", "at the last"])
def test_a_relay_that_lies_about_chunking_gets_data_next_time(words: str, begun: list[Step]) -> None:
    again = [*CHUNKED, *refused_at("BODY", "250 ok")]
    with (
        ScriptedServer([*CHUNKED, *begun, say(words, "500 Subject what?"), hang], again, [*again, *FAREWELL]) as server,
        Client(Relay("127.0.0.1", server.port)) as ours,
    ):
        outcomes, _ = run(ours, copy(1), copy(2))
        assert (outcomes[0].kind, outcomes[0].cause, outcomes[0].usable) == (Kind.UNSENT, Cause.EXTENSION, False)
        assert str(outcomes[0].reply) == words
        assert "CHUNKING" in outcomes[0].detail
        assert [outcome.kind for outcome in outcomes[1:]] == [Kind.UNSENT]
        for _ in range(2):
            assert ours.connect() is None
            assert run(ours, copy(1))[0][0].kind is Kind.ACCEPTED


@pytest.mark.parametrize(
    ("script", "kind", "dots"),
    [
        pytest.param([*AGREED, hear_chunk, reset], Kind.UNSENT, [], id="row 6: lost in mid-message"),
        pytest.param([*PROVEN], Kind.IN_DOUBT, [1], id="row 3: closed after the last chunk"),
    ],
)
def test_only_the_last_chunk_leaves_a_copy_in_doubt(script: list[Step], kind: Kind, dots: list[int]) -> None:
    with ScriptedServer([*CHUNKED, *script]) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        [outcome], noted = run(ours, copy(1))
    assert (outcome.kind, noted) == (kind, dots)


def test_an_envelope_ahead_is_taken_back_without_losing_the_connection() -> None:
    script = [*CHUNKED, *PROVEN, *ENVELOPE, say("250 taken", "250 ok", "250 ok")]
    script += [hear("RSET"), *ENVELOPE, say("250 reset", "250 ok", "250 ok"), hear_chunk, say("250 taken"), *FAREWELL]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        with closing(ours.send_all([copy(1), copy(2)], before_dot=lambda _: None)) as stream:
            next(stream)
        assert run(ours, copy(3))[0][0].kind is Kind.ACCEPTED


def test_a_vetoed_copy_costs_no_connection() -> None:
    def veto(key: int | None) -> None:
        if key == 2:
            raise LookupError

    script = [*CHUNKED, *PROVEN, *ENVELOPE, say("250 taken", "250 ok", "250 ok"), hear("RSET"), *ENVELOPE]
    script += [say("250 reset", "250 ok", "250 ok"), hear_chunk, say("250 taken"), *FAREWELL]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        with pytest.raises(LookupError):
            list(ours.send_all([copy(1), copy(2)], before_dot=veto))
        assert run(ours, copy(3))[0][0].kind is Kind.ACCEPTED
