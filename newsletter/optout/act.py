import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.hit.keep import keep_calmly
from newsletter.hit.tap import Tap
from newsletter.ledger.concerned import concerned, hold_accounts
from newsletter.links import OptOutLink
from newsletter.optout.opt_out import OptOut, Way
from newsletter.optout.receipt import Goodbye, say_goodbye
from newsletter.optout.standing import hold, is_from_everything, standing
from newsletter.optout.withdraw import SOURCES, withdraw_everything, withdraw_topics
from newsletter.post.post import take_back
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Left:
    """The opt-out that stands now; `is_new` tells whether this act made it or took it further."""

    opt_out_id: int
    is_new: bool


def opt_out(
    db: Database,
    link: OptOutLink,
    way: Way,
    now: datetime,
    *,
    everything: bool = False,
    tap: Tap | None = None,
    goodbye: Goodbye | None = None,
) -> Left:
    """Take the link's person off its topic, or off everything. Leaving again changes nothing.

    Works when the copy, its run and its topic are gone. Raises NotFound when the person is. `tap` is
    the request that led here, kept with the act. Who leaves without a page gets one letter, if there is a `goodbye`.
    """
    with db.write() as session:
        left = leave(session, link, way, now, everything=everything, goodbye=goodbye)
        keep_calmly(session, tap)
        return left


def leave(
    session: Session,
    link: OptOutLink,
    way: Way,
    now: datetime,
    *,
    everything: bool = False,
    goodbye: Goodbye | None = None,
) -> Left:
    """The same as a step of a larger act. Does not commit."""
    everything = everything or not link.topic_id  # the link of a letter that belongs to no topic
    person = hold(session, link.person_id)
    former = standing(session, link)
    complains = way is Way.COMPLAINT and former is not None and former.way != way
    if former and not complains and (not everything or is_from_everything(session, former, person)):
        return Left(former.id, is_new=False)
    # A complaint weighs more than having left, and is kept as such.
    left = (None if complains else _further(former, link, now)) or _leave(
        session, link, way, now, everything=everything
    )
    if everything:
        withdraw_everything(session, left, person, now)
    with _aside(session, left, "the accounts concerned could not be told"):
        _note_opt_out(session, left, now)
    with _aside(session, left, "letters that wait could not be taken back"):
        take_back(session, person.id, now)
    if goodbye:
        with _aside(session, left, "its goodbye letter could not be posted"):
            say_goodbye(session, left, person, goodbye, now)
    return Left(left.id, is_new=True)


@contextmanager
def _aside(session: Session, left: OptOut, trouble: str) -> Iterator[None]:
    """What goes with an opt-out without being it: a failure here is logged and taken back alone."""
    try:
        with session.begin_nested():
            yield
    except Exception:  # noqa: BLE001 - whatever else is broken, the opt-out stands
        _log.exception("Opt-out %d stands, but %s.", left.id, trouble)


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
    withdraw_topics(session, left, link.topic_ids, now)
    return left


def _note_opt_out(session: Session, left: OptOut, now: datetime) -> None:
    """Put the opt-out on the timeline of the accounts concerned. It says nothing about any machine."""
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
