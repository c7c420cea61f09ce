"""The client: one connection at a time that takes envelopes and messages and tells what became of each."""

from collections.abc import Callable, Iterable
from contextlib import closing
from types import TracebackType
from typing import Self

from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.extensions import CHUNKING
from newsletter.smtp.handshake import Handshake, trust
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.relay import Encryption, Relay
from newsletter.smtp.session import Session
from newsletter.smtp.stream import Settled, Steps, Stream
from newsletter.smtp.timeouts import Timeouts

_CLOSED = Outcome(Kind.UNSENT, Cause.CONNECTION, detail="The connection is closed.")


class Client:
    """A session with one relay, for one thread; `with` connects and takes leave.

    Nothing a relay or a network does is raised: `connect`, `send` and `send_all` answer with outcomes. Raises
    Misconfigured for a `ca` file that is none.
    """

    def __init__(self, relay: Relay, *, timeouts: Timeouts = Timeouts()) -> None:  # noqa: B008 - frozen
        if relay.encryption is not Encryption.NEVER:
            trust(relay.ca)
        self._relay = relay
        self._timeouts = timeouts
        self._session: Session | None = None
        self._trouble = _CLOSED
        self._disproved: frozenset[str] = frozenset()

    @property
    def trouble(self) -> Outcome | None:
        """Why the client takes nothing now; None while it is usable."""
        return self._trouble if self._session is None else self._session.trouble

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quit()

    def connect(self) -> Outcome | None:
        """Open a new session, dropping any old one; None when it is ready, else `trouble`, which `send` repeats.

        An extension that was offered to the session before and did not work is not used in this one.
        """
        if self._session is not None:
            # Who does not know BDAT never will. A group half answered may also come of a server that hung.
            self._disproved = (self._disproved & {CHUNKING}) | self._session.disproved
        self._drop()
        handshake = Handshake(self._relay, self._timeouts)
        self._trouble = handshake.run() or _CLOSED
        if handshake.wire is None:
            return self._trouble
        self._session = Session(handshake.wire, handshake.offered.without(self._disproved), self._timeouts)
        return None

    def quit(self) -> None:
        """Say QUIT if the session stands, and close. Never raises, and waits only Timeouts.quit seconds."""
        if self._session is not None:
            self._session.leave(_CLOSED)
        self._drop()

    def send(self, envelope: Envelope, message: bytes, *, before_dot: Callable[[], None]) -> Outcome:
        """Send one copy and tell what became of it.

        `before_dot` is called just before the octets that complete the message are written: if it never was called,
        nothing can have been taken. What it raises goes through, and the message is taken back.
        """
        settled = list(self.send_all([Copy(None, envelope, message)], before_dot=lambda _: before_dot()))
        return settled[0][1] if settled else self.trouble or _CLOSED

    def send_all(self, copies: Iterable[Copy | None], *, before_dot: Callable[[int | None], None]) -> Settled:
        """Send copies as they come, and give each with its outcome, in order, until they or the connection end.

        Every copy that was taken comes back once, up to two being taken before the first is settled: one whose
        envelope travels with the message before, one in hand while the relay works. None among the copies means that
        nothing is ready: what is on the wire is finished without waiting, and then the iterable itself may wait.

        `before_dot` is called with a copy's key just before the octets that complete its message are written, at most
        one message being unanswered, and none while this generator rests. So whatever ends it early, an exception of
        `before_dot` or `copies`, or `close`, copies that were taken and did not come back were not sent. Taking back
        an envelope may cost the connection; see `trouble`. What `copies` raises waits until the wire is at rest.

        Gives nothing on a closed client. Raises RuntimeError in the middle of another run's copy.
        """
        with closing(self.steps(copies, before_dot=before_dot)) as steps:
            for settled in steps:
                if settled is not None:
                    yield settled

    def steps(self, copies: Iterable[Copy | None], *, before_dot: Callable[[int | None], None]) -> Steps:
        """The same for whoever has other connections to turn to: None comes wherever the next step may have to wait.

        That is for the server where the client `is_waiting`, until it `is_answered`; else for the next copy. Whoever
        ends it at a None leaves in doubt the copy that is on the wire.
        """
        session = self._session
        if session is None or session.trouble is not None:
            return
        if not session.is_between_copies:
            msg = "Another run of copies is open on this connection."
            raise RuntimeError(msg)
        yield from Stream(session, copies, before_dot).run()

    def is_waiting(self) -> bool:
        """Whether the server has to answer before the next step, for a message or an envelope."""
        return self._session is not None and self._session.is_waiting

    def is_answered(self) -> bool:
        """Whether it has, or its time is over."""
        return self._session is not None and self._session.is_answered()

    def fileno(self) -> int:
        """What the system's poll knows the connection by; -1 where there is none."""
        return -1 if self._session is None else self._session.fileno()

    def _drop(self) -> None:
        if self._session is not None:
            self._session.end(_CLOSED)
        self._session, self._trouble = None, _CLOSED
