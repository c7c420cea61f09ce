from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.suppression import COMPLAINED, LEFT_EVERYTHING, Suppression
from newsletter.audience.topic import Topic
from newsletter.db import Base
from newsletter.optout.opt_out import OptOut, Way, Withdrawal

SOURCES = {
    Way.PAGE: "opt-out page",
    Way.ONE_CLICK: "one-click opt-out",
    Way.PREFERENCES: "preferences page",
    Way.MAIL: "opt-out by mail",
    Way.COMPLAINT: "complaint",
    Way.STAFF: "noted by staff",
}


def withdraw_topics(session: Session, opt_out: OptOut, topic_ids: Iterable[int], now: datetime) -> None:
    """Withdraw the consent to each of these topics. A topic that no longer exists has none to withdraw."""
    for topic_id in topic_ids:
        if session.get(Topic, topic_id):
            _withdraw(session, opt_out, topic_id, now)


def withdraw_everything(session: Session, opt_out: OptOut, person: Person, now: datetime) -> None:
    """Withdraw every consent that still stands, and never write to the address again."""
    standing = select(Subscription.topic_id).where(
        Subscription.person_id == person.id, Subscription.state != ConsentAct.WITHDRAWN
    )
    for topic_id in session.scalars(standing.order_by(Subscription.topic_id)).all():
        _withdraw(session, opt_out, topic_id, now)
    reason = COMPLAINED if opt_out.way == Way.COMPLAINT else LEFT_EVERYTHING
    opt_out.suppressed |= _suppress(session, person.address_key, reason, SOURCES[Way(opt_out.way)], now)


def _suppress(session: Session, address_key: str, reason: str, source: str, now: datetime) -> bool:
    """Whether the address was put on the suppressions. One that stands there keeps its reason: a complaint is more."""
    values = {"reason": reason, "source": source, "created_at": now, "lifted_at": None, "lifted_because": ""}
    added = _insert(session, Suppression).values(address_key=address_key, **values)
    weighs_less = (Suppression.reason == LEFT_EVERYTHING) & (reason == COMPLAINED)
    added = added.on_conflict_do_update(
        index_elements=["address_key"], set_=values, where=Suppression.lifted_at.is_not(None) | weighs_less
    )
    return session.execute(added.returning(Suppression.id)).first() is not None


def _withdraw(session: Session, opt_out: OptOut, topic_id: int, now: datetime) -> None:
    consent = Consent(
        person_id=opt_out.person_id,
        topic_id=topic_id,
        act=ConsentAct.WITHDRAWN,
        happened_at=now,
        recorded_at=now,
        source=SOURCES[Way(opt_out.way)],
        delivery_id=opt_out.delivery_id,
    )
    session.add(consent)
    session.flush()
    key = {"person_id": opt_out.person_id, "topic_id": topic_id}
    former = session.get(Subscription, key, with_for_update=True)
    session.add(
        Withdrawal(
            opt_out_id=opt_out.id,
            topic_id=topic_id,
            consent_id=consent.id,
            former_state=former.state if former else None,
            former_consent_id=former.consent_id if former else None,
        )
    )
    # In one statement, because an import may be inserting the same.
    state = {"state": ConsentAct.WITHDRAWN, "consent_id": consent.id}
    row = _insert(session, Subscription).values({**key, **state})
    session.execute(row.on_conflict_do_update(index_elements=[*key], set_=state))
    if former:
        session.expire(former)


def _insert(session: Session, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(table)
