"""Copies of which nobody knows whether they arrived, each by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.ledger.states import Event, State


@dataclass(frozen=True, slots=True)
class Doubt:
    """One copy that was on the wire when the line or the engine died: the last time it was, and where it stands now.

    `engine` had it in hand; `reply` is the server's word or ours; `times` is how often it happened.
    """

    id: int
    name: str
    address: str
    state: State
    at: datetime
    engine: str
    reply: str
    times: int

    @property
    def is_open(self) -> bool:
        """Whether it is in doubt still, and waits for a decision."""
        return self.state == State.IN_DOUBT


def doubts(session: Session, run_id: int, limit: int | None = None) -> Sequence[Doubt]:
    """Every copy of a run that ever was in doubt, those that are so still first."""
    last = (
        select(DeliveryEvent.delivery_id, func.max(DeliveryEvent.id).label("event_id"), func.count().label("times"))
        .join(Delivery, Delivery.id == DeliveryEvent.delivery_id)
        .where(DeliveryEvent.event == Event.LOSE, Delivery.run_id == run_id)
        .group_by(DeliveryEvent.delivery_id)
        .subquery()
    )
    query = (
        select(Delivery, Person, DeliveryEvent, last.c.times)
        .join(last, last.c.delivery_id == Delivery.id)
        .join(DeliveryEvent, DeliveryEvent.id == last.c.event_id)
        .join(Person, Person.id == Delivery.person_id)
        .order_by(Delivery.state != State.IN_DOUBT, Delivery.id)
    )
    return [
        Doubt(
            id=copy.id,
            name=person.name,
            address=copy.address,
            state=State(copy.state),
            at=event.happened_at,
            engine=event.engine,
            reply=event.reply,
            times=times,
        )
        for copy, person, event, times in session.execute(query.limit(limit))
    ]
