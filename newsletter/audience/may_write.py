"""Whether somebody may be written to now: asked once more at the last moment before a copy goes."""

from datetime import datetime

from sqlalchemy import BindParameter, ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from newsletter.audience.bounce import Unreachable
from newsletter.audience.consent import MAY_WRITE, Subscription
from newsletter.audience.person import Person
from newsletter.audience.preferences import Frequency, Preference
from newsletter.audience.suppression import Suppression


def may_write(
    topic_id: int | BindParameter[int],
    person_id: InstrumentedAttribute[int],
    now: datetime | BindParameter[datetime],
    *,
    is_safety: bool,
) -> ColumnElement[bool]:
    """Whether a person may be written to about a topic now, as a condition: the check at the last moment."""
    agreed = select(Subscription.person_id).where(
        Subscription.person_id == person_id, Subscription.topic_id == topic_id, Subscription.state.in_(MAY_WRITE)
    )
    whose = aliased(Person)  # `person_id` may be that of a Person in the statement around this one
    never_again = select(Suppression.id).join(whose, whose.address_key == Suppression.address_key)
    never = never_again.where(whose.id == person_id, Suppression.lifted_at.is_(None)).exists()
    gone = select(Unreachable.person_id).join(whose, whose.address_key == Unreachable.address_key)
    lost = gone.where(
        whose.id == person_id, Unreachable.person_id == whose.id, Unreachable.lifted_at.is_(None)
    ).exists()
    return and_(agreed.exists(), ~never, ~lost, *([] if is_safety else [~_not_now(person_id, now)]))


def _not_now(person_id: InstrumentedAttribute[int], now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    wishes = select(Preference.person_id).where(Preference.person_id == person_id)
    return wishes.where(or_(Preference.paused_until > now, Preference.frequency == Frequency.SAFETY)).exists()
