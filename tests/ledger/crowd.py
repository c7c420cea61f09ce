"""Many people who agreed to one topic, for tests in which it matters how many there are."""

from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.topic import Topic

TEXT = "---\nnumber: {number}\ntitle: Grease\nclass: technical\ntopic: crowd\nlanguage: en\n---\nGrease it.\n"


def crowd(session: Session, count: int, now: datetime, **where: str) -> list[int]:
    """So many new people who agreed to the topic "crowd", their ids; `where` is what else is known of each."""
    topic = session.scalar(select(Topic).where(Topic.key == "crowd"))
    if topic is None:
        topic = Topic(key="crowd", name="For the crowd", created_at=now)
        session.add(topic)
        session.flush()
    before = session.scalar(select(Person.id).order_by(Person.id.desc()).limit(1)) or 0
    rows = [
        {"address": f"p{n}@crowd.example", "address_key": f"p{n}@crowd.example", "created_at": now, **where}
        for n in range(before + 1, before + count + 1)
    ]
    ids = list(session.scalars(insert(Person).returning(Person.id), rows)) if rows else []
    facts = [
        {"person_id": id_, "topic_id": topic.id, "act": ConsentAct.GRANTED, "recorded_at": now, "source": "the crowd"}
        for id_ in ids
    ]
    if facts:
        agreed = session.execute(insert(Consent).returning(Consent.person_id, Consent.id), facts).all()
        stands = {"topic_id": topic.id, "state": ConsentAct.GRANTED}
        session.execute(
            insert(Subscription), [{"person_id": who, "consent_id": fact, **stands} for who, fact in agreed]
        )
    return ids
