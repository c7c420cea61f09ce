"""One chunk over lines that do what a test says."""

import time
from collections.abc import Callable, Generator, Iterable, Sequence
from datetime import UTC, datetime

import pytest

from newsletter.bulletin.compose import List, Press
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Reader
from newsletter.engine.copies import STALE_AFTER, Copies
from newsletter.engine.line import LastLook
from newsletter.engine.round import Round
from newsletter.ledger.claim import Claimed
from newsletter.ledger.states import Event
from newsletter.links import Links
from newsletter.smtp.copy import Copy
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.reply import Reply
from tests.engine.stage import FROM

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TEXT = "---\nnumber: TB-1\ntitle: Grease\nclass: technical\nlanguage: en\n---\n# Grease\n\nGrease it.\n"
TAKEN = Outcome(Kind.ACCEPTED, Cause.NONE, Reply(250, "2.0.0", "taken"), usable=True)
NOT_TRIED = Outcome(Kind.UNSENT, Cause.NONE)


class SlowLines:
    """Takes one copy ahead as the real one does, and composes it only when the copies in hand have grown stale."""

    trouble = ""
    silent = ()

    def __init__(self, second: Outcome) -> None:
        self.second = second

    def goes_on(self) -> bool:
        return False

    def passage(
        self,
        copies: Iterable[Copy | None],
        last_look: LastLook,
        *,
        is_stopping: Callable[[], bool],  # noqa: ARG002 - its own way
    ) -> "SlowLines":
        self.copies, self.last_look = copies, last_look
        return self

    def settled(self, *, may_leave: bool) -> Generator[tuple[Copy, Outcome], None, None]:  # noqa: ARG002
        source, last_look = iter(self.copies), self.last_look
        first = next(source)
        assert first is not None
        assert first.key is not None
        ahead = next(source)
        last_look(first.key)
        time.sleep(STALE_AFTER + 0.05)
        list(source)
        yield first, TAKEN
        assert ahead is not None
        yield ahead, self.second


@pytest.mark.parametrize("event", [Event.RETURN, Event.WITHHOLD])
def test_what_is_on_the_wire_when_others_are_dropped_is_told_by_its_answer_alone(links: Links, event: Event) -> None:
    press = Press(read_source(TEXT), FROM, List(1, "bulletins", "Bulletins"), links, "seed")
    chunk = [Claimed(number, number, f"p{number}@crowd.example", (), 0) for number in (1, 2, 3)]
    people = {copy.person_id: Reader(copy.address, "Jo", "Doe", "en", (), ()) for copy in chunk}
    asked: list[Sequence[int]] = []

    def look_again(ids: Sequence[int]) -> dict[int, Event]:
        asked.append(ids)
        return dict.fromkeys(ids, event)

    copies = Copies(press, look_again, lambda: NOW, lambda: "", time.monotonic())
    going = Round(SlowLines(NOT_TRIED), copies, people, None, lambda: False)  # type: ignore[arg-type]
    results = {result.delivery_id: result.event for result in going.send(chunk)}
    assert asked == [[2, 3]]
    assert results == {1: Event.ACCEPT, 2: event, 3: event}
