"""What servers said to the copies of a run, counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.ledger.delivery import Delivery
from newsletter.ledger.refusal import Refusal, refusal
from newsletter.ledger.states import State

_TELLING = (State.REFUSED, State.DEFERRED, State.HELD, State.EXPIRED, State.BOUNCED)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer, with "…" for the address it was about, and how many copies stand so because of it."""

    state: State
    reply: str
    copies: int


def said(session: Session, run_id: int, limit: int = 10) -> Sequence[Said]:
    """The commonest answers behind the copies that were not accepted."""
    reply = func.replace(Delivery.reply, Delivery.address, "…").label("said")
    query = (
        select(Delivery.state, reply, func.count())
        .where(Delivery.run_id == run_id, Delivery.state.in_(_TELLING), Delivery.reply != "")
        .group_by(Delivery.state, reply)
        .order_by(func.count().desc(), reply)
    )
    return [Said(State(state), words, count) for state, words, count in session.execute(query.limit(limit))]


def refused_for(session: Session, run_id: int) -> dict[Refusal, int]:
    """How many copies of a run were refused for which cause."""
    cause = refusal().label("cause")
    query = select(cause, func.count()).where(Delivery.run_id == run_id, Delivery.state == State.REFUSED)
    counted = {Refusal(name): count for name, count in session.execute(query.group_by(cause))}
    return {name: counted[name] for name in Refusal if name in counted}
