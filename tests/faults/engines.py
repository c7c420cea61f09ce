"""Engines as the fault table wants them: in this process, with relays and patience of the test's choice."""

from dataclasses import replace
from typing import Any

from newsletter.bulletin.when import When
from newsletter.engine.engine import Engine
from newsletter.ledger.order import Desk
from newsletter.ledger.run import RunState
from newsletter.ledger.states import OPEN
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts
from tests.engine.stage import FROM, Stage

CAST_SIZE = 4
BRIEF = Timeouts(greeting=1, hello=1, mail=1, rcpt=1, data=1, block=1, dot=1, reset=1, quit=0.1)
"""One second, where a real relay gets minutes."""


def engine_for(stage: Stage, *urls: str, **settings: Any) -> Engine:  # noqa: ANN401 - any field of an engine
    """An engine of one connection that waits briefly, for these relays instead of the stage's."""
    chosen = {"relays": [Relay.from_url(url) for url in urls]} if urls else {}
    return replace(stage.engine(), **{"timeouts": BRIEF, **chosen, **settings})


def order(stage: Stage, text: str) -> int:
    """A run of this text to everybody who agreed, due now."""
    now = stage.clock.now
    run = Desk(stage.db, FROM, stage.links).order(text, topic="", when=When(now), author="Ann", now=now).run
    assert run is not None
    return run


def is_over(stage: Stage, run: int) -> bool:
    """Whether a run has nothing left to do."""
    return stage.run(run).state == RunState.FINISHED


def is_tried(stage: Stage, count: int = 1) -> bool:
    """Whether so many copies have been in an engine's hand, and none is now."""
    copies = stage.copies().values()
    tried = [copy for copy in copies if copy.claimed_at is not None]
    return len(tried) >= count and all(copy.state != "claimed" for copy in copies)


def nothing_is_open(stage: Stage) -> bool:
    """Whether every copy has its end."""
    states = stage.states()
    return bool(states) and not OPEN & states.keys()
