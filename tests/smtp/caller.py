"""Somebody with copies to send over a scripted connection, and what the server does when all is well."""

from collections.abc import Iterable

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Cause
from tests.smtp.scripted_server import FAREWELL, GROUP, PIPELINED, hear_message, say

TAKEN = [*GROUP, say("250 ok", "250 ok", "354 go")]
FIRST_WITH_SECOND = [*PIPELINED, *TAKEN, hear_message, *GROUP]
FINE = say("250 taken", "250 ok", "250 ok", "354 go")
LAST = [hear_message, say("250 taken"), *FAREWELL]
ACCEPTED = "accepted/none+"
NOT_TRIED = "unsent/none-"


def copy(key: int, letter: bytes = b"Subject: hi\r\n\r\nhello\r\n", name: str = "anna") -> Copy:
    return Copy(key, Envelope("bounce+x@example.com", f"{name}{key}@example.com"), letter)


THREE = [copy(1), copy(2), copy(3)]


class Caller:
    """Runs copies over a client and remembers, in order, what it was told and what it told."""

    def __init__(self, ours: Client) -> None:
        self.ours = ours
        self.log: list[str] = []

    def run(self, copies: Iterable[Copy | None]) -> list[str]:
        outcomes = []
        for sent, outcome in self.ours.send_all(copies, before_dot=lambda key: self.log.append(f"dot {key}")):
            assert (self.ours.trouble is None) is outcome.usable
            self.log.append(f"back {sent.key}")
            assert outcome.reply or outcome.detail or outcome.cause in {Cause.CONNECTION, Cause.TIMEOUT}
            outcomes.append(f"{outcome.kind}/{outcome.cause}{'+' if outcome.usable else '-'}")
        return outcomes

    @property
    def dots(self) -> list[str]:
        return [entry.removeprefix("dot ") for entry in self.log if entry.startswith("dot")]
