"""The copies claimed at a time, going out over the lines of a thread.

Each is set, signed, looked at once more and sent. What was claimed comes back with a result,
whatever happens to a line. Those whose servers are silent for long while the others are done come back later.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from newsletter.bulletin.compose import Press
from newsletter.bulletin.values import Reader
from newsletter.domain import domain_of
from newsletter.engine.line import Line
from newsletter.engine.lines import Lines
from newsletter.engine.outcome import result_of, words_of
from newsletter.engine.passage import Passage
from newsletter.engine.press import set_copy
from newsletter.errors import NewsletterError
from newsletter.ledger.claim import Claimed
from newsletter.ledger.record import Result
from newsletter.ledger.states import Event
from newsletter.message.dkim import DkimSigner
from newsletter.pace.admission import Slot
from newsletter.pace.block import is_policy_block
from newsletter.smtp.copy import Copy
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.stream import Settled

STALE_AFTER = 0.5  # seconds after which claimed copies are looked at again before they go out
_NAP = 0.2  # seconds: the longest wait before somebody looks whether to stop
_SIGNED_AT_ONCE = 64  # letters: enough for all cores, few enough to be still true when they go out
_MOST_OCTETS = 4_000_000  # of those: letters with files are large

_TROUBLES = frozenset({Cause.CONNECTION, Cause.TIMEOUT, Cause.PROTOCOL, Cause.GREETING, Cause.LIMIT})

LookAgain = Callable[[Sequence[int]], Mapping[int, Event]]
"""Which of these copies are not to be sent after all, and what is to happen to them instead."""


class _TakenBackError(Exception):
    """A copy whose envelope is out already is not to be sent after all."""


@dataclass
class Round:
    """One chunk of one run on its way. `checked` is when its copies were last known to be wanted (monotonic)."""

    lines: Lines
    press: Press
    people: Mapping[int, Reader]
    signer: DkimSigner | None
    look_again: LookAgain
    is_stopping: Callable[[], bool]
    clock: Callable[[], datetime]
    checked: float
    results: list[Result] = field(default_factory=list, init=False)
    is_troubled: bool = field(default=False, init=False)  # the relay wants fewer connections, or lost one
    blocked: dict[int, str] = field(default_factory=dict, init=False)  # domains that refuse us, by delivery id
    late: int = field(default=0, init=False)  # copies that missed their slot
    _slots: Mapping[int, Slot] = field(default_factory=dict, init=False)
    _open: dict[int, Claimed] = field(default_factory=dict, init=False)  # copies without a result
    _dropped: dict[int, Event] = field(default_factory=dict, init=False)
    _on_wire: set[int | None] = field(default_factory=set, init=False)  # whose messages are out and not answered for
    _held_up: Passage | None = field(default=None, init=False)

    def send(self, chunk: Sequence[Claimed], slots: Mapping[int, Slot]) -> list[Result]:
        """What became of each copy; one with a slot goes out in it or not at all. Raises only mistakes of ours.

        Where it is then held up, those copies are missing that are on the wire to a silent server.
        """
        self._open, self._slots = {copy.id: copy for copy in chunk}, slots
        in_turn = sorted(chunk, key=lambda copy: slots[copy.id].not_before) if slots else chunk
        left = len(chunk) + 1
        # What broken lines had in hand comes again; a try that settles nothing is the last.
        while len(self._open) < left:
            left = len(self._open)
            if not self._goes_on(self._letters([copy for copy in in_turn if copy.id in self._open])):
                break
        return self.results if self.is_held_up else self._with_the_rest()

    @property
    def is_held_up(self) -> bool:
        """Whether servers are silent while the others are done; `silent` are the lines to them."""
        return self._held_up is not None

    @property
    def silent(self) -> Sequence[Line]:
        """The lines to the servers that hold it up."""
        return self._held_up.silent if self._held_up is not None else ()

    @property
    def on_wire(self) -> frozenset[int | None]:
        """The copies whose messages are out and not answered for."""
        return frozenset(self._on_wire)

    def finish(self) -> list[Result]:
        """What became of the copies that were missing. Waits for the silent servers."""
        self.results, self.is_troubled = [], False
        if self._held_up is not None:
            self._take_in(self._held_up.settled())
        return self._with_the_rest()

    def _with_the_rest(self) -> list[Result]:
        for copy in self._open.values():
            self.results.append(self._put_back(copy))
        return self.results

    def _goes_on(self, letters: Iterator[Copy | None]) -> bool:
        """Send until the lines break; whether there is more to send, and a line to send it over."""
        passage = self.lines.passage(
            letters, self._last_look, may_look_ahead=not self._slots, is_stopping=self.is_stopping
        )
        self._take_in(passage.settled(may_leave=True))
        if passage.silent:
            self._held_up = passage
            self._drop_what_is_not_on_a_wire()
            return False
        return bool(self._open) and not self.is_stopping() and self.lines.goes_on()

    def _take_in(self, stream: Settled) -> None:
        try:
            with closing(stream):
                for copy, outcome in stream:
                    self._settle(copy.key, outcome)
        except _TakenBackError:
            self._settle_dropped()

    def _letters(self, chunk: Sequence[Claimed]) -> Iterator[Copy | None]:
        ready = self._set(chunk)
        for copy in ready if self.signer is None else self._signed(self.signer, ready):
            if self._slots:
                yield from self._until(self._slots[copy.key or 0].not_before)
            if self.is_stopping():
                return
            if not self._is_wanted(copy.key):
                self._settle_dropped()
            elif not self._slots or self._is_in_time(copy):
                yield copy

    def _until(self, moment: float) -> Iterator[None]:
        """Wait, with nothing left on the wire, and see meanwhile who leaves."""
        if moment > time.monotonic():
            yield None
        while (left := moment - time.monotonic()) > 0 and not self.is_stopping():
            time.sleep(min(left, _NAP))
            self._is_wanted(None)

    def _is_in_time(self, copy: Copy) -> bool:
        slot = self._slots.get(copy.key or 0)
        if slot is None or time.monotonic() <= slot.not_after:
            return True
        self.late += 1
        self._note(self._put_back(self._open[copy.key or 0]))
        return False

    def _set(self, chunk: Sequence[Claimed]) -> Iterator[Copy]:
        date = self.clock()
        for copy in chunk:
            if copy.id in self._open:
                try:
                    envelope, octets = set_copy(self.press, self.people.get(copy.person_id), copy, date)
                except NewsletterError as error:
                    self._note(Result(copy.id, Event.HOLD, str(error)))
                else:
                    yield Copy(copy.id, envelope, octets, is_body_sound=True)

    def _signed(self, signer: DkimSigner, ready: Iterator[Copy]) -> Generator[Copy]:
        while some := list(_handful(ready)):
            letters = signer.sign_many([copy.octets for copy in some], self.clock())
            for copy, octets in zip(some, letters, strict=True):
                yield copy._replace(octets=octets)

    def _last_look(self, key: int) -> None:
        if not self._is_wanted(key):
            raise _TakenBackError
        self._on_wire.add(key)

    def _is_wanted(self, key: int | None) -> bool:
        if time.monotonic() - self.checked > STALE_AFTER:
            # Of a copy on the wire only its answer can tell what became of it.
            self._dropped |= self.look_again([id_ for id_ in self._open if id_ not in self._on_wire])
            self.checked = time.monotonic()
        return key not in self._dropped

    def _drop_what_is_not_on_a_wire(self) -> None:
        """Have others send it. A silent line that took such a copy finds when it looks that it is not to go."""
        for copy in [copy for copy in self._open.values() if copy.id not in self._on_wire]:
            self._dropped[copy.id] = Event.RETURN
            self._note(self._put_back(copy))

    def _settle_dropped(self) -> None:
        for delivery_id in self._dropped.keys() & self._open.keys():
            self._note(Result(delivery_id, self._dropped[delivery_id], due_at=self.clock()))

    def _settle(self, key: int | None, outcome: Outcome) -> None:
        self._on_wire.discard(key)
        if key is None or key not in self._open:  # one that was ahead was dropped meanwhile
            return
        if outcome.kind is Kind.ACCEPTED and outcome.usable:  # nearly all, so it comes first
            self._note(Result(key, Event.ACCEPT, words_of(outcome)))
            return
        copy = self._open[key]
        if outcome.kind is Kind.UNSENT and outcome.cause is Cause.NONE:
            # The line broke at a copy before; this one was only next in turn.
            self._note(self._put_back(copy))
        else:
            self._note(result_of(outcome, copy, self.clock))
            if is_policy_block(outcome):
                self.blocked[copy.id] = domain_of(copy.address)
        self.is_troubled |= outcome.cause in _TROUBLES

    def _note(self, result: Result) -> None:
        del self._open[result.delivery_id]
        self.results.append(result)

    def _put_back(self, copy: Claimed) -> Result:
        return Result(copy.id, Event.RETURN, self.lines.trouble, self.clock())


def _handful(ready: Iterator[Copy]) -> Iterator[Copy]:
    """The next letters that are signed together."""
    octets = 0
    for copy in islice(ready, _SIGNED_AT_ONCE):
        yield copy
        octets += len(copy.octets)
        if octets > _MOST_OCTETS:
            return


def put_back(chunk: Iterable[Claimed], now: datetime, words: str = "") -> list[Result]:
    """A result for copies that nobody tried to send."""
    return [Result(copy.id, Event.RETURN, words, now) for copy in chunk]
