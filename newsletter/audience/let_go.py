"""Letting go of what strangers left with us, when its time is over."""

from datetime import datetime

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from newsletter.audience.address_change import AddressChange
from newsletter.audience.subscription_request import OPEN_FOR, TRACES_KEPT, SubscriptionRequest
from newsletter.db import Database
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.staff.attempts import Attempts


def let_go(db: Database, now: datetime) -> None:
    """Delete what nobody confirmed, and empty what is kept for a short time only. Harmless at any time, at once too."""
    with db.write() as session:
        stale = SubscriptionRequest.confirmed_at.is_(None) & (SubscriptionRequest.asked_at <= now - OPEN_FOR)
        session.execute(delete(SubscriptionRequest).where(stale))
        never = AddressChange.confirmed_at.is_(None) & (AddressChange.asked_at <= now - OPEN_FOR)
        session.execute(delete(AddressChange).where(never))
        _empty_traces(session, now)
        _forget_strangers(session, now)
        session.execute(delete(Attempts).where(Attempts.until <= now))


def _empty_traces(session: Session, now: datetime) -> None:
    row = SubscriptionRequest
    for at, network, agent in (
        (row.asked_at, row.asked_network, row.asked_agent),
        (row.confirmed_at, row.confirmed_network, row.confirmed_agent),
    ):
        kept = or_(network != "", agent != "")
        emptied = {network.key: "", agent.key: ""}
        session.execute(update(row).where(at <= now - TRACES_KEPT, kept).values(emptied))


def _forget_strangers(session: Session, now: datetime) -> None:
    """Letters keep where they went; those to people we never came to know do not."""
    over = PostedLetter.state.not_in((LetterState.WAITING, LetterState.TRYING))
    to_stranger = PostedLetter.person_id.is_(None) & (PostedLetter.address != "")
    old = PostedLetter.posted_at <= now - OPEN_FOR
    ids = select(PostedLetter.id).where(over, to_stranger, old)
    session.execute(update(PostedLetter).where(PostedLetter.id.in_(ids)).values(address="", subject="", outcome=""))
