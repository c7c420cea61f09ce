import logging
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.ledger.concerned import concerned, hold_accounts
from newsletter.links import OptOutLink
from newsletter.optout.opt_out import OptOut, Way
from newsletter.optout.standing import hold, is_from_everything, standing
from newsletter.optout.withdraw import SOURCES, withdraw_everything, withdraw_topic
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """The opt-out that stands now; `is_new` tells whether this act made it or took it further."""

    opt_out_id: int
    is_new: bool


def opt_out(db: Database, link: OptOutLink, way: Way, now: datetime, *, everything: bool = False) -> Left:
    """Take the link's person off its topic, or off everything. Leaving again changes nothing.

    Works when the copy, its run and its topic are gone. Raises NotFound when the person is.
    """
    with db.write() as session:
        person = hold(session, link.person_id)
        former = standing(session, link)
        if former and (not everything or is_from_everything(session, former, person)):
            return Left(former.id, is_new=False)
        left = _further(former, link, now) or _leave(session, link, way, now, everything=everything)
        if everything:
            withdraw_everything(session, left, person, now)
        _tell_accounts(session, left, now)
        return Left(left.id, is_new=True)


def _further(former: OptOut | None, link: OptOutLink, now: datetime) -> OptOut | None:
    """The standing opt-out taken from the topic to everything, where it came from the same copy."""
    if former is None or former.everything_at or former.delivery_id != (link.delivery_id or None):
        return None
    former.everything_at = now
    return former


def _leave(session: Session, link: OptOutLink, way: Way, now: datetime, *, everything: bool) -> OptOut:
    left = OptOut(
        person_id=link.person_id,
        topic_id=link.topic_id,
        delivery_id=link.delivery_id or None,
        way=way,
        left_at=now,
        everything_at=now if everything else None,
    )
    session.add(left)
    session.flush()
    withdraw_topic(session, left, now)
    return left


def _tell_accounts(session: Session, left: OptOut, now: datetime) -> None:
    """Put the opt-out on the timeline of the accounts concerned. It says nothing about any machine.

    An opt-out stands whatever else is broken, so a failure here is logged and taken back alone.
    """
    try:
        with session.begin_nested():
            _note_opt_out(session, left, now)
    except SQLAlchemyError:
        _log.exception("Opt-out %d stands, but the accounts concerned could not be told.", left.id)


def _note_opt_out(session: Session, left: OptOut, now: datetime) -> None:
    about = concerned(session, left.person_id, left.delivery_id)
    hold_accounts(session, about.account_ids)
    only = about.machines[0].unit_id if len(about.machines) == 1 else None
    for account_id in about.account_ids:
        observation = Observation(
            key=f"opt-out:{left.id}:{account_id}",
            account_id=account_id,
            unit_id=only,
            person_id=left.person_id,
            kind=Kind.OPT_OUT,
            says=None,
            detail=left.way,
            observed_at=left.left_at,
            source=SOURCES[Way(left.way)],
            bulletin_number=about.bulletin_number,
            delivery_id=left.delivery_id,
        )
        note(session, observation, now)
