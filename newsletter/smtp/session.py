"""One connection that stands: what is said for a copy on it, and what the answers mean."""

import re
from collections.abc import Callable, Sequence
from time import monotonic

from newsletter.smtp import commands
from newsletter.smtp.dialogue import Dialogue
from newsletter.smtp.extensions import CHUNKING, PIPELINING, Extensions
from newsletter.smtp.outcome import Cause, Kind, Outcome, Stage, judge
from newsletter.smtp.ready import Ready
from newsletter.smtp.reply import Reply
from newsletter.smtp.timeouts import Timeouts
from newsletter.smtp.transfer import Transfer
from newsletter.smtp.wire import Wire

_BROKEN_OFF = Outcome(Kind.UNSENT, Cause.CONNECTION, detail="The connection was closed after an earlier failure.")
_TAKEN_BACK = Outcome(Kind.UNSENT, Cause.CONNECTION, detail="The connection was closed to take a copy back.")
_TALKATIVE = Outcome(Kind.UNSENT, Cause.PROTOCOL, detail="The relay said more than it was asked.")

# All that is heard where all is well. The first line is parted just as ReplyReader parts it.
_ACCEPTED = rb"250 (?:(2\.[0-9]{1,3}\.[0-9]{1,3}) )?([A-Za-z<][ -~]{0,500})\r\n"
_FINE = rb"25[0-9](?: [^\r\n]{0,500})?\r\n"
_WELL_ALONE = re.compile(_ACCEPTED)
_WELL_AHEAD_OF_BDAT = re.compile(_ACCEPTED + _FINE * 2)
_WELL_AHEAD_OF_DATA = re.compile(_ACCEPTED + _FINE * 2 + rb"354(?: [^\r\n]{0,500})?\r\n")


