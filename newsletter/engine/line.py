"""One connection to the relay, and the journal of what went over it."""

import logging
import time
from dataclasses import dataclass, field

from newsletter.engine.journal import Journal, Mark
from newsletter.engine.outcome import words_of
from newsletter.smtp.client import Client
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind, Outcome

log = logging.getLogger(__name__)

REST_AFTER = 5.0  # seconds without work, then the connection is closed: relays hang up on silent ones without a word


@dataclass
class Line:
    """For one thread. `trouble` is why nothing goes over it now, empty when all is well; `rest_after` is in seconds."""

    client: Client
    journal: Journal
    trouble: str = ""
    rest_after: float = REST_AFTER
    _has_taken: bool = field(default=False, init=False)  # a copy, since it was opened
    _used: float = field(default=0.0, init=False)

    def is_open(self) -> bool:
        """Whether a copy can go out now, after trying to reach the relay."""
        if self.client.trouble is None:
            return True
        self._has_taken, self._used = False, time.monotonic()
        outcome = self.client.connect()
        if outcome is not None:
            self.trouble = words_of(outcome)
        return outcome is None

    def goes_on(self) -> bool:
        """Whether the next copy can go out as well.

        Many relays hang up after some number of messages and are called again at once. One that hung up before it took
        any is left alone for a while.
        """
        return self.client.trouble is None or (self._has_taken and self.is_open())

    def send(self, envelope: Envelope, message: bytes, copy: int | None) -> Outcome:
        """Send a copy and note in the journal how far it came; a message without a number is noted nowhere.

        Raises BadLetter.
        """
        try:
            outcome = self.client.send(envelope, message, before_dot=lambda: self._note(copy, Mark.ON_WIRE))
        except OSError as error:  # of the journal: the client raises none. The message did not go out whole.
            self.trouble = f"The journal cannot be written: {error.strerror}."
            return Outcome(Kind.UNSENT, Cause.NONE, detail=self.trouble)
        self._learn(outcome)
        self._note_answer(copy, outcome)
        return outcome

    def rest(self) -> None:
        """Take leave of the relay after a while without work."""
        if self.client.trouble is None and time.monotonic() - self._used > self.rest_after:
            self.client.quit()

    def close(self) -> None:
        """Take leave of the relay for good."""
        self.client.quit()
        self.journal.close()

    def _learn(self, outcome: Outcome) -> None:
        self._used = time.monotonic()
        self._has_taken |= outcome.kind is Kind.ACCEPTED
        self.trouble = "" if outcome.usable else words_of(outcome)

    def _note(self, copy: int | None, mark: Mark) -> None:
        if copy is not None:
            self.journal.mark(copy, mark)

    def _note_answer(self, copy: int | None, outcome: Outcome) -> None:
        if outcome.kind is Kind.IN_DOUBT:
            return  # "on the wire" stands in the journal, and that is what we know
        try:
            self._note(copy, Mark.TAKEN if outcome.kind is Kind.ACCEPTED else Mark.NOT_TAKEN)
        except OSError as error:
            # The answer is in our hand and on its way to the ledger. Only if we die before is the copy in doubt.
            log.warning("The journal cannot be written: %s", error)
