"""A server that is silent for one copy holds up nobody else, and nothing is lost or sent twice by it."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from newsletter.clock import utc_now
from newsletter.engine import journal
from newsletter.engine.exchange import Exchange
from newsletter.engine.journal import Mark
from newsletter.engine.lines import Lines
from newsletter.engine.send import Sender
from newsletter.errors import Unavailable
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.smtp.outcome import Kind
from newsletter.smtp.timeouts import Timeouts
from tests.engine.relay import HANG_UP, Relay
from tests.engine.stage import Stage, engine_process, running, wait_until
from tests.engine.test_lines import copies, opened

SILENT = "p0007@crowd.example"
CAST_SIZE = 4


@dataclass
class Silence:
    """A relay says nothing of the first copy to one address, which it heard whole, until it is to `end`.

    `stage`: or nothing at that command.
    """

    stage: str = "dot"
    _over: threading.Event = field(default_factory=threading.Event)
    _last_words: str | None = None
    _silent: list[str] = field(default_factory=lambda: [SILENT, "p2@crowd.example"])

    def says(self, stage: str, words: str) -> str | None:
        said_to = [name for name in self._silent if name in words]
        if stage != self.stage or not said_to:
            return None
        self._silent.remove(said_to[0])
        self._over.wait(120)
        return self._last_words

    def end(self, words: str | None = None) -> None:
        self._last_words = words
        self._over.set()


@pytest.fixture
def silence(relay: Relay) -> Iterator[Silence]:
    silence = Silence()
    relay.says = silence.says
    yield silence
    silence.end()


@pytest.fixture
def lines(relay: Relay, tmp_path: Path) -> Iterator[Lines]:
    yield from opened(relay, tmp_path, Timeouts())


def test_a_passage_leaves_the_line_to_a_silent_server_and_waits_for_it_when_asked_again(
    lines: Lines, silence: Silence
) -> None:
    passage = lines.passage(copies(30), lambda _: None)
    first = {copy.key: outcome.kind for copy, outcome in passage.settled(may_leave=True)}
    assert set(first.values()) == {Kind.ACCEPTED}
    assert len(first) >= 27
    assert 2 not in first
    (silent,) = passage.silent
    apart = lines.part_with(passage.silent)
    assert silent not in lines.all
    assert {outcome.kind for _, outcome in lines.passage(copies(35)[30:], lambda _: None).settled()} == {Kind.ACCEPTED}
    silence.end()
    rest = {copy.key: outcome.kind for copy, outcome in passage.settled()}
    assert first | rest == dict.fromkeys(range(1, 31), Kind.ACCEPTED)
    lines.take_back(apart)
    assert lines.all[-1] is silent
    assert silent.client.trouble is None


def test_a_passage_leaves_nobody_while_all_servers_take_long(relay: Relay, lines: Lines) -> None:
    pause = threading.Event()
    relay.says = lambda at, _: "250 taken" if at == "dot" and not pause.wait(1.2) else None
    passage = lines.passage(copies(4), lambda _: None)
    assert len(list(passage.settled(may_leave=True))) == 4
    assert passage.silent == ()


def test_the_others_of_a_run_go_while_one_server_is_silent(stage: Stage, silence: Silence) -> None:
    stage.crowd(300)
    run = stage.order()
    with running(stage.engine(connections=4)) as engine:
        wait_until(lambda: stage.states()[State.ACCEPTED] >= 300 + CAST_SIZE - 1, "all others are written down")
        assert stage.copies()[SILENT].state == State.CLAIMED
        assert stage.run(run).state == RunState.SENDING
        marks = journal._last_marks(stage.folder, engine.name)  # noqa: SLF001 - what another engine would find
        assert marks == {stage.copies()[SILENT].id: Mark.ON_WIRE}
        second = stage.order(number="TB-2")
        wait_until(lambda: stage.run(second).state == RunState.FINISHED, "another run goes over the other lines")
        silence.end()
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
    assert stage.states() == {State.ACCEPTED: 300 + CAST_SIZE}
    assert set(stage.relay.copies.values()) == {2}  # one of each run
    assert stage.lost() == {}
    assert stage.left_behind() == []


def test_a_copy_whose_server_is_silent_at_its_envelope_goes_over_another_line(stage: Stage, silence: Silence) -> None:
    silence.stage = "rcpt"
    stage.crowd(300)
    run = stage.order()
    with running(stage.engine(connections=4)):
        wait_until(stage.all_accepted, "all are sent")
        silence.end()
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
        second = stage.order(number="TB-2")
        wait_until(lambda: stage.run(second).state == RunState.FINISHED, "another run goes over the same lines")
    assert set(stage.relay.copies.values()) == {2}  # one of each run
    assert stage.lost() == {}
    assert stage.left_behind() == []


def test_a_copy_whose_silent_server_hangs_up_in_the_end_is_sent_again(stage: Stage, silence: Silence) -> None:
    stage.crowd(60)
    run = stage.order()
    with running(stage.engine(connections=4)):
        wait_until(lambda: stage.states()[State.ACCEPTED] >= 60 + CAST_SIZE - 1, "all others are written down")
        silence.end(HANG_UP)
        wait_until(lambda: stage.copies()[SILENT].state != State.CLAIMED, "it is in doubt")
        stage.clock.forward(hours=1)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
    assert stage.states() == {State.ACCEPTED: 60 + CAST_SIZE}
    assert stage.lost() == {SILENT: 1}
    assert {to for to, count in stage.relay.copies.items() if count != 1} == {SILENT}


def sender_of_60(stage: Stage, lines: int) -> Sender:
    """A sender with so many lines, and a run to 60 people beside the cast that has begun."""
    stage.crowd(60)
    stage.order()
    stage.start_due()
    return stage.sender(lines=lines)


@contextmanager
def silent_meanwhile(stage: Stage, sender: Sender, silence: Silence) -> Iterator[None]:
    """After it the server answers, the rest is sent, and everybody has one copy."""
    try:
        yield
    finally:
        silence.end()
        sender.behind.join()
    while sender.work():
        pass
    assert stage.all_accepted()
    assert set(stage.relay.copies.values()) == {1}


def test_an_engine_with_one_line_at_work_opens_another(sqlite_stage: Stage, silence: Silence) -> None:
    sender = sender_of_60(sqlite_stage, lines=2)
    with silent_meanwhile(sqlite_stage, sender, silence):
        while sender.work():
            pass
        assert sqlite_stage.states()[State.ACCEPTED] >= 60 + CAST_SIZE - 1
        assert sender.lines.seated == 0
        assert len(sender.lines.all) == 1
    assert len(sender.lines.all) == 2


def test_the_seat_of_a_line_left_behind_is_for_another_only_where_there_is_one(
    sqlite_stage: Stage, silence: Silence
) -> None:
    sender = sender_of_60(sqlite_stage, lines=3)
    while sender.sits_down() and sender.lines.has_another():
        sender.pool.note(sender.counter.relay, 1, time.monotonic(), is_troubled=False, has_time=True)
    sender.stands_up()
    with silent_meanwhile(sqlite_stage, sender, silence):
        while sender.work():
            pass
        assert sqlite_stage.states()[State.ACCEPTED] >= 60 + CAST_SIZE - 1
        assert len(sender.lines.all) == 2


def test_nothing_goes_over_another_line_without_a_seat(
    sqlite_stage: Stage, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage, sender = sqlite_stage, sender_of_60(sqlite_stage, lines=2)
    assert sender.lines.all[1].is_open()  # as after a batch that both lines had a seat for
    take = sender.pool.take
    with silent_meanwhile(stage, sender, silence), monkeypatch.context() as until_silent:
        until_silent.setattr(sender.pool, "take", lambda *of: SILENT not in stage.relay.copies and take(*of))
        while SILENT not in stage.relay.copies:
            sender.work()
        assert stage.relay.taken[-1].to == SILENT  # and nothing after it
        assert sender.lines.seated == 0


def test_a_line_whose_copy_is_not_written_down_is_not_taken_back(
    sqlite_stage: Stage, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Unavailable("the database is away", hint="")

    stage, sender = sqlite_stage, sender_of_60(sqlite_stage, lines=2)
    while sender.work():
        pass
    monkeypatch.setattr(Exchange, "turn", away)
    sender.stopping = True
    silence.end()
    sender.behind.join()
    sender.lines.empty_journals()  # as another result that is written down does, when the database is back
    assert journal._last_marks(stage.folder, "first") == {stage.copies()[SILENT].id: Mark.TAKEN}  # noqa: SLF001


def test_an_engine_that_is_stopped_waits_for_the_silent_server(sqlite_stage: Stage, silence: Silence) -> None:
    stage = sqlite_stage
    stage.crowd(60)
    run = stage.order()
    engine = stage.engine(connections=4)
    engine.start()
    wait_until(lambda: stage.states()[State.ACCEPTED] >= 60 + CAST_SIZE - 1, "all others are written down")
    stopping = threading.Thread(target=engine.stop)
    stopping.start()
    stopping.join(0.5)
    assert stopping.is_alive()
    silence.end()
    stopping.join(60)
    assert not stopping.is_alive()
    assert stage.copies()[SILENT].state == State.ACCEPTED
    assert stage.left_behind() == []
    stage.finish_idle()
    assert stage.run(run).state == RunState.FINISHED


def test_an_engine_killed_while_a_server_is_silent_leaves_one_copy_in_doubt(stage: Stage, silence: Silence) -> None:
    stage.clock.now = utc_now()
    stage.crowd(100)
    run = stage.order("marketing")
    with engine_process(stage.environment()) as engine:
        wait_until(lambda: stage.states()[State.ACCEPTED] >= 100 + CAST_SIZE - 1, "all others are written down")
        engine.kill()
        assert engine.wait() == -signal.SIGKILL
    with engine_process(stage.environment()):
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the run ends")
    silence.end()
    assert stage.lost() == {SILENT: 1}
    assert stage.states() == {State.ACCEPTED: 100 + CAST_SIZE - 1, State.IN_DOUBT: 1}
    assert set(stage.relay.copies.values()) == {1}
