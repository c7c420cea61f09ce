"""Taking an opt-out back: what stood before it stands again, and every step stays on record."""

import logging
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.pausing import pause_for, zone_of
from newsletter.audience.person import Person
from newsletter.audience.preferences import Frequency
from newsletter.audience.suppression import LEFT_EVERYTHING, Suppression
from newsletter.audience.topic import Topic
from newsletter.audience.wishing import Wisher
from newsletter.db import Database
from newsletter.errors import BadAnswer
from newsletter.hit.keep import keep_calmly
from newsletter.hit.tap import Tap
from newsletter.language import sentence
from newsletter.links import OptOutLink
from newsletter.optout.opt_out import OptOut, Way, Withdrawal
from newsletter.optout.standing import hold, standing
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note

UNDOABLE = timedelta(days=30)
SOURCE = "opt-out page"
RESTORED = "restored"

TOO_LATE = sentence("This could be taken back for 30 days, and they are over.")
CHANGED = sentence("Something was changed since this page was opened. Please look again, then press the button.")

_GIVES_BACK = (ConsentAct.GRANTED, ConsentAct.CONFIRMED, ConsentAct.PAUSED)

_log = logging.getLogger(__name__)


class Instead(StrEnum):
    """What somebody who takes it back wants instead."""

    AS_BEFORE = "as_before"
    MONTHLY = "monthly"
    SAFETY = "safety"
    CHOOSE = "choose"  # as before, and on to the preferences
    PAUSE_1 = "pause_1"  # months
    PAUSE_3 = "pause_3"


_FREQUENCY = {Instead.MONTHLY: Frequency.MONTHLY, Instead.SAFETY: Frequency.SAFETY}
_MONTHS = {Instead.PAUSE_1: 1, Instead.PAUSE_3: 3}


def undo(db: Database, link: OptOutLink, mark: int, instead: Instead, now: datetime, *, tap: Tap | None = None) -> None:
    """Take back the opt-out that the link's copy led to, and set what is wished instead. Again changes nothing.

    `tap` is the request that led here, kept with the act. Raises BadAnswer after 30 days, and where it is not the
    opt-out that `mark` names; NotFound when the person is gone.
    """
    with db.write() as session:
        person = hold(session, link.person_id)
        left = standing(session, link)
        if left is not None:
            _refuse_another(session, left, link, mark, now)
            restore(session, left, SOURCE, now)
        elif not _was_undone(session, link, now):
            raise BadAnswer(CHANGED)
        wisher = Wisher(session, person, SOURCE, now)
        if instead in _FREQUENCY:
            wisher.wants(_FREQUENCY[instead])
        elif instead in _MONTHS:
            wisher.pauses(pause_for(_MONTHS[instead], zone_of(session, person), now))
        keep_calmly(session, tap)


def undoable(session: Session, link: OptOutLink, left: OptOut, now: datetime) -> int | None:
    """The mark of an opt-out that the person of a link can take back by it: their own, of late, that took something.

    It changes when the opt-out goes further, so that an old page takes back no more than it showed.
    """
    is_theirs = _is_by(session, left, link) and left.way != Way.COMPLAINT
    if not is_theirs or now > _last_step(left) + UNDOABLE or not _took_something(session, left):
        return None
    return _mark(left)


def pauses_on_offer(session: Session, person: Person, now: datetime) -> dict[Instead, date]:
    """Until which local day each of the pauses would last."""
    zone = zone_of(session, person)
    return {instead: pause_for(months, zone, now).day for instead, months in _MONTHS.items()}


def restore(session: Session, left: OptOut, by: str, now: datetime) -> None:
    """Give back what an opt-out took away and nobody took since. Does not commit. Again changes nothing.

    The suppression is lifted only where this opt-out made it. Answers stay: what was said of a machine is still true.
    """
    if left.undone_at is not None:
        return
    left.undone_at, left.undone_by = now, by
    for taken in session.scalars(select(Withdrawal).where(Withdrawal.opt_out_id == left.id)).all():
        _give_back(session, left, taken, by, now)
    if left.suppressed:
        _lift(session, left, by, now)
    session.flush()
    _tell_accounts(session, left, by, now)


