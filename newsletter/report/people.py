"""The people at an account: what each may be written about, and whether we reach them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from newsletter.audience.bounce import Unreachable
from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import Frequency, Preference
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.retention.account_reach import Unreached
from newsletter.retention.reach import unreached

NO_CONSENT = "none"

_WORDS: dict[str, str] = {
    ConsentAct.GRANTED: "Gets",
    ConsentAct.CONFIRMED: "Gets",
    ConsentAct.PAUSED: "Paused",
    ConsentAct.WITHDRAWN: "Left",
    NO_CONSENT: "Never agreed to get",
}


_REACH = {
    Unreached.BOUNCED: "Not reached: our mail came back",
    Unreached.OPTED_OUT: "Not reached: opted out",
    Unreached.PAUSED: "Not reached now: paused our mail",
    Unreached.NO_CONSENT: "Not reached: never agreed to our mail",
}

_FREQUENCIES: dict[str, str] = {
    Frequency.WEEKLY: "once a week, all in one mail",
    Frequency.MONTHLY: "once a month, all in one mail",
    Frequency.SAFETY: "safety notices only",
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
class CameBack:
    """That mails to the address somebody has come back, or did until it was `lifted_at`, and why each is so."""

    since: datetime
    because: str
    lifted_at: datetime | None
    lifted_because: str

    @property
    def stands(self) -> bool:
        """Whether nothing is sent there."""
        return self.lifted_at is None


@dataclass(frozen=True, slots=True)
class PersonThere:
    """Somebody at an account. `barred` says why the whole address gets nothing; empty where it may get mail.

    `reach` is why none of our mails would reach them now, empty where they would. `wishes` are what they chose on their
    preferences page, in words; `no_contact`: they asked that nobody calls or writes to them about what they told us.
    """

    id: int
    name: str
    address: str
    role: str
    language: str
    phone: str
    consent: tuple[Standing, ...]
    barred: str
    reach: Unreached
    wishes: tuple[str, ...] = ()
    no_contact: bool = False
    came_back: CameBack | None = None

    @property
    def is_reachable(self) -> bool:
        """Whether our mails reach them."""
        return self.reach == Unreached.REACHED

    @property
    def reach_in_words(self) -> str:
        """Why our mails do not reach them; empty where they do."""
        return _REACH.get(self.reach, "")


def people_at(session: Session, account_id: int, now: datetime) -> tuple[PersonThere, ...]:
    """Everybody at an account, by name, with what they wish at `now`."""
    bar, wished, marked = aliased(Suppression), aliased(Preference), aliased(Unreachable)
    rows = session.execute(
        select(Person, Affiliation.role, bar.reason, wished, marked, unreached(now))
        .join(Affiliation, Affiliation.person_id == Person.id)
        .outerjoin(bar, (bar.address_key == Person.address_key) & bar.lifted_at.is_(None))
        .outerjoin(wished, wished.person_id == Person.id)
        .outerjoin(marked, (marked.person_id == Person.id) & (marked.address_key == Person.address_key))
        .where(Affiliation.account_id == account_id)
        .order_by(Person.last_name, Person.first_name, Person.id)
    ).all()
    standings = _standings(session, [person.id for person, *_ in rows])
    return tuple(
        PersonThere(
            id=person.id,
            name=person.name,
            address=person.address,
            role=role,
            language=person.language,
            phone=person.phone,
            consent=standings[person.id],
            barred=barred or "",
            reach=Unreached(reach),
            wishes=tuple(_in_words(chosen, now)) if chosen else (),
            no_contact=bool(chosen and chosen.no_contact_since),
            came_back=CameBack(back.since, back.because, back.lifted_at, back.lifted_because) if back else None,
        )
        for person, role, barred, chosen, back, reach in rows
    )


def _in_words(chosen: Preference, now: datetime) -> Iterator[str]:
    if chosen.frequency in _FREQUENCIES:
        yield _FREQUENCIES[chosen.frequency]
    if chosen.paused_until and chosen.paused_until > now and chosen.paused_until_day:
        yield f"nothing until {chosen.paused_until_day.isoformat()}"


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
