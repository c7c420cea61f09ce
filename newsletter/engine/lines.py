"""The connections of one thread, side by side: while one waits for its server, the thread serves the others."""

import select
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from newsletter.engine.line import LastLook, Line
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Outcome
from newsletter.smtp.stream import Settled, Steps

_MOST_AHEAD, _MOST_OCTETS = 64, 1_000_000  # letters composed while all servers are at work, and what they weigh
_LOOK_EVERY = 1000  # milliseconds, while no server answers: whether one has been silent for too long


class Lines:
    """`all` lines to one relay, of which the first `seated` take copies; see `Line`."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.all = lines
        self.seated = 0

    @property
    def trouble(self) -> str:
        """Why nothing goes over the lines that take copies, empty when all is well with one of them."""
        troubles = [line.trouble for line in self._taking]
        return troubles[0] if all(troubles) else ""

    def forget_trouble(self) -> None:
        """Call the lines good that nobody suffers from."""
        for line in self.all:
            line.trouble = ""

    def is_open(self) -> bool:
        """Whether a message can go out now, after trying to reach the relay with the first line."""
        return self.all[0].is_open()

    def has_another(self) -> bool:
        """Whether there is a line that takes no copies yet."""
        return self.seated < len(self.all)

    def opens_another(self) -> bool:
        """Let one line more take copies, if it reaches the relay."""
        line = self.all[self.seated]
        line.rest()  # the relay may have hung up on a line that others did the work of
        self.seated += line.is_open()
        return line.client.trouble is None

    def goes_on(self) -> bool:
        """Whether the next copy can go out over one of the lines as well, after trying those that ended."""
        can_go_on = [line.goes_on() for line in self._taking]
        return any(can_go_on)

    def send_all(
        self,
        copies: Iterable[Copy | None],
        last_look: LastLook,
        *,
        may_look_ahead: bool = True,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> Settled:
        """Send copies over all lines, and give each with its outcome as it is settled.

        What `last_look` or `copies` raises comes when nothing is on a wire any more. Copies taken and not given back
        were not sent. While all servers are at work more copies are taken, if those `may_look_ahead`; they stay unsent
        where it `is_stopping`.
        """
        supply = _Supply(copies, _MOST_AHEAD if may_look_ahead else 0, is_stopping)
        going = [(line, line.steps(supply, last_look)) for line in self._taking]
        failure: Exception | None = None
        try:
            while going:
                for line, steps in _that_go_on(going, supply):
                    try:
                        for settled in steps:
                            if settled is None:
                                break
                            supply.in_hand -= 1
                            yield settled
                        else:
                            going.remove((line, steps))
                    except Exception as error:  # noqa: BLE001 - raised again when the others are finished
                        going.remove((line, steps))
                        failure = failure or error
                        supply.end()
        finally:
            for _, steps in going:
                steps.close()
        if failure is not None:
            raise failure

    def send_sample(self, envelope: Envelope, message: bytes) -> Outcome:
        """Send a message that no journal needs to know of."""
        return self.all[0].send_sample(envelope, message)

    def empty_journals(self) -> None:
        """Forget how far copies came: it is in the ledger now."""
        for line in self.all:
            line.journal.empty()

    def rest(self) -> None:
        """Let the lines that take no copies take leave of the relay after a while."""
        for line in self.all[self.seated :]:
            line.rest()

    def close(self) -> None:
        """Take leave of the relay for good."""
        for line in self.all:
            line.close()

    @property
    def _taking(self) -> Sequence[Line]:
        return self.all[: self.seated or 1]


class _Supply:
    """One source of copies for several lines. It may wait itself, but only when no line has a copy in hand."""

    def __init__(self, copies: Iterable[Copy | None], most_ahead: int, is_stopping: Callable[[], bool]) -> None:
        self._copies = iter(copies)
        self._most_ahead, self._is_stopping = most_ahead, is_stopping
        self._ahead: deque[Copy] = deque()  # composed before a line wanted them
        self._octets = 0  # of those
        self._failure: Exception | None = None  # of the copies, until somebody asks for one
        self._has_paused = self._is_over = False
        self.in_hand = 0

    def __iter__(self) -> Iterator[Copy | None]:
        return self

    def __next__(self) -> Copy | None:
        if self._ahead and self._is_stopping():
            self.end()
        if self._is_over:
            raise StopIteration
        if self._ahead:
            copy = self._ahead.popleft()
            self._octets -= len(copy.octets)
            return copy
        if self._failure is not None:
            raise self._failure
        return self._next() if self.may_be_asked() else None

    def looks_ahead(self) -> bool:
        """Whether there was time and room to have another copy composed, while all lines wait."""
        if self._is_over or self._has_paused or len(self._ahead) >= self._most_ahead or self._octets > _MOST_OCTETS:
            return False
        try:
            copy = self._next()
        except StopIteration:
            copy, self._has_paused = None, True
        except Exception as error:  # noqa: BLE001 - raised to whoever asks for the next copy
            copy, self._has_paused, self._failure = None, True, error
        if copy is not None:
            self._ahead.append(copy)
            self._octets += len(copy.octets)
        return copy is not None

    def _next(self) -> Copy | None:
        copy = next(self._copies)
        self._has_paused = copy is None
        self.in_hand += copy is not None
        return copy

    def may_be_asked(self) -> bool:
        """Whether it has more, or has ended, or at least may wait for more."""
        has_word = bool(self._ahead) or self._is_over or self._failure is not None
        return has_word or not (self._has_paused and self.in_hand)

    def end(self) -> None:
        """Give no more."""
        self._is_over = True


def _that_go_on(going: Sequence[tuple[Line, Steps]], supply: _Supply) -> Iterator[tuple[Line, Steps]]:
    """Each that can do its next step; where none can, wait until one can. A single one may as well wait itself."""
    if len(going) == 1:
        yield from tuple(going)
        return
    stands_still = True
    for one in tuple(going):
        client = one[0].client
        if client.is_answered() if client.is_waiting() else supply.may_be_asked():
            stands_still = False
            yield one
    if stands_still and not supply.looks_ahead():
        answers = select.poll()
        for line, _ in going:
            if line.client.is_waiting():
                answers.register(line.client, select.POLLIN)
        answers.poll(_LOOK_EVERY)
