from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import NEVER_REUSED, Base

_LOST = text("event = 'lose'")
_DIGEST = text("rule = 'digest'")


class Delivery(Base):
    """One copy to one person. `state` is a `states.State`, changed only by `states.TABLE`.

    A claim and a plain acceptance are kept on the row itself; everything else that happens is a DeliveryEvent as well.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint("run_id", "person_id"),  # one copy a person, whatever else goes wrong
        # Without the state: PostgreSQL then writes a copy anew within its page (HOT), and no index of it.
        Index("ix_delivery_batch", "run_id", "batch"),
        Index("ix_delivery_person", "person_id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    batch: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), nullable=True)  # NULL where they were erased
    address: Mapped[str]  # where it goes, as it was when enrolled
    units: Mapped[str]  # ids of the units this copy speaks of, "12,45"; empty where the audience is not chosen by unit
    state: Mapped[str]
    deferred: Mapped[int] = mapped_column(default=0)  # how often the server said "later"
    due_at: Mapped[datetime]  # not before
    claimed_by: Mapped[str] = mapped_column(default="")
    claimed_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]  # when the state was last recorded
    reply: Mapped[str] = mapped_column(default="")  # the server's last words

    @property
    def unit_ids(self) -> tuple[int, ...]:
        """The units this copy speaks of."""
        return unit_ids(self.units)


def unit_ids(units: str) -> tuple[int, ...]:
    """The ids in the column `units`."""
    if "," in units:
        return tuple(map(int, units.split(",")))
    return (int(units),) if units else ()


class DeliveryEvent(Base):
    """One thing that happened to a copy. Append-only."""

    __tablename__ = "delivery_event"
    __table_args__ = (
        # The copies of a run that ever were in doubt are found by name, though they are few among millions.
        Index("ix_delivery_event_lost", "delivery_id", sqlite_where=_LOST, postgresql_where=_LOST),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("delivery.id"), index=True)
    event: Mapped[str]  # a states.Event
    state: Mapped[str]  # what it led to
    happened_at: Mapped[datetime]
    engine: Mapped[str] = mapped_column(default="")
    reply: Mapped[str] = mapped_column(default="")


class Omission(Base):
    """Somebody the audience names who gets no copy, and the rule that says so (`audience.segment.Rule`)."""

    __tablename__ = "omission"
    # Those who are left out of many runs for other reasons need not be looked through for who gets a digest.
    __table_args__ = (Index("ix_omission_digest", "run_id", sqlite_where=_DIGEST, postgresql_where=_DIGEST),)

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    rule: Mapped[str]
