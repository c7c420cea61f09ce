"""What whoever sends many copies can rely on: order, pace, and taking back."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.outcome import Kind
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts
from tests.smtp.caller import ACCEPTED, FINE, FIRST_WITH_SECOND, LAST, NOT_TRIED, TAKEN, THREE, Caller, copy
from tests.smtp.scripted_server import (
    FAREWELL,
    GROUP,
    PIPELINED,
    ScriptedServer,
    Step,
    drip,
    hang,
    hear,
    hear_message,
    hear_some,
    refused_at,
    reset,
    say,
    say_octets,
    session,
)


def test_no_message_is_unanswered_when_a_copy_comes_back() -> None:
    script = [*FIRST_WITH_SECOND, FINE, hear_message, *GROUP, FINE, *LAST]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        caller = Caller(ours)

        def copies() -> Iterator[Copy]:
            for each in THREE:
                caller.log.append(f"taken {each.key}")
                yield each

        caller.run(copies())
    alternating = [entry for entry in caller.log if not entry.startswith("taken")]
    assert alternating == [f"{what} {key}" for key in (1, 2, 3) for what in ("dot", "back")]
    assert caller.log.index("taken 3") < caller.log.index("back 1")
    assert caller.log.index("dot 1") < caller.log.index("taken 3")


@pytest.mark.parametrize(
    "first",
    [
        "250 ok",
        "250 2.0.0 Ok: queued as 4F",
        "250 2.0.0",
        "250 2.0.0  two",
        "250 <id> ok",
        "250",
        "250 7 lives",
        "250 2.0.0x",
    ],
)
def test_an_answer_reads_the_same_in_one_piece_and_octet_by_octet(first: str) -> None:
    rest = b"\r\n250 ok\r\n250 ok\r\n354 go\r\n"
    replies = []
    for tell in (say_octets, drip):
        script = [*FIRST_WITH_SECOND, tell(first.encode() + rest), *LAST]
        with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
            replies.append([o.reply for _, o in ours.send_all([copy(1), copy(2)], before_dot=lambda _: None)])
    assert replies[0] == replies[1]


def test_none_finishes_what_is_on_the_wire() -> None:
    alone = [*TAKEN, hear_message, say("250 taken")]
    with (
        ScriptedServer([*PIPELINED, *alone, *alone, *FAREWELL]) as server,
        Client(Relay("127.0.0.1", server.port)) as ours,
    ):
        assert Caller(ours).run([None, copy(1), None, None, copy(2), None]) == [ACCEPTED] * 2


def test_a_held_copy_keeps_its_place() -> None:
    script = [*PIPELINED, *TAKEN, hear_message, say("250 taken"), *TAKEN, *LAST]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        caller = Caller(ours)
        copies = [copy(1), copy(2, b"bare\n"), copy(3, name="jürgen"), copy(4)]
        assert caller.run(copies) == [ACCEPTED, "held/content+", "held/smtputf8+", ACCEPTED]
    assert caller.dots == ["1", "4"]


def test_without_pipelining_no_envelope_goes_ahead() -> None:
    script = [*session(), *refused_at("RCPT", "550 5.1.1 who?"), hear("RSET"), say("250 ok")]
    script += [*refused_at("BODY", "250 ok"), *refused_at("BODY", "250 ok"), *FAREWELL]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        assert Caller(ours).run(THREE) == ["refused/recipient+", ACCEPTED, ACCEPTED]


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param([say("250 ok"), hang], id="reads only the first command"),
        pytest.param([say("503 one at a time", "503 no", "503 no"), hang], id="refuses a group"),
        pytest.param([say("250 ok", "250 ok", "250 ok"), hang], id="answers DATA wrongly"),
    ],
)
def test_a_relay_that_lies_about_pipelining_is_asked_one_by_one_next_time(lie: list[Step], brief: Timeouts) -> None:
    again = [*PIPELINED, *refused_at("BODY", "250 ok"), *refused_at("BODY", "250 ok"), *FAREWELL]
    with (
        ScriptedServer([*PIPELINED, *GROUP, *lie], again) as server,
        Client(Relay("127.0.0.1", server.port), timeouts=brief) as ours,
    ):
        [lost] = Caller(ours).run([copy(1)])
        assert lost in {"unsent/extension-", "unsent/protocol-"}
        assert ours.connect() is None
        assert Caller(ours).run([copy(1), copy(2)]) == [ACCEPTED] * 2


def test_a_large_message_lost_before_its_dot_takes_nothing_with_it() -> None:
    large = copy(1, b"a line of a large message\r\n" * 400_000)
    with (
        ScriptedServer([*PIPELINED, *TAKEN, hear_some, reset]) as server,
        Client(Relay("127.0.0.1", server.port)) as ours,
    ):
        caller = Caller(ours)
        assert caller.run([large, copy(2)]) == ["unsent/connection-", NOT_TRIED]
    assert caller.dots == []


def test_a_closed_client_takes_no_copy() -> None:
    taken = []
    ours = Client(Relay("127.0.0.1", 25))
    assert list(ours.send_all((taken.append(1) or copy(1) for _ in range(2)), before_dot=pytest.fail)) == []
    assert taken == []


def test_leaving_early_takes_the_envelope_ahead_back() -> None:
    with ScriptedServer([*FIRST_WITH_SECOND, FINE, hang]) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        with closing(ours.send_all(THREE, before_dot=lambda _: None)) as stream:
            assert next(stream)[1].kind is Kind.ACCEPTED
            with pytest.raises(RuntimeError):
                ours.send(THREE[2].envelope, b"", before_dot=pytest.fail)
        assert ours.trouble is not None
    assert [line for line in server.heard if line.endswith(b"\r\n.\r\n")] == [THREE[0].octets + b".\r\n"]


def test_leaving_between_two_copies_costs_nothing() -> None:
    script = [*PIPELINED, *TAKEN, hear_message, say("250 taken"), *TAKEN, *LAST]
    with ScriptedServer(script) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        with closing(ours.send_all([copy(1), None, copy(2)], before_dot=lambda _: None)) as stream:
            next(stream)
        assert Caller(ours).run([copy(2)]) == [ACCEPTED]


def test_what_before_dot_raises_takes_the_copy_back() -> None:
    def veto(key: int | None) -> None:
        if key == 2:
            raise LookupError

    back = []
    with ScriptedServer([*FIRST_WITH_SECOND, FINE, hang]) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        with pytest.raises(LookupError):
            back += [sent.key for sent, _ in ours.send_all(THREE, before_dot=veto)]
        assert ours.trouble is not None
    assert len([line for line in server.heard if line.endswith(b"\r\n.\r\n")]) == 1


def test_what_the_copies_raise_waits_until_the_wire_is_at_rest() -> None:
    def failing() -> Iterator[Copy]:
        yield from THREE[:2]
        raise LookupError

    back = []
    with ScriptedServer([*FIRST_WITH_SECOND, FINE, *LAST]) as server, Client(Relay("127.0.0.1", server.port)) as ours:
        stream = ours.send_all(failing(), before_dot=lambda _: None)
        with pytest.raises(LookupError):
            back.extend(sent.key for sent, _ in stream)
        assert ours.trouble is None
    assert back == [1, 2]
