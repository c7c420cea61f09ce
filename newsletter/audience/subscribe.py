"""Asking to subscribe. It makes nobody a subscriber: it sends one letter, whose button does (`audience.confirm`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.address import Address
from newsletter.audience.barred import bars, may_ask_for_mail
from newsletter.audience.office import Office
from newsletter.audience.pretence import write_or_pretend
from newsletter.audience.ration import draw, rations
from newsletter.audience.subscribing import WORDING_VERSION, letter_to_confirm
from newsletter.audience.subscription_request import SubscriptionRequest
from newsletter.audience.topic import Topic
from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.language import sentence
from newsletter.post.post import post

SOURCE = "subscribe page"
LETTER = "confirm"  # the kind of letter
CHOOSE = sentence("Please choose at least one kind of mail.")
_LONGEST_SERIAL = 60
_LONGEST_TRACE = 300


@dataclass(frozen=True, slots=True)
class Caller:
    """From which machine and with which program somebody speaks to us. Kept for `TRACES_KEPT` as part of a proof."""

    network: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscribeForm:
    """What the subscribe page sent. `wording` is the agreement as it was shown, in `language`."""

    address: Address
    topic_ids: Sequence[int]
    serial: str
    language: str
    wording: str
    form_url: str


def offered(session: Session) -> Sequence[Topic]:
    """What one can subscribe to."""
    return session.scalars(select(Topic).order_by(Topic.id)).all()


def ask_to_subscribe(db: Database, form: SubscribeForm, caller: Caller, office: Office, now: datetime) -> None:
    """Write a letter to confirm to the address, if it may get one and its rations are not used up.

    Whoever asks cannot tell, neither from the answer nor from its time; nor whether we know the address. Raises Refused
    where no topic was chosen.
    """
    with db.write() as session:
        topics = [topic for topic in offered(session) if topic.id in form.topic_ids]
        if not topics:
            raise Refused(CHOOSE)
        may_ask = may_ask_for_mail(bars(session, form.address.key, office.signer))
        has_ration = draw(session, rations("subscribe", form.address.key, caller.network), now)
        request = _request(form, topics, caller, now)
        write_or_pretend(
            session, lambda: _post_letter(session, request, topics, office), is_meant=may_ask and has_ration
        )


def names_of(topics: Sequence[Topic]) -> str:
    """Topics as a letter or page lists them."""
    return ", ".join(topic.name for topic in topics)


def trace(text: str) -> str:
    """A header that a stranger sent, cut and without what no database keeps."""
    return "".join(character for character in text[:_LONGEST_TRACE] if character.isprintable())


def _request(form: SubscribeForm, topics: Sequence[Topic], caller: Caller, now: datetime) -> SubscriptionRequest:
    return SubscriptionRequest(
        address=form.address.spelled,
        address_key=form.address.key,
        topics=",".join(str(topic.id) for topic in topics),
        serial=trace(form.serial.strip())[:_LONGEST_SERIAL],
        language=form.language,
        source=SOURCE,
        wording_version=WORDING_VERSION,
        wording=form.wording,
        form_url=form.form_url,
        asked_at=now,
        asked_network=trace(caller.network),
        asked_agent=trace(caller.agent),
    )


def _post_letter(session: Session, request: SubscriptionRequest, topics: Sequence[Topic], office: Office) -> None:
    session.add(request)
    session.flush()
    request.letter_key = f"confirm:{request.id}"
    post(
        session,
        key=request.letter_key,
        kind=LETTER,
        address=request.address,
        person_id=None,
        language=request.language,
        wording=letter_to_confirm(office.links.confirm(request.id)),
        values={"topics": names_of(topics)},
        house=office.house,
        now=request.asked_at,
    )
