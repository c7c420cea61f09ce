"""What a sender has left behind: copies whose servers are silent, while it goes on over its other lines.

Those of a chunk are waited for in a thread of their own. Whoever has the last copy of a batch in hand gives it back.
"""

import logging
import threading
from collections import Counter
from collections.abc import Callable

from newsletter.ledger.run import BatchKey

log = logging.getLogger(__name__)


class Behind:
    """The threads of one sender that wait, and who has copies of which batch in hand."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._holders: Counter[BatchKey] = Counter()
        self._threads: list[threading.Thread] = []
        self._failure: Exception | None = None
        self._has_come_back = False

    def hold(self, batch: BatchKey) -> None:
        """Have copies of a batch in hand."""
        with self._lock:
            self._holders[batch] += 1

    def let_go(self, batch: BatchKey) -> bool:
        """Have them no more; whether nobody has any now."""
        with self._lock:
            self._holders[batch] -= 1
            is_last = not self._holders[batch]
            if is_last:
                del self._holders[batch]
            return is_last

    def holds(self, batch: BatchKey) -> bool:
        """Whether copies of it were left behind, beside those that their sender has."""
        return self._holders[batch] > 1

    def begin(self, wait: Callable[[], None]) -> None:
        """Wait in a thread of its own."""
        thread = threading.Thread(target=self._run, args=(wait,), name="behind")
        self._threads = [*(one for one in self._threads if one.is_alive()), thread]
        thread.start()

    def has_come_back(self) -> bool:
        """Whether somebody has ended to wait since this was asked last."""
        has_come_back, self._has_come_back = self._has_come_back, False
        return has_come_back

    def join(self) -> None:
        """Return when nobody waits any more."""
        for thread in self._threads:
            thread.join()

    def check(self) -> None:
        """Raise the mistake of ours that ended one of the threads."""
        if self._failure is not None:
            raise self._failure

    def _run(self, wait: Callable[[], None]) -> None:
        try:
            wait()
        except Exception as error:
            log.exception("copies that were left behind are lost sight of")
            self._failure = error
        self._has_come_back = True
