"""What can become of one copy: every state, every event, and the one table that joins them.

The table is total: each of the pairs is named, `_` ("ignore") included, because a late or repeated report must never
throw a copy back. An event that is ignored leaves the state as it is.
"""

from enum import StrEnum


class State(StrEnum):
    """Where a copy stands."""

    WAITING = "waiting"
    CLAIMED = "claimed"  # an engine has it in hand
    DEFERRED = "deferred"  # the server said: later
    ACCEPTED = "accepted"  # the server answered for it
    REFUSED = "refused"  # the server said no for good
    IN_DOUBT = "in_doubt"  # it was on the wire when the line or the engine died
    LET_BE = "let_be"  # in doubt, and somebody decided to leave it so
    HELD = "held"  # it needs a decision, or something the relay lacks
    WITHHELD = "withheld"  # the person left while it waited
    EXPIRED = "expired"  # deferred for too long
    CANCELLED = "cancelled"
    BOUNCED = "bounced"  # accepted first, refused by a later report


class Event(StrEnum):
    """What happened to a copy."""

    CLAIM = "claim"  # an engine takes it
    RETURN = "return"  # it never went on the wire: connection refused, engine died before
    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    LOSE = "lose"  # no answer after the whole copy was on the wire
    HOLD = "hold"
    WITHHOLD = "withhold"
    EXPIRE = "expire"
    CANCEL = "cancel"
    RESEND = "resend"  # send again, with the same Message-ID
    LET_BE = "let_be"  # never send it again, though nobody knows whether it arrived
    BOUNCE = "bounce"


# A report about the wire (accept, defer, refuse, lose) counts in every open state, not only in `claimed`: an engine
# that was thought dead, and whose claim was given back, may still bring the server's true answer.
_ROWS = """
             claim    return   accept    defer     refuse   lose      hold  withhold  expire   cancel     resend   bounce   let_be
waiting      claimed  _        accepted  deferred  refused  in_doubt  held  withheld  expired  cancelled  _        bounced  _
claimed      _        waiting  accepted  deferred  refused  in_doubt  held  withheld  expired  _          _        bounced  _
deferred     claimed  _        accepted  _         refused  in_doubt  held  withheld  expired  cancelled  waiting  bounced  _
accepted     _        _        _         _         _        _         _     _         _        _          _        bounced  _
refused      _        _        accepted  _         _        _         _     _         _        _          waiting  bounced  _
in_doubt     _        _        accepted  deferred  refused  _         held  withheld  expired  _          waiting  bounced  let_be
let_be       _        _        accepted  _         refused  _         _     _         _        _          waiting  bounced  _
held         _        _        accepted  deferred  refused  in_doubt  _     withheld  expired  cancelled  waiting  bounced  _
withheld     _        _        accepted  _         _        in_doubt  _     _         _        _          _        bounced  _
expired      _        _        accepted  _         refused  in_doubt  _     _         _        _          waiting  bounced  _
cancelled    _        _        accepted  _         refused  in_doubt  _     _         _        _          _        bounced  _
bounced      _        _        _         _         _        _         _     _         _        _          waiting  _        _
"""


def _read(rows: str) -> dict[tuple[State, Event], State | None]:
    header, *lines = [line.split() for line in rows.strip().splitlines()]
    events = [Event(name) for name in header]
    return {
        (State(line[0]), event): None if cell == "_" else State(cell)
        for line in lines
        for event, cell in zip(events, line[1:], strict=True)
    }


TABLE = _read(_ROWS)
"""(state, event) to the next state; None where the event is ignored."""

OPEN = frozenset({State.WAITING, State.CLAIMED, State.DEFERRED})
"""The engine still has work with these."""


def after(state: State, event: Event) -> State:
    """The state after an event; the same state where the event is ignored."""
    return TABLE[state, event] or state


def move(event: Event) -> tuple[State, frozenset[State]]:
    """The one state an event leads to, and the states it leads there from."""
    origins = {state: target for (state, e), target in TABLE.items() if e == event and target}
    (target,) = set(origins.values())
    return target, frozenset(origins)
