"""Who is right, if not the one who left: the address they name gets one request, ever, and no subscription."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.address import Address
from newsletter.audience.barred import bars
from newsletter.audience.consent import Subscription
from newsletter.audience.office import Office
from newsletter.audience.person import Person
from newsletter.audience.pretence import write_or_pretend
from newsletter.audience.ration import Ration, draw, rations
from newsletter.audience.subscribe import Caller, trace
from newsletter.audience.subscribing import WORDING_VERSION, letter_to_the_named
from newsletter.audience.subscription_request import SubscriptionRequest
from newsletter.audience.topic import Topic
from newsletter.db import Database
from newsletter.errors import BadAnswer
from newsletter.language import sentence
from newsletter.ledger.concerned import concerned
from newsletter.links import OptOutLink
from newsletter.optout.opt_out import OptOut
from newsletter.optout.standing import hold, standing
from newsletter.post.post import post
from newsletter.question.reasons import Reason
from newsletter.question.said import what_was_said

SOURCE = "named by a former reader"
NOT_ASKED = sentence("This is not one of the answers.")


def name_right_person(  # noqa: PLR0913 - who names whom, and how it is said to them
    db: Database,
    link: OptOutLink,
    address: Address,
    caller: Caller,
    *,
    wording: str,
    language: str,
    office: Office,
    now: datetime,
) -> None:
    """Ask the owner of an address, once ever, whether they want what the one who left got.

    Nobody is asked who knows us already: their yes or no stands. Whoever names them cannot tell. Raises BadAnswer where
    they did not say that they are the wrong person, NotFound where they are gone.
    """
    with db.write() as session:
        hold(session, link.person_id)
        left = standing(session, link)
        if left is None or what_was_said(session, left.id).reason is not Reason.WRONG_PERSON:
            raise BadAnswer(NOT_ASKED)
        theirs = Ration(f"letter:named-by:{left.id}", 2, timedelta(days=30))
        has_ration = draw(session, (theirs, *rations("named", address.key, caller.network)), now)
        topic = session.get(Topic, link.topic_id)
        is_free = not bars(session, address.key, office.signer) and not _knows_us(session, address)
        request = _request(session, left, topic, address, caller, wording=wording, language=language, now=now)
        write_or_pretend(
            session,
            lambda: _post_letter(session, request, topic, office),
            is_meant=has_ration and is_free and topic is not None,
        )


def _knows_us(session: Session, address: Address) -> bool:
    known = select(Subscription.person_id).join(Person).where(Person.address_key == address.key)
    return session.scalar(known.limit(1)) is not None


def _request(  # noqa: PLR0913 - what a request is made of
    session: Session,
    left: OptOut,
    topic: Topic | None,
    address: Address,
    caller: Caller,
    *,
    wording: str,
    language: str,
    now: datetime,
) -> SubscriptionRequest:
    accounts = concerned(session, left.person_id, left.delivery_id).account_ids
    return SubscriptionRequest(
        address=address.spelled,
        address_key=address.key,
        topics=str(topic.id if topic else 0),
        # Of several accounts nobody said which; then they stand nowhere, and staff see who came by the request.
        account_id=accounts[0] if len(accounts) == 1 else None,
        language=language,
        source=SOURCE,
        wording_version=WORDING_VERSION,
        wording=wording,
        form_url="",
        asked_at=now,
        asked_network=trace(caller.network),
        asked_agent=trace(caller.agent),
    )


def _post_letter(session: Session, request: SubscriptionRequest, topic: Topic | None, office: Office) -> None:
    session.add(request)
    session.flush()
    # Under the oldest key: a newer one that is added before it does not make the address a new one.
    request.letter_key = f"named:{office.signer.hashes(request.address_key)[-1]}"
    is_first = post(
        session,
        key=request.letter_key,
        kind="named",
        address=request.address,
        person_id=None,
        language=request.language,
        wording=letter_to_the_named(office.links.confirm(request.id)),
        values={"topics": topic.name if topic else ""},
        house=office.house,
        now=request.asked_at,
    )
    if not is_first:
        session.delete(request)
