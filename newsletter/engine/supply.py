"""One source of copies for several lines, which composes some ahead while all servers are at work."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from time import monotonic

from newsletter.smtp.copy import Copy

_MOST_OCTETS = 1_000_000  # what the copies weigh that were composed ahead


class Supply:
    """One source of copies for several lines.

    It may wait itself, but only when no line has a copy in hand; or it never waits, and tells `next_at` which time
    (monotonic) it wants to be asked again when it had none.
    """

    def __init__(
        self,
        copies: Iterable[Copy | None],
        most_ahead: int,
        is_stopping: Callable[[], bool],
        next_at: Callable[[], float] | None = None,
    ) -> None:
        self._copies, self._next_at = iter(copies), next_at
        self._most_ahead, self._is_stopping = most_ahead, is_stopping
        self._ahead: deque[Copy] = deque()  # composed before a line wanted them
        self._octets = 0  # of those
        self._failure: Exception | None = None  # of the copies, until somebody asks for one
        self._has_paused = self._is_over = False
        self._taken = self.settled = 0

    @property
    def in_hand(self) -> int:
        """How many copies were taken and are not settled."""
        return self._taken - self.settled

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
        self._taken += copy is not None
        return copy

    def may_be_asked(self) -> bool:
        """Whether it has more, or has ended, or at least may wait for more."""
        if not self._has_paused or self._ahead or self._is_over or self._failure is not None:
            return True
        return not self.in_hand if self._next_at is None else monotonic() >= self._next_at()

    @property
    def is_timed(self) -> bool:
        """Whether it tells when it wants to be asked."""
        return self._next_at is not None

    def pauses_for(self) -> float | None:
        """For how many seconds it wants not to be asked; None where it does not tell."""
        if self._next_at is None or self._is_over or not self._has_paused:
            return None
        return max(0.0, self._next_at() - monotonic())

    def end(self) -> None:
        """Give no more."""
        self._is_over = True
