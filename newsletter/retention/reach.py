"""Why a person cannot be reached by mail, as a column of a statement over Person."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from newsletter.audience.bounce import Unreachable
from newsletter.audience.consent import MAY_WRITE, ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.preferences import Preference
from newsletter.audience.suppression import COMPLAINED, ERASED, LEFT_EVERYTHING, Suppression
from newsletter.audience.unreachable import is_unreachable
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.refusal import Refusal, refusal
from newsletter.ledger.states import State
from newsletter.retention.account_reach import Unreached

_OF_THEIR_OWN = (LEFT_EVERYTHING, COMPLAINED, ERASED)


def unreached(now: datetime) -> ColumnElement[str]:
    """The `Unreached` of a person: why none of our mails would reach them now."""
    barred = Suppression.address_key == Person.address_key, Suppression.lifted_at.is_(None)
    asleep = exists().where(Preference.person_id == Person.id, Preference.paused_until > now)
    return case(
        (exists().where(*barred, Suppression.reason.in_(_OF_THEIR_OWN)), literal(Unreached.OPTED_OUT.value)),
        (or_(exists().where(*barred), _last_copy_came_back()), literal(Unreached.BOUNCED.value)),
        (and_(_subscribed(*MAY_WRITE), ~asleep), literal(Unreached.REACHED.value)),
        (or_(_subscribed(*MAY_WRITE), _subscribed(ConsentAct.PAUSED)), literal(Unreached.PAUSED.value)),
        (_subscribed(ConsentAct.WITHDRAWN), literal(Unreached.OPTED_OUT.value)),
        else_=literal(Unreached.NO_CONSENT.value),
    )


def _subscribed(*states: ConsentAct) -> ColumnElement[bool]:
    return exists().where(Subscription.person_id == Person.id, Subscription.state.in_(states))


def _last_copy_came_back() -> ColumnElement[bool]:
    known_to_work = exists().where(Unreachable.person_id == Person.id, Unreachable.lifted_at >= Delivery.settled_at)
    gone = and_(Delivery.state == State.REFUSED, refusal() == Refusal.MAILBOX.value, ~known_to_work)
    later = aliased(Delivery)
    newest = select(func.max(later.id)).where(later.person_id == Person.id, later.settled_at.is_not(None))
    came_back = exists().where(Unreachable.person_id == Person.id, is_unreachable())
    return or_(came_back, exists().where(Delivery.id == newest.correlate(Person).scalar_subquery(), gone))
