"""What keeps somebody from being asked, as columns of a statement over Affiliation and Person."""

from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import aliased

from newsletter.account.unit import Unit
from newsletter.audience.bounce import Unreachable
from newsletter.audience.consent import MAY_WRITE, Consent, ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import Frequency, MutedUnit, Preference
from newsletter.audience.suppression import Suppression
from newsletter.audience.unreachable import is_unreachable
from newsletter.checkin.check_in import CheckIn
from newsletter.checkin.choose import Obstacle
from newsletter.checkin.rule import Rule
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.refusal import Refusal, refusal
from newsletter.ledger.states import State as CopyState
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import KINDS, Kind

TELLING = tuple(kind.value for kind, weight in KINDS.items() if weight.weight > 0)
"""The kinds of evidence that are a sign of life: a machine's click is none."""


def obstacle(rule: Rule, now: datetime) -> ColumnElement[str | None]:
    """The `Obstacle` in the way of asking a person about an account; NULL where there is none."""
    asked = CheckIn.person_id == Person.id, CheckIn.asked_at > rule.asked_since(now)
    rules: list[tuple[Obstacle, ColumnElement[bool]]] = [
        (Obstacle.SUPPRESSED, exists().where(_same_address(), Suppression.lifted_at.is_(None))),
        (Obstacle.OPTED_OUT, _subscribed(Subscription.state == ConsentAct.WITHDRAWN)),
        (Obstacle.NO_CONTACT, _wishes(Preference.no_contact_since.is_not(None))),
        (Obstacle.SAFETY_ONLY, _wishes(Preference.frequency == Frequency.SAFETY)),
        (
            Obstacle.PAUSED,
            or_(_subscribed(Subscription.state == ConsentAct.PAUSED), _wishes(Preference.paused_until > now)),
        ),
        (Obstacle.NO_CONSENT, ~_subscribed(Subscription.state.in_(MAY_WRITE))),
        (Obstacle.NOT_THE_ONE, _said_so()),
        (Obstacle.UNREACHABLE, _last_copy_came_back()),
        (Obstacle.OTHER_MACHINES, ~_hears_of_one()),
        (Obstacle.ASKED_LATELY, exists().where(*asked)),
    ]
    return case(*((holds, literal(name.value)) for name, holds in rules), else_=None)


def spoke_at() -> ScalarSelect[datetime]:
    """When the person last told us something of the account's machines."""
    told = select(func.max(Evidence.observed_at)).where(
        _theirs_here(), Evidence.says.is_not(None), Evidence.kind.in_(TELLING)
    )
    return told.correlate(Affiliation, Person).scalar_subquery()


def agreed_at() -> ScalarSelect[datetime]:
    """When the person last agreed to our mail."""
    agreed = select(func.max(func.coalesce(Consent.happened_at, Consent.recorded_at)))
    agreed = agreed.where(Consent.person_id == Person.id, Consent.act.in_(MAY_WRITE))
    return agreed.correlate(Affiliation, Person).scalar_subquery()


def _same_address() -> ColumnElement[bool]:
    return Suppression.address_key == Person.address_key


def _subscribed(state: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Subscription.person_id == Person.id, state)


def _wishes(wish: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Preference.person_id == Person.id, wish)


def _theirs_here() -> ColumnElement[bool]:
    return and_(Evidence.account_id == Affiliation.account_id, Evidence.person_id == Person.id)


def _said_so() -> ColumnElement[bool]:
    """Whether they told us that they are not the right person, or have moved on."""
    return exists().where(_theirs_here(), Evidence.kind == Kind.CONTACT_LEFT)


def _last_copy_came_back() -> ColumnElement[bool]:
    gone = and_(Delivery.state == CopyState.REFUSED, refusal() == Refusal.MAILBOX.value)
    later = aliased(Delivery)
    newest = select(func.max(later.id)).where(later.person_id == Person.id, later.settled_at.is_not(None))
    newest_id = newest.correlate(Affiliation, Person).scalar_subquery()
    came_back = exists().where(Unreachable.person_id == Person.id, is_unreachable())
    return or_(came_back, exists().where(Delivery.id == newest_id, gone))


def _hears_of_one() -> ColumnElement[bool]:
    """Whether the account has a machine of which they want to hear."""
    muted = exists().where(MutedUnit.person_id == Person.id, MutedUnit.unit_id == Unit.id)
    return exists().where(Unit.account_id == Affiliation.account_id, ~muted)
