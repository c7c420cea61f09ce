"""The connections of one thread, side by side: while one waits for its server, the thread serves the others."""

from collections.abc import Callable, Iterable, Sequence

from newsletter.engine.line import LastLook, Line
from newsletter.engine.supply import Supply
from newsletter.engine.turns import Turns
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Outcome
from newsletter.smtp.stream import Settled

_MOST_AHEAD = 64  # letters composed while all servers are at work


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
        supply = Supply(copies, _MOST_AHEAD if may_look_ahead else 0, is_stopping)
        turns = Turns([(line, line.steps(supply, last_look)) for line in self._taking], supply)
        failure: Exception | None = None
        try:
            while turns.going:
                for one in turns.next_ones():
                    try:
                        for settled in one.steps:
                            if settled is None:
                                break
                            supply.in_hand -= 1
                            yield settled
                        else:
                            turns.over(one)
                    except Exception as error:  # noqa: BLE001 - raised again when the others are finished
                        turns.over(one)
                        failure = failure or error
                        supply.end()
        finally:
            for one in turns.going:
                one.steps.close()
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
