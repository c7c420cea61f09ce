"""The commands of an envelope and their replies, matched one to one, alone or in groups (RFC 2920)."""

from collections.abc import Sequence

from newsletter.smtp import commands
from newsletter.smtp.outcome import Cause, Kind, Outcome, Stage, judge
from newsletter.smtp.reply import Reply
from newsletter.smtp.timeouts import Timeouts
from newsletter.smtp.wire import Wire

_HALF_ANSWERED = "The relay offers PIPELINING and left a group of commands half answered."
_NOT_UNDERSTOOD = "The relay offers PIPELINING and did not understand a group of commands."
_OUT_OF_ORDER = "The relay's answers do not fit what it was asked."
_AFTER_REFUSAL = "The relay refused the message before and what followed it."
_CONFUSED = (500, 503)


class Dialogue:
    """Speaks for one session. Where a method gives an outcome it settles the copy; None where all is well so far."""

    def __init__(self, wire: Wire, timeouts: Timeouts) -> None:
        self._wire = wire
        self._dot = timeouts.dot
        self._wait = {
            Stage.RSET: timeouts.reset,
            Stage.MAIL: timeouts.mail,
            Stage.RCPT: timeouts.rcpt,
            Stage.DATA: timeouts.data,
        }
        self.has_lost_its_turn = False
        """Whether a group was answered as no server does that keeps to PIPELINING."""

    def one_by_one(self, stages: Sequence[Stage], group: bytes) -> Outcome | None:
        """Say each line of the group when the one before is answered."""
        for stage, command in zip(stages, group.splitlines(keepends=True), strict=True):
            outcome = judge(stage, self._wire.ask(command, self._wait[stage]))
            if outcome is not None:
                return outcome
        return None

    def all_at_once(self, stages: Sequence[Stage], group: bytes) -> Outcome | None:
        """Say the group in one piece; `replies` reads the answers."""
        silence = self._wire.write(group, self._wait[stages[0]])
        return None if silence is None else judge(stages[0], self._wire.last_words(silence))

    def longest(self, stages: Sequence[Stage]) -> float:
        """Seconds that all replies to a group may take."""
        return sum(self._wait[stage] for stage in stages)

    def replies(self, stages: Sequence[Stage]) -> Outcome | None:
        """Read the replies to a group that was said alone."""
        return self._answers(stages, None)

    def behind(self, stages: Sequence[Stage], *, a_refusal: bool) -> Outcome | None:
        """Read the replies to a group that went out with the message before, which was refused or taken."""
        heard = self._wire.read(self._wait[stages[0]])
        first = judge(stages[0], heard)
        if isinstance(heard, Reply) and heard.code == 421:
            # Many servers end a session after some number of messages: that is no word about this copy.
            return Outcome(Kind.UNSENT, Cause.CONNECTION, heard)
        if isinstance(heard, Reply) and first is not None and a_refusal:
            # A server that refuses in mid-message takes the rest of it for commands.
            return Outcome(Kind.UNSENT, Cause.PROTOCOL, heard, detail=_AFTER_REFUSAL)
        if first is not None and not first.usable:
            return self._broken(first, first, has_begun=True)
        return self._answers(stages[1:], first, has_begun=True)

    def _answers(self, stages: Sequence[Stage], first: Outcome | None, *, has_begun: bool = False) -> Outcome | None:
        # RFC 2920 3.1: every reply is read and checked, also those behind a refusal.
        outcome = None
        for stage in stages:
            outcome = judge(stage, self._wire.read(self._wait[stage]))
            first = first or outcome
            if first is not None and outcome is not None and not outcome.usable:
                return self._broken(first, outcome, has_begun=has_begun)
            has_begun = True
        is_waiting = outcome is None and stages[-1] is Stage.DATA
        if first is not None and is_waiting:
            first = self._end_unwanted(first)
        return first if first is None or first.reply is None else self._as_meant(first, first.reply.code)

    def _as_meant(self, refusal: Outcome, code: int) -> Outcome:
        if refusal.cause is not Cause.PROTOCOL or code not in _CONFUSED:
            return refusal
        # Said one by one it may be understood; if it is not, the copy is refused then.
        self.has_lost_its_turn = True
        return Outcome(Kind.UNSENT, Cause.EXTENSION, refusal.reply, detail=_NOT_UNDERSTOOD)

    def _broken(self, first: Outcome, outcome: Outcome, *, has_begun: bool) -> Outcome:
        if first is outcome and outcome.cause is Cause.TIMEOUT and has_begun:
            self.has_lost_its_turn = True
            return outcome._replace(cause=Cause.EXTENSION, detail=_HALF_ANSWERED)
        if outcome.cause is not Cause.PROTOCOL:
            return first._replace(usable=False)
        # Replies that fit no command were perhaps shifted, so the refusal before them blames nobody.
        self.has_lost_its_turn = True
        return outcome._replace(detail=_OUT_OF_ORDER)

    def _end_unwanted(self, first: Outcome) -> Outcome:
        # RFC 2920 3.1: DATA may be answered 354 though nobody is left to receive; a single dot must then fail.
        ended = judge(Stage.BODY, self._wire.ask(commands.DOT, self._dot))
        return first._replace(usable=ended.usable and ended.kind is not Kind.ACCEPTED)
