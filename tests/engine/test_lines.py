"""Several connections of one thread: what goes over them, and what one that fails does to the others."""

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from newsletter.engine.journal import Journal
from newsletter.engine.line import Line
from newsletter.engine.lines import Lines
from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind
from newsletter.smtp.relay import Relay as RelayAddress
from newsletter.smtp.timeouts import Timeouts
from tests.engine.relay import HANG_UP, Relay
from tests.engine.stage import wait_until

BRIEF = Timeouts(**dict.fromkeys((field.name for field in fields(Timeouts)), 0.5))


def copy(key: int) -> Copy:
    return Copy(key, Envelope("", f"p{key}@crowd.example"), b"Message-ID: <%d@x>\r\n\r\nGrease it.\r\n" % key)


def copies(count: int) -> list[Copy]:
    return [copy(key) for key in range(1, count + 1)]


def opened(relay: Relay, folder: Path, timeouts: Timeouts) -> Iterator[Lines]:
    address = RelayAddress.from_url(relay.url)
    found = Lines([Line(Client(address, timeouts=timeouts), Journal(folder, "e", number)) for number in range(3)])
    while found.has_another():
        assert found.opens_another()
    yield found
    found.close()


@pytest.fixture
def lines(relay: Relay, tmp_path: Path) -> Iterator[Lines]:
    yield from opened(relay, tmp_path, BRIEF)


@pytest.fixture
def patient_lines(relay: Relay, tmp_path: Path) -> Iterator[Lines]:
    yield from opened(relay, tmp_path, Timeouts())


def sent(lines: Lines, what: Iterable[Copy | None]) -> dict[int | None, str]:
    """The kind of each copy's outcome."""
    with closing(lines.passage(what, lambda _: None).settled()) as settled:
        return {copy.key: outcome.kind for copy, outcome in settled}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 100])
def test_each_copy_goes_once_over_one_of_the_lines(relay: Relay, lines: Lines, count: int) -> None:
    assert sent(lines, copies(count)) == dict.fromkeys(range(1, count + 1), Kind.ACCEPTED)
    assert relay.copies == {f"p{key}@crowd.example": 1 for key in range(1, count + 1)}
    assert all(line.client.trouble is None for line in lines.all)


def test_all_lines_are_at_work_while_their_servers_are(relay: Relay, lines: Lines) -> None:
    together = threading.Barrier(3, timeout=60)

    def says(stage: str, _words: str) -> None:
        if stage == "dot":
            together.wait()

    relay.says = says  # type: ignore[assignment]
    assert set(sent(lines, copies(9)).values()) == {Kind.ACCEPTED}  # each line has three in hand


def test_the_others_go_on_while_one_server_is_slow(relay: Relay, patient_lines: Lines) -> None:
    def says(stage: str, words: str) -> None:
        if stage == "dot" and words.startswith("p2@"):
            wait_until(lambda: len(relay.taken) > 50, "the others go on")

    relay.says = says  # type: ignore[assignment]
    assert sent(patient_lines, copies(60)) == dict.fromkeys(range(1, 61), Kind.ACCEPTED)


def test_of_a_server_that_never_answers_one_copy_is_in_doubt_and_the_others_go(relay: Relay, lines: Lines) -> None:
    never = threading.Event()

    def says(stage: str, words: str) -> None:
        if stage == "dot" and words.startswith("p2@"):
            never.wait(60)

    relay.says = says  # type: ignore[assignment]
    with closing(lines.passage(copies(30), lambda _: None).settled()) as stream:
        settled = {copy.key: outcome for copy, outcome in stream}
    never.set()
    assert (settled[2].kind, settled[2].cause) == (Kind.IN_DOUBT, Cause.TIMEOUT)
    not_tried = {key for key, outcome in settled.items() if outcome.cause is Cause.NONE and outcome.kind is Kind.UNSENT}
    assert len(not_tried) <= 2
    assert all(settled[key].kind is Kind.ACCEPTED for key in range(1, 31) if key != 2 and key not in not_tried)
    assert [line.client.trouble is None for line in lines.all].count(False) == 1


def test_the_rest_goes_over_the_lines_that_are_left(relay: Relay, lines: Lines) -> None:
    relay.says = lambda stage, words: HANG_UP if stage == "dot" and words.startswith("p20@") else None
    with closing(lines.passage(copies(30), lambda _: None).settled()) as stream:
        settled = {copy.key: outcome for copy, outcome in stream}
    assert len(settled) == 30
    assert settled[20].kind is Kind.IN_DOUBT
    assert sum(outcome.kind is Kind.ACCEPTED for outcome in settled.values()) >= 27
    assert lines.goes_on()  # over the two others, and the third is open again
    assert all(line.client.trouble is None for line in lines.all)


def test_nothing_is_on_a_wire_when_a_copy_taken_back_is_told(relay: Relay, lines: Lines) -> None:
    answered: set[int | None] = set()
    on_wire: set[int] = set()

    def last_look(key: int) -> None:
        if key == 11:
            raise LookupError(key)
        on_wire.add(key)

    def run() -> None:
        for copy, outcome in lines.passage(copies(40), last_look).settled():
            assert outcome.kind is Kind.ACCEPTED
            answered.add(copy.key)

    with pytest.raises(LookupError):
        run()
    assert on_wire == answered
    assert {f"p{key}@crowd.example" for key in answered} == set(relay.copies)
    assert 11 not in answered


