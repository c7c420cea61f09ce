"""Copies one after the other over one session, each envelope travelling with the message before (RFC 2920)."""

from collections.abc import Callable, Generator, Iterable

from newsletter.smtp.copy import Copy
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.ready import Ready, make_ready
from newsletter.smtp.session import Session

Settled = Generator[tuple[Copy, Outcome], None, None]
"""Copies, each with its outcome."""

Steps = Generator[tuple[Copy, Outcome] | None, None, None]
"""The same, and None wherever the next step may have to wait: for the server, or for the next copy."""

_NOT_TRIED = Outcome(Kind.UNSENT, Cause.NONE, detail="The connection ended at an earlier copy.")


class Stream:
    """One run of copies; see Client.steps for the contract."""

    def __init__(
        self, session: Session, copies: Iterable[Copy | None], before_dot: Callable[[int | None], None]
    ) -> None:
        self._session = session
        self._copies = iter(copies)
        self._before_dot = before_dot
        self._is_over = False
        self._error: Exception | None = None

    def run(self) -> Steps:
        """Each copy with its outcome, until the copies or the session end."""
        try:
            yield from self._all()
        finally:
            self._session.withdraw()
        if self._error is not None:
            raise self._error

    def _all(self) -> Steps:
        ready = None
        while self._session.trouble is None and (ready is not None or not self._is_over):
            ready = ready or self._take()
            if ready is None:
                yield None
                continue
            outcome = ready.held or self._session.propose(ready) or (yield from self._agreement())
            if outcome is None:
                ready = yield from self._in_step(ready)
            else:
                yield ready.copy, outcome
                ready = None

    def _in_step(self, due: Ready) -> Generator[tuple[Copy, Outcome] | None, None, Ready | None]:
        """From a copy whose message is due as far as each envelope ahead is agreed to; gives the copy then in hand."""
        session = self._session
        in_hand = self._take()
        while True:
            goes_ahead = session.offered.pipelining and in_hand is not None and in_hand.held is None
            ahead = in_hand if goes_ahead else None
            outcome = session.hand_over(due, ahead, self._before_dot)
            if outcome is not None:
                ahead = None
            else:
                # While the server works on the message, the next one is composed.
                if in_hand is ahead:
                    in_hand = self._take()
                yield None
                outcome = session.answer()
            yield due.copy, outcome
            if session.trouble is not None or ahead is None:
                break
            outcome = yield from self._agreement()
            if outcome is not None:
                yield ahead.copy, outcome
                ahead = None
                break
            due = ahead
        if session.trouble is None:
            return in_hand
        for ready in (ahead, in_hand):
            if ready is not None:
                yield ready.copy, ready.held or _NOT_TRIED
        return None

    def _agreement(self) -> Generator[None, None, Outcome | None]:
        if self._session.is_waiting and not self._session.is_answered():
            yield None
        return self._session.agree()

    def _take(self) -> Ready | None:
        """The next copy; None where there is none now, or none any more."""
        if self._is_over:
            return None
        try:
            copy = next(self._copies)
        except StopIteration:
            self._is_over = True
            return None
        except Exception as error:  # noqa: BLE001 - raised again when what is on the wire is finished
            self._is_over, self._error = True, error
            return None
        return None if copy is None else make_ready(copy, self._session.offered)
