from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from newsletter.audience.consent import ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.suppression import Suppression
from newsletter.errors import NotFound
from newsletter.links import OptOutLink
from newsletter.optout.opt_out import OptOut, Withdrawal

NOBODY = "We hold no address that belongs to this link, so nothing is sent to it."


def hold(session: Session, person_id: int) -> Person:
    """The person, whose opt-outs and answers nobody else touches until the transaction ends. Raises NotFound.

    Eight clicks at once come one after the other here, and only the first finds somebody who has not left. The lock
    (FOR NO KEY UPDATE) does not stand in the way of a run that enrols the same person.
    """
    person = session.get(Person, person_id, with_for_update={"key_share": True})
    if person is None:
        raise NotFound(NOBODY)
    return person


def standing(session: Session, link: OptOutLink) -> OptOut | None:
    """The opt-out by which the link's person is off the link's topic now; None where they consented again since."""
    theirs = Subscription.person_id == link.person_id, Subscription.topic_id.in_(link.topic_ids)
    still = select(Subscription.topic_id).where(*theirs, Subscription.state != ConsentAct.WITHDRAWN)
    if session.scalar(still.limit(1)) is not None:
        return None
    stands = select(OptOut).where(OptOut.person_id == link.person_id, OptOut.undone_at.is_(None))
    from_topic = or_(OptOut.topic_id == link.topic_id, OptOut.everything_at.is_not(None))
    # A digest's link takes its person off several topics, of which the act names the first.
    taken = exists().where(Withdrawal.opt_out_id == OptOut.id, Withdrawal.topic_id.in_(link.topic_ids))
    newest = OptOut.id.desc()
    found = session.scalar(stands.where(from_topic).order_by(newest).limit(1))
    return found or session.scalar(stands.where(taken).order_by(newest).limit(1))


def is_from_everything(session: Session, opt_out: OptOut, person: Person) -> bool:
    """Whether an opt-out was from everything and staff did not lift the suppression since."""
    if opt_out.everything_at is None:
        return False
    query = select(Suppression.lifted_at).where(Suppression.address_key == person.address_key)
    return [lifted_at for (lifted_at,) in session.execute(query)] == [None]