def test_what_the_copies_raise_comes_when_all_is_settled(relay: Relay, lines: Lines) -> None:
    def failing() -> Iterator[Copy]:
        yield from copies(20)
        raise LookupError

    answered: list[int | None] = []

    def run() -> None:
        answered.extend(copy.key for copy, _ in lines.passage(failing(), lambda _: None).settled())

    with pytest.raises(LookupError):
        run()
    assert sorted(answered, key=lambda key: key or 0) == list(range(1, 21))
    assert len(relay.taken) == 20


def test_copies_are_composed_while_all_servers_are_at_work(relay: Relay, lines: Lines) -> None:
    taken: list[int | None] = []
    before_first_answer: list[int] = []

    def says(stage: str, _words: str) -> None:
        if stage == "dot":
            time.sleep(0.1)
            before_first_answer.append(len(taken))

    def composed(copies: list[Copy]) -> Iterator[Copy]:
        for one in copies:
            taken.append(one.key)
            yield one

    relay.says = says  # type: ignore[assignment]
    assert len(sent(lines, composed(copies(60)[:12]))) == 12
    assert before_first_answer[0] == 12
    taken.clear()
    before_first_answer.clear()
    with closing(lines.passage(composed(copies(12)), lambda _: None, next_at=time.monotonic).settled()) as stream:
        assert len(list(stream)) == 12
    assert before_first_answer[0] == 9  # three a line
    taken.clear()
    before_first_answer.clear()
    large = [one._replace(octets=one.octets + (b"x" * 900 + b"\r\n") * 1000) for one in copies(16)]
    assert len(sent(lines, composed(large))) == 16
    assert before_first_answer[0] < 14


def test_what_is_raised_while_looking_ahead_comes_when_all_is_settled(relay: Relay, lines: Lines) -> None:
    def says(stage: str, _words: str) -> None:
        if stage == "dot":
            time.sleep(0.2)

    def failing() -> Iterator[Copy]:
        yield from copies(12)
        raise LookupError

    answered: list[int | None] = []

    def run() -> None:
        answered.extend(copy.key for copy, _ in lines.passage(failing(), lambda _: None).settled())

    relay.says = says  # type: ignore[assignment]
    with pytest.raises(LookupError):
        run()
    assert len(answered) == len(relay.taken) == 12
    assert all(line.client.trouble is None for line in lines.all)


def test_before_the_copies_may_wait_none_is_in_hand(lines: Lines) -> None:
    given: list[int] = []
    back: list[int | None] = []
    in_hand_when_asked_again: list[int] = []

    def paced() -> Iterator[Copy | None]:
        for few in ([1, 2], [3], [4, 5, 6, 7, 8]):
            for key in few:
                given.append(key)
                yield copy(key)
            yield None
            in_hand_when_asked_again.append(len(given) - len(back))

    for settled, outcome in lines.passage(paced(), lambda _: None).settled():
        assert outcome.kind is Kind.ACCEPTED
        back.append(settled.key)
    assert in_hand_when_asked_again == [0, 0, 0]
    assert len(back) == 8


def test_idle_lines_end_when_a_copy_is_taken_back_on_another(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("newsletter.engine.turns._LOOK_EVERY", 60_000)

    def paced() -> Iterator[Copy | None]:
        yield copy(1)
        yield None
        yield copy(2)
        yield from [None] * 3

    def last_look(key: int) -> None:
        if key == 2:
            raise LookupError(key)

    def run() -> None:
        for _ in lines.passage(paced(), last_look).settled():
            pass

    began = time.monotonic()
    with pytest.raises(LookupError):
        run()
    assert time.monotonic() - began < 30


def test_waiting_for_servers_takes_no_processor_time(relay: Relay, lines: Lines) -> None:
    def says(stage: str, _words: str) -> None:
        if stage == "dot":
            time.sleep(0.4)

    def paced() -> Iterator[Copy | None]:
        yield from copies(2)
        yield None

    relay.says = says  # type: ignore[assignment]
    began = time.thread_time()
    assert len(sent(lines, paced())) == 2
    assert time.thread_time() - began < 0.1


def test_the_lines_that_have_no_seat_take_nothing(relay: Relay, lines: Lines) -> None:
    lines.seated = 1
    for line in lines.all[1:]:
        line.client.quit()
    hellos = sum(command.startswith("EHLO") for command in relay.heard)
    assert len(sent(lines, copies(5))) == 5
    assert lines.goes_on()
    assert sum(command.startswith("EHLO") for command in relay.heard) == hellos == 3
    assert [line.client.trouble is None for line in lines.all] == [True, False, False]


def test_trouble_is_told_while_no_line_is_good(relay: Relay, lines: Lines) -> None:
    for line in lines.all[1:]:
        line.trouble = "gone"
    assert not lines.trouble
    lines.all[0].trouble = "away"
    assert lines.trouble == "away"
    lines.forget_trouble()
    assert not lines.trouble
    relay.close()
