"""Who tries links out: after many that are not ours, their network hears 429 for a while (fault 27).

It is asked only when a token was found bad, so a link of ours is never refused, whoever else is in the network. Counted
in the database, for all web processes, and after the answer, as hits are: a GET writes nothing. A burst may be some
tries ahead of the count; what keeps tokens from being guessed is their length.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil

from flask import Flask, current_app, request
from sqlalchemy.orm import Session

from newsletter.audience.ration import Ration, count, network_of, spent
from newsletter.errors import Unavailable
from newsletter.language import sentence
from newsletter.web.house import house
from newsletter.web.recorder import Recorder

MOST, WINDOW = 30, timedelta(minutes=10)
"""A mail program that cuts every link it shows, behind a firm's one address, stays below."""

TOO_MANY_GUESSES = sentence("Too many broken links came from your network. Please try again in a few minutes.")

_RECORDER = "newsletter guesses"
Guess = tuple[str, datetime]
"""The network it came from, and when."""


def install(app: Flask) -> None:
    """Count the bad links of an application that has moved in."""
    with app.app_context():
        app.extensions[_RECORDER] = Recorder(house().db, count_guesses)


def seconds_to_wait() -> int:
    """For a request whose token is bad: how long its network has to wait, 0 where it need not. It is counted."""
    network, now = network_of(request.remote_addr or ""), house().clock()
    if not network:
        return 0
    try:
        with house().db.read() as session:
            guesses, until = spent(session, _ration(network), now)
    except Unavailable:
        return 0
    if guesses >= MOST:
        return ceil((until - now).total_seconds())
    recorder: Recorder[Guess] = current_app.extensions[_RECORDER]
    recorder.note((network, now))
    return 0


def count_guesses(session: Session, guesses: Sequence[Guess]) -> None:
    """Add them to the count of their networks. Does not commit."""
    newest = max(at for _, at in guesses)
    for network, more in sorted(Counter(network for network, _ in guesses).items()):
        count(session, _ration(network), more, newest)


def _ration(network: str) -> Ration:
    return Ration(f"guess:{network}", MOST, WINDOW)
