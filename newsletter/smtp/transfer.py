"""A message on the wire: DATA with its final dot (RFC 5321 4.5.2), or BDAT with its number of octets (RFC 3030)."""

from collections.abc import Callable

from newsletter.smtp import commands
from newsletter.smtp.outcome import Cause, Kind, Outcome, Silence, Stage, judge
from newsletter.smtp.reply import Reply
from newsletter.smtp.timeouts import Timeouts
from newsletter.smtp.wire import Wire

_NO_BDAT = "The relay offers CHUNKING and does not know BDAT."
_TAIL = 65536
_CHUNK = 262144
_UNKNOWN = range(500, 505)


class Transfer:
    """Writes the messages of one session. `begin` gives what is to be written, or the outcome of what was refused."""

    def __init__(self, wire: Wire, timeouts: Timeouts, *, by_chunks: bool) -> None:
        self._wire = wire
        self._patience = timeouts.block
        self._by_chunks = by_chunks
        self._is_known = False
        self.is_denied = False
        """Whether the server offered BDAT and does not know it."""

    def begin(self, octets: bytes, *, has_no_dots: bool = False) -> bytes | Outcome:
        """Frame the message; where it goes in several chunks, send all but the last and read their replies.

        `has_no_dots`: no line begins with one.
        """
        if not self._by_chunks:
            return commands.dotted(octets, has_no_dots=has_no_dots)
        sent = 0
        while size := self._early_chunk(octets, sent):
            chunk = commands.bdat(size, is_last=False) + octets[sent : sent + size]
            refusal = judge(Stage.CHUNK, self._wire.ask(chunk, self._patience))
            if refusal is not None:
                return self.learned(refusal)
            self._is_known = True
            sent += size
        return commands.bdat(len(octets) - sent, is_last=True) + octets[sent:]

    def end(
        self, octets: bytes, group: bytes, before_dot: Callable[[int | None], None], key: int | None
    ) -> Outcome | None:
        """Write what `begin` gave, and a group of commands in one piece with its end; None once all is written.

        `before_dot` is called with the key. Where it raises, RSET takes a message back that goes by chunks.
        """
        early = 0 if self._by_chunks else max(0, len(octets) - _TAIL)
        if early:
            silence = self._wire.write(octets[:early], self._patience)
            if silence is not None:
                return self._cut_short(silence)
        before_dot(key)
        silence = self._wire.write(octets[early:] + group, self._patience)
        if silence is None:
            return None
        return self._cut_short(silence) if self._wire.left > len(group) else self._cut_behind(silence)

    def learned(self, outcome: Outcome) -> Outcome:
        """The outcome, where the words may mean that the server takes our octets for commands."""
        if not self._by_chunks or outcome.reply is None or outcome.reply.code not in _UNKNOWN:
            return outcome
        self.is_denied = True
        return Outcome(Kind.UNSENT, Cause.EXTENSION, outcome.reply, detail=_NO_BDAT)

    def _early_chunk(self, octets: bytes, sent: int) -> int:
        """How many octets go ahead in a chunk of their own; 0 when the rest goes in the last."""
        if not self._is_known:
            # A server that lies reads a chunk as commands, and the first line of a header is none.
            first_line = octets.find(b"\n") + 1
            return first_line if first_line < len(octets) else 0
        return _CHUNK if len(octets) - sent > _CHUNK else 0

    def _cut_short(self, silence: Silence) -> Outcome:
        """The outcome of a message that could not be written whole, in the server's words if it left some."""
        words = self._wire.last_words(silence)
        if isinstance(words, Reply):
            return judge(Stage.BODY, words)._replace(usable=False)
        return Outcome(Kind.UNSENT, Cause(silence))

    def _cut_behind(self, silence: Silence) -> Outcome:
        """The outcome of a message that went out whole while the envelope behind it did not."""
        words = self._wire.read(0)
        return judge(Stage.BODY, words if isinstance(words, Reply) else silence)._replace(usable=False)