class Session:
    """A connection from its login to its end, for one thread.

    A copy's calls are `propose`, if it was not ahead in the `hand_over` before; `agree`; `hand_over`; `answer`. Each
    gives the outcome that settles the copy, or None where it goes on. An outcome that is not usable ended the session;
    `trouble` says why it takes no more.
    """

    def __init__(self, wire: Wire, offered: Extensions, timeouts: Timeouts) -> None:
        self._wire = wire
        self._timeouts = timeouts
        self._dialogue = Dialogue(wire, timeouts)
        # Both ways were measured alike with Postfix. RSET takes BDAT back, and its octets end by number, not by a sign.
        self._transfer = Transfer(wire, timeouts, by_chunks=offered.chunking)
        self._stages = (Stage.MAIL, Stage.RCPT) if offered.chunking else (Stage.MAIL, Stage.RCPT, Stage.DATA)
        self._well_ahead = _WELL_AHEAD_OF_BDAT if offered.chunking else _WELL_AHEAD_OF_DATA
        self._well = _WELL_ALONE
        self._answer_by = 0.0  # monotonic
        self._awaited: Sequence[Stage] = ()  # of the envelope that is to be agreed to; none while a message is
        self._is_ahead = False  # whether that envelope went out with a message
        self._has_agreed = self._is_stale = self._may_reset = False
        self.offered = offered
        self.is_between_copies = True
        self.is_waiting = False
        """Whether the server has to answer now, for a message or an envelope."""
        self.trouble: Outcome | None = None

    @property
    def disproved(self) -> frozenset[str]:
        """The extensions that were offered and do not work."""
        facts = {PIPELINING: self._dialogue.has_lost_its_turn, CHUNKING: self._transfer.is_denied}
        return frozenset(name for name, is_false in facts.items() if is_false)

    def propose(self, ready: Ready) -> Outcome | None:
        """Say the envelope alone."""
        if not self._wire.reader.is_empty:
            return self._settled(_TALKATIVE)
        stages, group = self._stages, self._group(ready)
        if self._is_stale:
            # A server that fell out of step answers this one wrongly, before a copy can be blamed for it.
            stages, group = (Stage.RSET, *stages), commands.RSET + group
        self.is_between_copies = self._may_reset = False
        say = self._dialogue.all_at_once if self.offered.pipelining else self._dialogue.one_by_one
        outcome = say(stages, group)
        self._has_agreed = not self.offered.pipelining
        if outcome is not None or self._has_agreed:
            return self._agreed(outcome)
        self._wait_for(stages, is_ahead=False)
        return None

    def hand_over(self, ready: Ready, ahead: Ready | None, before_dot: Callable[[int | None], None]) -> Outcome | None:
        """Write the message, and behind it the envelope `ahead`; None when the server has to answer for the message.

        `before_dot` is called with the key just before the octets that complete the message are written.
        """
        if not self._wire.reader.is_empty:
            return self._settled(_TALKATIVE)
        octets = self._transfer.begin(ready.octets, has_no_dots=ready.copy.is_body_sound)
        if isinstance(octets, Outcome):
            self.is_between_copies = True
            return self._settled(octets)
        self._well = _WELL_ALONE if ahead is None else self._well_ahead
        group = b"" if ahead is None else self._group(ahead)
        outcome = self._transfer.end(octets, group, before_dot, ready.copy.key)
        self._may_reset = False
        if outcome is not None:
            return self._settled(outcome)
        self._answer_by, self._awaited, self.is_waiting = monotonic() + self._timeouts.dot, (), True
        return None

    def is_answered(self) -> bool:
        """Whether `answer` or `agree` would not wait."""
        if self._awaited:
            return self._wire.gathers(len(self._awaited), self._answer_by)
        return self._wire.hears(self._answer_by)

    def fileno(self) -> int:
        """What the system's poll knows the connection by."""
        return self._wire.fileno()

    def answer(self) -> Outcome:
        """What the server says to the message just handed over."""
        self.is_between_copies, self.is_waiting = self._well is _WELL_ALONE, False
        heard = self._wire.read_block(self._well, self._timeouts.dot)
        self._has_agreed = isinstance(heard, re.Match)
        if isinstance(heard, re.Match):
            self._may_reset = self.offered.chunking
            status, text = heard.groups()
            reply = Reply(250, None if status is None else status.decode(), text.decode())
            return Outcome(Kind.ACCEPTED, Cause.NONE, reply, usable=True)
        outcome = self._settled(self._transfer.learned(judge(Stage.BODY, heard)))
        if outcome.usable and not self.is_between_copies:
            self._wait_for(self._stages, is_ahead=True)
        return outcome

    def agree(self) -> Outcome | None:
        """What the server says to the envelope; None when it waits for the message."""
        if self._has_agreed:
            return None
        self.is_waiting = False
        if self._is_ahead:
            return self._agreed(self._dialogue.behind(self._stages, a_refusal=self._is_stale))
        return self._agreed(self._dialogue.replies(self._awaited))

    def withdraw(self) -> None:
        """Take back a copy whose message did not go out; where only closing does that, the session ends."""
        if self.is_between_copies or self.trouble is not None:
            return
        if self._may_reset:
            self.is_between_copies = self._is_stale = True
        else:
            self.end(_TAKEN_BACK)

    def end(self, trouble: Outcome) -> None:
        """Close at once, without a farewell."""
        self._wire.close()
        self.trouble = self.trouble or trouble

    def leave(self, trouble: Outcome) -> None:
        """Say QUIT where a server would understand it, and close, waiting only Timeouts.quit seconds."""
        if self.trouble is None and self.is_between_copies:
            self._wire.ask(commands.QUIT, self._timeouts.quit)
        self.end(trouble)

    def _wait_for(self, stages: Sequence[Stage], *, is_ahead: bool) -> None:
        self._awaited, self._is_ahead, self.is_waiting = stages, is_ahead, True
        self._answer_by = monotonic() + self._dialogue.longest(stages)

    def _group(self, ready: Ready) -> bytes:
        group = commands.envelope(ready.copy.envelope, ready.octets, self.offered)
        return group if self.offered.chunking else group + commands.DATA

    def _agreed(self, outcome: Outcome | None) -> Outcome | None:
        if outcome is None:
            self._is_stale, self._may_reset = False, self.offered.chunking
            return None
        self.is_between_copies = True
        return self._settled(outcome)

    def _settled(self, outcome: Outcome) -> Outcome:
        self._is_stale = outcome.kind is not Kind.ACCEPTED
        if not outcome.usable:
            self.end(_BROKEN_OFF)
        return outcome
