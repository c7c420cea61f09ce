"""The people at an account: what each may be written about, and whether we reach them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.consent import MAY_WRITE, Consent, ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic

NO_CONSENT = "none"

_WORDS: dict[str, str] = {
    ConsentAct.GRANTED: "Gets",
    ConsentAct.CONFIRMED: "Gets",
    ConsentAct.PAUSED: "Paused",
    ConsentAct.WITHDRAWN: "Left",
    NO_CONSENT: "Never agreed to get",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one person stands with one topic: a ConsentAct or "none", since when and by which source."""

    topic: str
    topic_name: str
    state: str
    since: datetime | None
    source: str

    @property
    def words(self) -> str:
        """The state in words: "Gets Safety notices"."""
        return f"{_WORDS[self.state]} {self.topic_name}"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody at an account. `barred` says why the whole address gets nothing; empty where it may get mail."""

    id: int
    name: str
    address: str
    role: str
    language: str
    consent: tuple[Standing, ...]
    barred: str

    @property
    def is_reachable(self) -> bool:
        """Whether there is a topic we may write to them about."""
        return not self.barred and any(standing.state in MAY_WRITE for standing in self.consent)


def people_at(session: Session, account_id: int) -> tuple[Contact, ...]:
    """Everybody at an account, by name."""
    rows = session.execute(
        select(Person, Affiliation.role, Suppression.reason)
        .join(Affiliation, Affiliation.person_id == Person.id)
        .outerjoin(Suppression, (Suppression.address_key == Person.address_key) & Suppression.lifted_at.is_(None))
        .where(Affiliation.account_id == account_id)
        .order_by(Person.last_name, Person.first_name, Person.id)
    ).all()
    standings = _standings(session, [person.id for person, _, _ in rows])
    return tuple(
        Contact(
            id=person.id,
            name=person.name,
            address=person.address,
            role=role,
            language=person.language,
            consent=standings[person.id],
            barred=barred or "",
        )
        for person, role, barred in rows
    )


def _standings(session: Session, person_ids: Sequence[int]) -> dict[int, tuple[Standing, ...]]:
    topics = session.scalars(select(Topic).order_by(Topic.id)).all()
    newest = defaultdict[int, dict[int, Consent]](dict)
    for fact in session.scalars(
        select(Consent)
        .join(Subscription, Subscription.consent_id == Consent.id)
        .where(Subscription.person_id.in_(person_ids))
    ):
        newest[fact.person_id][fact.topic_id] = fact
    return {id_: tuple(_standing(topic, newest[id_].get(topic.id)) for topic in topics) for id_ in person_ids}


def _standing(topic: Topic, fact: Consent | None) -> Standing:
    if fact is None:
        return Standing(topic.key, topic.name, NO_CONSENT, None, "")
    return Standing(topic.key, topic.name, fact.act, fact.happened_at or fact.recorded_at, fact.source)
