"""Fault 7: limits, sizes, logins, STARTTLS and certificates. What the client makes of each is in tests/smtp."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.ledger.refusal import Refusal
from newsletter.ledger.seen import note_seen
from newsletter.ledger.states import State
from newsletter.report.said import refused_for
from newsletter.report.today import today
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, engine_for, is_over, is_tried
from tests.smtp.test_encryption import certificate


@pytest.mark.parametrize(
    ("at", "reply", "state", "cause"),
    [
        pytest.param("rcpt", "452 4.5.3 too many recipients", State.DEFERRED, None, id="too many, 452"),
        pytest.param("rcpt", "552 5.5.3 too many recipients", State.DEFERRED, None, id="too many, 552"),
        pytest.param("mail", "452 4.3.1 no room", State.DEFERRED, None, id="no room"),
        pytest.param("dot", "552 5.3.4 too big", State.REFUSED, Refusal.CONTENT, id="too big"),
        pytest.param("rcpt", "550 5.1.1 nobody", State.REFUSED, Refusal.MAILBOX, id="nobody"),
    ],
)
def test_an_answer_about_one_copy_has_a_state_of_its_own(
    sqlite_stage: Stage, at: str, reply: str, state: State, cause: Refusal | None
) -> None:
    stage = sqlite_stage
    stage.crowd(3)
    run = stage.order()
    refused: list[str] = []  # at which steps

    def says(step: str, words: str) -> str | None:
        if step == at and not refused and ("p0001" in words or step == "mail"):
            refused.append(step)
            return reply
        if step == "rcpt" and refused == ["mail"]:
            refused.append(step)  # nobody is welcome whose sender was not
            return "503 5.5.1 whose mail is it?"
        return None

    stage.relay.says = says
    with running(engine_for(stage)):
        wait_until(lambda: is_tried(stage, 3 + CAST_SIZE), "everybody was tried")
    copies = [copy for copy in stage.copies().values() if copy.reply == reply]
    assert [copy.state for copy in copies] == [state]
    with stage.db.read() as session_:
        assert refused_for(session_, run) == ({cause: 1} if cause else {})


SESSIONS = {
    "530": ("{url}", {"mail": "530 5.7.0 authentication required"}),
    "535": ("{login}", {"ehlo": "250-relay.example\r\n250 AUTH PLAIN", "auth": "535 5.7.8 wrong password"}),
    "STARTTLS not offered": ("{url}?starttls=required", {}),
    "STARTTLS refused": (
        "{url}?starttls=required", {"ehlo": "250-relay.example\r\n250 STARTTLS", "starttls": "454 4.7.0 not now"}
    ),
}  # fmt: skip


@contextmanager
def relay_with(stage: Stage, fault: str, folder: Path) -> Iterator[str]:
    """The URL of a relay with this fault of the whole session."""
    if fault == "certificate":
        with stranger(certificate(folder, "relay.example")) as port:
            yield f"smtps://127.0.0.1:{port}"
        return
    url, answers = SESSIONS[fault]
    stage.relay.says = lambda at, _: answers.get(at)
    yield url.format(url=stage.relay.url, login=f"smtp://me:secret@127.0.0.1:{stage.relay.port}?starttls=never")
    stage.relay.says = lambda _at, _words: None


@contextmanager
def stranger(pem: Path) -> Iterator[int]:
    """A server whose certificate nobody here has reason to trust; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    class Line(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                context.wrap_socket(self.request, server_side=True).close()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("530", "530 5.7.0 authentication required"),
        ("535", "535 5.7.8 wrong password"),
        ("STARTTLS not offered", "STARTTLS"),
        ("STARTTLS refused", "454 4.7.0 not now"),
        ("certificate", "certificate"),
    ],
)
def test_a_fault_of_the_session_burns_nobody_stops_the_run_and_is_told(
    sqlite_stage: Stage, tmp_path: Path, fault: str, words: str
) -> None:
    stage = sqlite_stage
    stage.crowd(3)
    run = stage.order()
    with relay_with(stage, fault, tmp_path) as url, running(engine_for(stage, url)) as engine:
        wait_until(lambda: words in engine.trouble(), f"{words} in {engine.trouble()}")
        note_seen(stage.db, "engine", stage.clock.now, engine.trouble(), stage.clock.now)
    assert stage.states() == {State.WAITING: 3 + CAST_SIZE}
    with stage.db.read() as session_:
        assert any(words in trouble for trouble in today(session_, stage.clock.now).troubles)
    stage.clock.now += timedelta(minutes=1)
    with running(engine_for(stage)):
        wait_until(lambda: is_over(stage, run), "the run goes on by itself")
    assert stage.states() == {State.ACCEPTED: 3 + CAST_SIZE}
