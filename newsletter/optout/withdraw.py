from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.db import Base
from newsletter.optout.opt_out import OptOut, Way

SOURCES = {Way.PAGE: "opt-out page", Way.ONE_CLICK: "one-click opt-out"}
LEFT_EVERYTHING = "left everything"


def withdraw_topic(session: Session, opt_out: OptOut, now: datetime) -> None:
    """Withdraw the consent to the opt-out's topic. A topic that no longer exists has none to withdraw."""
    if session.get(Topic, opt_out.topic_id):
        _withdraw(session, opt_out, opt_out.topic_id, now)


def withdraw_everything(session: Session, opt_out: OptOut, person: Person, now: datetime) -> None:
    """Withdraw every consent that still stands, and never write to the address again."""
    standing = select(Subscription.topic_id).where(
        Subscription.person_id == person.id, Subscription.state != ConsentAct.WITHDRAWN
    )
    for topic_id in session.scalars(standing.order_by(Subscription.topic_id)).all():
        _withdraw(session, opt_out, topic_id, now)
    suppression = {
        "reason": LEFT_EVERYTHING,
        "source": SOURCES[Way(opt_out.way)],
        "created_at": now,
        "lifted_at": None,
        "lifted_because": "",
    }
    _put(session, Suppression, {"address_key": person.address_key}, suppression)


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
    state = {"state": ConsentAct.WITHDRAWN, "consent_id": consent.id}
    _put(session, Subscription, {"person_id": opt_out.person_id, "topic_id": topic_id}, state)


def _put(session: Session, table: type[Base], key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert a row or change the one with that key, in one statement: an import may be inserting the same."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(table).values({**key, **values}).on_conflict_do_update(index_elements=[*key], set_=values))
