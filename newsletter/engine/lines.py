"""The connections of one thread, side by side: while one waits for its server, the thread serves the others."""

from collections.abc import Callable, Container, Iterable, Sequence

from newsletter.engine.line import LastLook, Line
from newsletter.engine.passage import Passage
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Outcome

_FULL = 0.5  # of a journal: whoever does not empty it after each chunk makes room
_MOST_AHEAD = 64  # letters composed while all servers are at work


class Lines:
    """`all` lines to one relay, of which the first `seated` take copies; see `Line`."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.all = list(lines)
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

    def passage(
        self,
        copies: Iterable[Copy | None],
        last_look: LastLook,
        *,
        is_stopping: Callable[[], bool] = lambda: False,
        next_at: Callable[[], float] | None = None,
    ) -> Passage:
        """Copies to be sent over all lines that take any. Those that tell `next_at` which time go then, none ahead."""
        return Passage(
            self._taking,
            copies,
            last_look,
            most_ahead=0 if next_at else _MOST_AHEAD,
            is_stopping=is_stopping,
            has_spare=len(self.all) > len(self._taking),
            next_at=next_at,
        )

    def part_with(self, lines: Iterable[Line]) -> "Lines":
        """Lines that take copies, to be gone on with elsewhere."""
        gone = list(lines)
        for line in gone:
            self.all.remove(line)
        self.seated -= len(gone)
        return Lines(gone)

    def take_back(self, lines: "Lines") -> None:
        """Have those again, without a seat. For any thread: they come behind all that this one looks at."""
        self.all.extend(lines.all)

    def send_sample(self, envelope: Envelope, message: bytes) -> Outcome:
        """Send a message that no journal needs to know of."""
        return self.all[0].send_sample(envelope, message)

    def empty_journals(self) -> None:
        """Forget how far copies came: it is in the ledger now."""
        for line in self.all:
            line.journal.empty()

    def forget_all_but(self, delivery_ids: Container[int | None]) -> None:
        """Forget it of all other copies. An old note of one that comes again over another line would belie that."""
        for line in self.all:
            line.journal.keep_only(delivery_ids)

    def has_lost_one(self) -> bool:
        """Whether a line that took copies has ended."""
        return any(line.client.trouble is not None for line in self._taking)

    def has_room(self) -> bool:
        """Whether there is room in the journals, after making some."""
        for line in self.all:
            if line.journal.used > _FULL:
                line.journal.tidy()
        return all(line.journal.used <= _FULL for line in self.all)

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
