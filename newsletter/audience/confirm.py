"""The button that makes a subscriber of who asked to be one, and the proof of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.audience.address import masked
from newsletter.audience.affiliating import stand_where_they_say
from newsletter.audience.barred import bars, lift, may_ask_for_mail
from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.subscribe import Caller, names_of, trace
from newsletter.audience.subscription_request import OPEN_FOR, SubscriptionRequest
from newsletter.audience.topic import Topic
from newsletter.audience.unreachable import lift_unreachable
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.post.posted import PostedLetter
from newsletter.tokens import Signer

CAME_BACK = "confirmed a new subscription"
_NOBODY_READS_SO_FAST = timedelta(seconds=3)
_NOWHERE = "This link leads nowhere."


@dataclass(frozen=True, slots=True)
class Confirming:
    """What the page behind the letter shows. `confirmed_at` and `person_id` are None before the button was pressed."""

    address: str  # masked
    topics: str
    language: str
    confirmed_at: datetime | None
    person_id: int | None


def confirming(session: Session, request_id: int, signer: Signer, now: datetime) -> Confirming:
    """How a request stands. Raises NotFound where it is too old, void, or its person was erased."""
    request = _held(session, request_id, signer, now)
    topics = session.scalars(select(Topic).where(Topic.id.in_(request.topic_ids)).order_by(Topic.id)).all()
    return Confirming(
        masked(request.address), names_of(topics), request.language, request.confirmed_at, request.person_id
    )


def confirm(db: Database, request_id: int, caller: Caller, signer: Signer, now: datetime) -> None:
    """Subscribe who asked; pressing again changes nothing. Raises NotFound as `confirming` does.

    It brings back who left by themselves, which nothing else does.
    """
    with db.write() as session:
        request = _held(session, request_id, signer, now, is_locked=True)
        if request.confirmed_at is not None:
            return
        person = _person(session, request, now)
        _note_confirmation(session, request, person, caller, now)
        lift(session, request.address_key, signer, now, CAME_BACK)
        lift_unreachable(session, person.id, "they confirmed by a mail", now)
        for topic_id in session.scalars(select(Topic.id).where(Topic.id.in_(request.topic_ids)).order_by(Topic.id)):
            _consent(session, request, person, topic_id, now)
        stand_where_they_say(session, person, request.serial, request.account_id, now)


def _held(
    session: Session, request_id: int, signer: Signer, now: datetime, *, is_locked: bool = False
) -> SubscriptionRequest:
    request = session.get(SubscriptionRequest, request_id, with_for_update=is_locked or None)
    if request is None:
        raise NotFound(_NOWHERE)
    is_open = now < request.asked_at + OPEN_FOR and not _is_void(session, request, signer)
    if request.confirmed_at is None and not is_open:
        raise NotFound(_NOWHERE)
    return request


def _is_void(session: Session, request: SubscriptionRequest, signer: Signer) -> bool:
    """Whether they left after they had asked, or may not come back: an old link must not undo a newer no."""
    standing = bars(session, request.address_key, signer)
    left = select(Consent.id).join(Person).where(Person.address_key == request.address_key)
    left_since = left.where(Consent.act == ConsentAct.WITHDRAWN, Consent.recorded_at > request.asked_at).limit(1)
    return (
        not may_ask_for_mail(standing)
        or any(bar.created_at > request.asked_at for bar in standing)
        or session.scalar(left_since) is not None
    )


def _person(session: Session, request: SubscriptionRequest, now: datetime) -> Person:
    """Whoever has the address, found or made. Two requests may be confirmed at once."""
    new = {
        "address": request.address,
        "address_key": request.address_key,
        "salutation": "",
        "first_name": "",
        "last_name": "",
        "language": request.language,
        "zone": "",
        "created_at": now,
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    session.execute(insert(Person).values(new).on_conflict_do_nothing(index_elements=["address_key"]))
    found = select(Person).where(Person.address_key == request.address_key)
    person = session.scalars(found.with_for_update(key_share=True)).one()
    person.language = person.language or request.language
    return person


def _note_confirmation(
    session: Session, request: SubscriptionRequest, person: Person, caller: Caller, now: datetime
) -> None:
    sent_at = session.scalar(select(PostedLetter.settled_at).where(PostedLetter.key == request.letter_key))
    request.person_id = person.id
    request.confirmed_at = now
    request.confirmed_network, request.confirmed_agent = trace(caller.network), trace(caller.agent)
    request.confirmed_in_haste = sent_at is not None and now - sent_at < _NOBODY_READS_SO_FAST


def _consent(session: Session, request: SubscriptionRequest, person: Person, topic_id: int, now: datetime) -> None:
    for act, at in ((ConsentAct.GRANTED, request.asked_at), (ConsentAct.CONFIRMED, now)):
        fact = Consent(
            person_id=person.id,
            topic_id=topic_id,
            act=act,
            happened_at=at,
            recorded_at=now,
            source=request.source,
            wording=request.wording,
            request_id=request.id,
        )
        session.add(fact)
        session.flush()
    stands = {"state": ConsentAct.CONFIRMED, "consent_id": fact.id}
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    put = insert(Subscription).values(person_id=person.id, topic_id=topic_id, **stands)
    session.execute(put.on_conflict_do_update(index_elements=["person_id", "topic_id"], set_=stands))
