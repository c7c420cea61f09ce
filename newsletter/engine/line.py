"""One connection to a relay, and the journal of what went over it."""

import time
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field

from newsletter.engine.journal import Journal, Mark
from newsletter.engine.outcome import words_of
from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause, Kind, Outcome
from newsletter.smtp.stream import Steps

REST_AFTER = 5.0  # seconds without work, then the connection is closed: relays hang up on silent ones without a word

LastLook = Callable[[int], None]
"""Asked about a copy just before its last octets go out. What it raises takes the copy back, and may cost the line."""


@dataclass(eq=False)
class Line:
    """`trouble` is why nothing goes over it now, empty when all is well; `rest_after` is in seconds."""

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

    def steps(self, copies: Iterable[Copy | None], last_look: LastLook) -> Steps:
        """Send copies as `Client.steps` does, and note in the journal how far each came.

        Raises what `last_look` raises. Copies taken and not given back were not sent.
        """

        def before_dot(key: int | None) -> None:
            if key is not None:
                last_look(key)
                self.journal.mark(key, Mark.ON_WIRE)

        with closing(self.client.steps(copies, before_dot=before_dot)) as steps:
            for settled in steps:
                if settled is not None:
                    copy, outcome = settled
                    self._learn(outcome)
                    # Of a copy in doubt "on the wire" stands in the journal already, and that is what we know.
                    if copy.key is not None and outcome.kind is not Kind.IN_DOUBT:
                        self.journal.mark(copy.key, Mark.TAKEN if outcome.kind is Kind.ACCEPTED else Mark.NOT_TAKEN)
                yield settled

    def send_sample(self, envelope: Envelope, message: bytes) -> Outcome:
        """Send a message that no journal needs to know of."""
        outcome = self.client.send(envelope, message, before_dot=lambda: None)
        self._learn(outcome)
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
        if outcome.usable:
            self.trouble = ""
        elif outcome.cause is not Cause.NONE:  # else it was only next in turn
            self.trouble = words_of(outcome)
