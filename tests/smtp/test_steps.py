"""Whoever has several connections can turn to the others while a server works."""

import select
import threading
import time
from pathlib import Path

import pytest

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.stream import Steps
from newsletter.smtp.timeouts import Timeouts
from tests.smtp.caller import FIRST_WITH_SECOND, TAKEN, copy
from tests.smtp.scripted_server import (
    FAREWELL,
    GREETING,
    PIPELINED,
    Peer,
    ScriptedServer,
    Step,
    hang,
    hear_message,
    say,
    say_octets,
)
from tests.smtp.test_encryption import SECOND_HELLO, certificate, client, server_side

MESSAGE = [*TAKEN, hear_message]


def wait_for(event: threading.Event) -> Step:
    def step(_peer: Peer) -> None:
        assert event.wait(60)

    return step


def answers(ours: Client, within: float) -> bool:
    waiting = select.poll()
    waiting.register(ours, select.POLLIN)
    waiting.poll(within * 1000)
    return ours.is_answered()


def handed_over(ours: Client, *copies: Copy) -> Steps:
    """From where the first message is on the wire."""
    sent: list[int | None] = []
    steps = ours.steps(copies, before_dot=sent.append)
    while not sent:
        assert next(steps) is None
    return steps


@pytest.fixture(params=["plain", "tls"])
def opening(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[list[Step], str, Path]:
    """How the server begins, and the way to it."""
    here = certificate(tmp_path, "localhost")
    if request.param == "tls":
        return [server_side(here), GREETING, *SECOND_HELLO], "smtps://localhost:{port}?", here
    return PIPELINED, "smtp://localhost:{port}?starttls=never&", here


def test_a_client_tells_when_its_server_has_answered(opening: tuple[list[Step], str, Path]) -> None:
    begins, url, ca = opening
    go = threading.Event()
    script = [*begins, *MESSAGE, wait_for(go), say("250 2.0.0 taken"), *FAREWELL]
    with ScriptedServer(script) as server, client(url, server, ca) as ours:
        assert not ours.is_waiting()
        steps = handed_over(ours, copy(1))
        assert ours.is_waiting()
        assert not answers(ours, 0)
        go.set()
        assert answers(ours, 5)
        assert ours.is_answered()  # however often it is asked
        settled = next(steps)
        assert settled is not None
        assert settled[1].kind is Kind.ACCEPTED
        assert settled[1].reply is not None
        assert settled[1].reply.text == "taken"
        assert not ours.is_waiting()
        assert list(steps) == []


def test_a_client_tells_when_its_server_has_agreed_to_an_envelope(opening: tuple[list[Step], str, Path]) -> None:
    begins, url, ca = opening
    go, whole = threading.Event(), threading.Event()
    script = [*begins, *TAKEN[:-1], wait_for(go), say_octets(b"250 ok\r\n250 o"), wait_for(whole)]
    script += [say_octets(b"k\r\n354 go\r\n"), hear_message, say("250 2.0.0 taken"), *FAREWELL]
    with ScriptedServer(script) as server, client(url, server, ca) as ours:
        steps = ours.steps([copy(1)], before_dot=lambda _: None)
        assert next(steps) is None
        assert ours.is_waiting()
        assert not answers(ours, 0)
        go.set()
        assert not answers(ours, 0.3)
        whole.set()
        while not answers(ours, 5):
            pass
        assert next(steps) is None
        assert ours.is_waiting()
        assert [settled[1].kind for settled in steps if settled is not None] == [Kind.ACCEPTED]


def test_an_answer_in_pieces_and_the_next_envelope_behind_it(opening: tuple[list[Step], str, Path]) -> None:
    begins, url, ca = opening
    more = threading.Event()
    script = [*begins, *FIRST_WITH_SECOND[len(PIPELINED) :], say("250 2.0.0 taken"), wait_for(more)]
    script += [say("250 ok", "250 ok", "354 go"), hear_message, say("250 2.0.0 too"), *FAREWELL]
    with ScriptedServer(script) as server, client(url, server, ca) as ours:
        steps = handed_over(ours, copy(1), copy(2))
        assert answers(ours, 5)
        more.set()
        outcomes = [settled[1].reply for settled in steps if settled is not None]
    assert [reply.text for reply in outcomes if reply] == ["taken", "too"]


def test_a_client_tells_when_its_server_has_agreed_to_the_next_envelope(
    opening: tuple[list[Step], str, Path],
) -> None:
    begins, url, ca = opening
    go = threading.Event()
    script = [*begins, *FIRST_WITH_SECOND[len(PIPELINED) :], say("250 2.0.0 taken"), wait_for(go)]
    script += [say("250 ok", "550 5.1.1 who?", "503 nobody"), *FAREWELL]
    with ScriptedServer(script) as server, client(url, server, ca) as ours:
        steps = handed_over(ours, copy(1), copy(2))
        assert answers(ours, 5)
        first = next(steps)
        assert first is not None
        assert next(steps) is None
        assert ours.is_waiting()
        assert not answers(ours, 0.1)
        go.set()
        while not answers(ours, 5):
            pass
        assert [settled[1].kind for settled in steps if settled is not None] == [Kind.REFUSED]


def test_a_server_silent_at_an_envelope_has_answered_when_its_time_is_over(
    opening: tuple[list[Step], str, Path], brief: Timeouts
) -> None:
    begins, url, ca = opening
    script = [*begins, *TAKEN[:-1], say("250 ok"), hang]
    with ScriptedServer(script) as server, client(url, server, ca, brief) as ours:
        steps = ours.steps([copy(1)], before_dot=lambda _: None)
        assert next(steps) is None
        began = time.monotonic()
        while not answers(ours, 0.05):
            assert time.monotonic() - began < 5
        assert answers(ours, 0)
        [(_, outcome)] = [settled for settled in steps if settled is not None]
        assert (outcome.kind, outcome.cause) == (Kind.UNSENT, Cause.EXTENSION)


def test_a_silent_server_has_answered_when_its_time_is_over(
    opening: tuple[list[Step], str, Path], brief: Timeouts
) -> None:
    begins, url, ca = opening
    with ScriptedServer([*begins, *MESSAGE, hang]) as server, client(url, server, ca, brief) as ours:
        steps = handed_over(ours, copy(1))
        began = time.monotonic()
        while not answers(ours, 0.05):
            assert time.monotonic() - began < 5
        [(_, outcome)] = [settled for settled in steps if settled is not None]
        assert outcome._replace(reply=None) == Outcome(Kind.IN_DOUBT, Cause.TIMEOUT)


def test_a_server_that_hangs_up_has_answered(opening: tuple[list[Step], str, Path]) -> None:
    begins, url, ca = opening
    with ScriptedServer([*begins, *MESSAGE]) as server, client(url, server, ca) as ours:
        steps = handed_over(ours, copy(1))
        assert answers(ours, 5)
        [(_, outcome)] = [settled for settled in steps if settled is not None]
        assert (outcome.kind, outcome.cause) == (Kind.IN_DOUBT, Cause.CONNECTION)


def test_none_comes_wherever_the_next_copy_may_have_to_wait() -> None:
    alone = [*MESSAGE, say("250 taken")]
    with ScriptedServer([*PIPELINED, *alone, *FAREWELL]) as server, client(
        "smtp://localhost:{port}?starttls=never&", server, Path()
    ) as ours:  # fmt: skip
        steps = ours.steps([None, copy(1), None], before_dot=lambda _: None)
        kinds = [None if settled is None else settled[1].kind for settled in steps]
    assert kinds[0] is None  # for the copies
    assert [kind for kind in kinds if kind is not None] == [Kind.ACCEPTED]


def test_a_client_that_is_closed_waits_for_nobody() -> None:
    with ScriptedServer([*PIPELINED, *FAREWELL]) as server:
        ours = client("smtp://localhost:{port}?starttls=never&", server, Path())
        assert (ours.is_waiting(), ours.is_answered(), ours.fileno()) == (False, False, -1)
        assert ours.connect() is None
        assert ours.fileno() > 0
        ours.quit()
        assert ours.fileno() == -1
