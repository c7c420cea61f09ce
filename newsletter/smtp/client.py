"""The client: one connection that takes envelopes and messages and tells what became of each."""

from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from newsletter.errors import Misconfigured
from newsletter.smtp import commands
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.extensions import Extensions
from newsletter.smtp.handshake import Handshake, trust
from newsletter.smtp.outcome import Cause, Kind, Outcome, Silence, Stage, judge
from newsletter.smtp.relay import Encryption, Relay
from newsletter.smtp.reply import Reply
from newsletter.smtp.timeouts import Timeouts
from newsletter.smtp.wire import Wire

_BLOCK = 65536
_CLOSED = Outcome(Kind.UNSENT, Cause.CONNECTION, detail="The connection is closed.")
_BROKEN_OFF = Outcome(Kind.UNSENT, Cause.CONNECTION, detail="The connection was closed after an earlier failure.")
_TALKATIVE = Outcome(Kind.UNSENT, Cause.PROTOCOL, detail="The relay said more than it was asked.")

_Step = tuple[Stage, bytes, float]


class Client:
    """A session with one relay, for one thread; `with` connects and takes leave.

    `hostname` is the name given in EHLO; without it our address is given. Nothing a relay or a network does is raised:
    `connect` and `send` answer with an Outcome. Raises Misconfigured for a host name or a `ca` file that is none.
    """

    def __init__(self, relay: Relay, *, timeouts: Timeouts = Timeouts(), hostname: str = "") -> None:  # noqa: B008 - frozen
        if not hostname.isascii() or not hostname.isprintable() or " " in hostname:
            raise Misconfigured("The name we give to relays is not a host name.")
        if relay.encryption is not Encryption.NEVER:
            trust(relay.ca)
        self._relay = relay
        self._timeouts = timeouts
        self._hostname = hostname
        self._wire: Wire | None = None
        self._offered = Extensions()
        self._is_stale = False
        self.trouble: Outcome | None = _CLOSED
        """Why the client takes nothing now; None while it is usable."""

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.quit()

    def connect(self) -> Outcome | None:
        """Open a new session, dropping any old one; None when it is ready, else `trouble`, which `send` repeats."""
        self._close(_CLOSED)
        handshake = Handshake(self._relay, self._hostname, self._timeouts)
        self.trouble = handshake.run()
        self._wire, self._offered = handshake.wire, handshake.offered
        self._is_stale = False
        return self.trouble

    def quit(self) -> None:
        """Say QUIT if the session stands, and close. Never raises, and waits only Timeouts.quit seconds."""
        if self._wire is not None and self._wire.write(commands.QUIT, self._timeouts.quit) is None:
            self._wire.read(self._timeouts.quit)
        self._close(_CLOSED)

    def send(self, envelope: Envelope, message: bytes, *, before_dot: Callable[[], None]) -> Outcome:
        """Send one copy and tell what became of it.

        `before_dot` is called just before the octets that complete the message are written: if it never was called,
        nothing can have been taken. What it raises goes through, after the connection is closed. Raises BadLetter for
        a message that must never be on the wire; see commands.body.
        """
        octets = commands.body(message)
        if self._wire is None:
            return self.trouble or _CLOSED
        held = self._held_back(envelope, message)
        if held is not None:
            return held
        try:
            outcome = self._propose(self._wire, envelope, message) or self._hand_over(self._wire, octets, before_dot)
        except BaseException:
            # The server may be in the middle of a message, which only closing takes back.
            self._close(_CLOSED)
            raise
        return self._settled(outcome)

    def _held_back(self, envelope: Envelope, message: bytes) -> Outcome | None:
        offered = self._offered
        if envelope.needs_smtputf8 and not offered.smtputf8:
            return Outcome(Kind.HELD, Cause.SMTPUTF8, usable=True, detail="The relay takes only ASCII addresses.")
        if not offered.eight_bit and not message.isascii():
            return Outcome(Kind.HELD, Cause.EIGHT_BIT, usable=True, detail="The relay takes only 7-bit messages.")
        if offered.size is not None and len(message) > offered.size:
            words = f"The message has {len(message)} octets; the relay takes {offered.size}."
            return Outcome(Kind.REFUSED, Cause.SIZE, usable=True, detail=words)
        return None

    def _propose(self, wire: Wire, envelope: Envelope, message: bytes) -> Outcome | None:
        """Everything up to the 354; None when the server waits for the message."""
        if not wire.reader.is_empty:
            return _TALKATIVE
        steps = [
            (Stage.MAIL, commands.mail(envelope, message, self._offered), self._timeouts.mail),
            (Stage.RCPT, commands.rcpt(envelope, self._offered), self._timeouts.rcpt),
            (Stage.DATA, commands.DATA, self._timeouts.data),
        ]
        if self._is_stale:
            # A server that fell out of step answers this one wrongly, before a copy can be blamed for it.
            steps.insert(0, (Stage.RSET, commands.RSET, self._timeouts.reset))
        return self._all_at_once(wire, steps) if self._offered.pipelining else self._one_by_one(wire, steps)

    @staticmethod
    def _one_by_one(wire: Wire, steps: list[_Step]) -> Outcome | None:
        for stage, command, timeout in steps:
            outcome = judge(stage, wire.ask(command, timeout))
            if outcome is not None:
                return outcome
        return None

    def _all_at_once(self, wire: Wire, steps: list[_Step]) -> Outcome | None:
        silence = wire.write(b"".join(command for _, command, _ in steps), self._timeouts.mail)
        return self._answers(wire, steps) if silence is None else judge(steps[0][0], wire.last_words(silence))

    def _answers(self, wire: Wire, steps: list[_Step]) -> Outcome | None:
        # RFC 2920 3.1: every reply is read and checked, also those behind a refusal.
        first: Outcome | None = None
        for stage, _, timeout in steps:
            outcome = judge(stage, wire.read(timeout))
            first = first or outcome
            if first is not None and outcome is not None and not outcome.usable:
                # Replies that fit no command were perhaps shifted, so the refusal before them blames nobody.
                return outcome if outcome.cause is Cause.PROTOCOL else replace(first, usable=False)
        is_waiting = outcome is None
        return self._end_unwanted(wire, first) if first is not None and is_waiting else first

    def _end_unwanted(self, wire: Wire, first: Outcome) -> Outcome:
        # RFC 2920 3.1: DATA may be answered 354 though nobody is left to receive; a single dot must then fail.
        ended = judge(Stage.BODY, wire.ask(commands.DOT, self._timeouts.dot))
        return replace(first, usable=ended.usable and ended.kind is not Kind.ACCEPTED)

    def _hand_over(self, wire: Wire, octets: bytes, before_dot: Callable[[], None]) -> Outcome:
        if not wire.reader.is_empty:
            return _TALKATIVE
        timeout = self._timeouts.block
        ahead = max(0, len(octets) - _BLOCK)
        silence = wire.write(octets[:ahead], timeout) if ahead else None
        if silence is None:
            before_dot()
            silence = wire.write(octets[ahead:] + commands.DOT, timeout)
        return judge(Stage.BODY, wire.read(self._timeouts.dot)) if silence is None else self._cut_short(wire, silence)

    @staticmethod
    def _cut_short(wire: Wire, silence: Silence) -> Outcome:
        """The outcome of a message that could not be written whole, in the server's words if it left some."""
        words = wire.last_words(silence)
        if isinstance(words, Reply):
            return replace(judge(Stage.BODY, words), usable=False)
        return judge(Stage.DATA, words) or _CLOSED

    def _settled(self, outcome: Outcome) -> Outcome:
        self._is_stale = outcome.kind is not Kind.ACCEPTED
        if not outcome.usable:
            self._close(_BROKEN_OFF)
        return outcome

    def _close(self, trouble: Outcome) -> None:
        if self._wire is not None:
            self._wire.close()
        self._wire = None
        self.trouble = trouble