def _is_by(session: Session, left: OptOut, link: OptOutLink) -> bool:
    """Whether this link led to the opt-out: the same copy, the same topics."""
    if (left.topic_id, left.delivery_id) != (link.topic_id, link.delivery_id or None):
        return False
    taken = set(session.scalars(select(Withdrawal.topic_id).where(Withdrawal.opt_out_id == left.id)))
    # Digests are no copies of a run, so that two may have the first of their topics in common.
    is_wider = left.everything_at is None and not taken <= set(link.topic_ids)
    is_narrower = any(session.get(Topic, topic_id) for topic_id in set(link.further) - taken)
    return not is_wider and not is_narrower


def _refuse_another(session: Session, left: OptOut, link: OptOutLink, mark: int, now: datetime) -> None:
    if not _is_by(session, left, link) or left.way == Way.COMPLAINT or _mark(left) != mark:
        raise BadAnswer(CHANGED)
    if now > _last_step(left) + UNDOABLE:
        raise BadAnswer(TOO_LATE)


def _was_undone(session: Session, link: OptOutLink, now: datetime) -> bool:
    theirs = select(OptOut.undone_at).where(OptOut.person_id == link.person_id, OptOut.topic_id == link.topic_id)
    newest = session.scalar(theirs.order_by(OptOut.id.desc()).limit(1))
    return newest is not None and now <= newest + UNDOABLE


def _took_something(session: Session, left: OptOut) -> bool:
    taken = select(Withdrawal).where(Withdrawal.opt_out_id == left.id, Withdrawal.former_state.in_(_GIVES_BACK))
    return left.suppressed or session.scalar(taken.limit(1)) is not None


def _last_step(left: OptOut) -> datetime:
    return max(left.left_at, left.everything_at or left.left_at)


def _mark(left: OptOut) -> int:
    return int(_last_step(left).timestamp() * 1000)


def _give_back(session: Session, left: OptOut, taken: Withdrawal, by: str, now: datetime) -> None:
    stands = session.get(Subscription, (left.person_id, taken.topic_id), with_for_update=True)
    if stands is None or stands.consent_id != taken.consent_id:
        return  # they withdrew or agreed anew since, and that stands
    session.add(
        Consent(
            person_id=left.person_id,
            topic_id=taken.topic_id,
            act=ConsentAct.RESTORED,
            happened_at=now,
            recorded_at=now,
            source=by,
            delivery_id=left.delivery_id,
        )
    )
    if taken.former_state is None or taken.former_consent_id is None:
        session.delete(stands)
    else:
        stands.state, stands.consent_id = taken.former_state, taken.former_consent_id


def _lift(session: Session, left: OptOut, by: str, now: datetime) -> None:
    key = select(Person.address_key).where(Person.id == left.person_id).scalar_subquery()
    theirs = (Suppression.address_key == key, Suppression.reason == LEFT_EVERYTHING, Suppression.lifted_at.is_(None))
    lifted = update(Suppression).where(*theirs).values(lifted_at=now, lifted_because=f"taken back: {by}")
    session.execute(lifted.execution_options(synchronize_session=False))


def _tell_accounts(session: Session, left: OptOut, by: str, now: datetime) -> None:
    """Put the return on the timeline of the accounts that were told of the leaving. What fails here fails alone."""
    try:
        with session.begin_nested():
            told = select(Evidence).where(Evidence.key.startswith(f"opt-out:{left.id}:", autoescape=True))
            for row in session.scalars(told.order_by(Evidence.account_id)).all():
                if row.detail != RESTORED:
                    note(session, _came_back(row, by, now), now)
    except SQLAlchemyError:
        _log.exception("Opt-out %d is taken back, but the accounts concerned could not be told.", left.id)


def _came_back(row: Evidence, by: str, now: datetime) -> Observation:
    return Observation(
        key=f"{row.key}:{RESTORED}",
        account_id=row.account_id,
        unit_id=row.unit_id,
        person_id=row.person_id,
        kind=Kind.OPT_OUT,
        says=None,
        detail=RESTORED,
        observed_at=now,
        source=by,
        bulletin_number=row.bulletin_number,
        delivery_id=row.delivery_id,
        supersedes=row.key,
    )
