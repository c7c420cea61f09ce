"""The copies claimed at a time, going out over the lines of a thread as fast as these can.

What was claimed comes back with a result, whatever happens to a line. Those whose servers are silent for long while the
others are done come back later.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from newsletter.bulletin.values import Reader
from newsletter.engine.copies import Copies, TakenBackError
from newsletter.engine.line import Line
from newsletter.engine.lines import Lines
from newsletter.engine.passage import Passage
from newsletter.ledger.claim import Claimed
from newsletter.ledger.record import Result
from newsletter.ledger.states import Event
from newsletter.message.dkim import DkimSigner
from newsletter.smtp.copy import Copy
from newsletter.smtp.stream import Settled

_SIGNED_AT_ONCE = 64  # letters: enough for all cores, few enough to be still true when they go out
_MOST_OCTETS = 4_000_000  # of those: letters with files are large


@dataclass
class Round:
    """One chunk of one run on its way."""

    lines: Lines
    copies: Copies
    people: Mapping[int, Reader]
    signer: DkimSigner | None
    is_stopping: Callable[[], bool]
    _held_up: Passage | None = field(default=None, init=False)

    def send(self, chunk: Sequence[Claimed]) -> list[Result]:
        """What became of each copy. Raises only mistakes of ours.

        Where it is then held up, those copies are missing that are on the wire to a silent server.
        """
        copies = self.copies
        for copy in chunk:
            copies.take(copy)
        left = len(chunk) + 1
        # What broken lines had in hand comes again; a try that settles nothing is the last.
        while len(copies.open) < left:
            left = len(copies.open)
            if not self._goes_on(self._letters([copy for copy in chunk if copy.id in copies.open])):
                break
        if not self.is_held_up:
            copies.put_back_all()
        return copies.drain()

    @property
    def is_held_up(self) -> bool:
        """Whether servers are silent while the others are done; `silent` are the lines to them."""
        return self._held_up is not None

    @property
    def silent(self) -> Sequence[Line]:
        """The lines to the servers that hold it up."""
        return self._held_up.silent if self._held_up is not None else ()

    def finish(self) -> list[Result]:
        """What became of the copies that were missing. Waits for the silent servers."""
        self.copies.is_troubled = False
        if self._held_up is not None:
            self._take_in(self._held_up.settled())
        self.copies.put_back_all()
        return self.copies.drain()

    def _goes_on(self, letters: Iterator[Copy]) -> bool:
        """Send until the lines break; whether there is more to send, and a line to send it over."""
        passage = self.lines.passage(letters, self.copies.last_look, is_stopping=self.is_stopping)
        self._take_in(passage.settled(may_leave=True))
        if passage.silent:
            self._held_up = passage
            self.copies.put_back_unsent()
            return False
        return bool(self.copies.open) and not self.is_stopping() and self.lines.goes_on()

    def _take_in(self, stream: Settled) -> None:
        try:
            with closing(stream):
                for copy, outcome in stream:
                    self.copies.settle(copy.key, outcome)
        except TakenBackError:
            self.copies.settle_dropped()

    def _letters(self, chunk: Sequence[Claimed]) -> Iterator[Copy]:
        ready = self._set(chunk)
        for copy in ready if self.signer is None else self._signed(self.signer, ready):
            if self.is_stopping():
                return
            if self.copies.is_wanted(copy.key):
                yield copy
            else:
                self.copies.settle_dropped()

    def _set(self, chunk: Sequence[Claimed]) -> Iterator[Copy]:
        date = self.copies.clock()
        for copy in chunk:
            letter = self.copies.set(copy, self.people.get(copy.person_id), date)
            if letter is not None:
                yield letter

    def _signed(self, signer: DkimSigner, ready: Iterator[Copy]) -> Generator[Copy]:
        while some := list(_handful(ready)):
            yield from signed(signer, some, self.copies.clock())


def signed(signer: DkimSigner, letters: Sequence[Copy], now: datetime) -> Iterator[Copy]:
    """Letters with their signatures, made on all cores."""
    for copy, octets in zip(letters, signer.sign_many([copy.octets for copy in letters], now), strict=True):
        yield copy._replace(octets=octets)


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
