"""What a colleague makes of a burst: undo it as one act, or let it be. Both stay on record."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.burst.burst import Burst, BurstDecision, BurstMember, Decided
from newsletter.db import Database
from newsletter.errors import NotFound, Refused
from newsletter.hit.doubt import supersede
from newsletter.optout.opt_out import OptOut
from newsletter.optout.standing import hold
from newsletter.optout.undo import restore
from newsletter.signal.evidence import Evidence
from newsletter.staff.audit import AuditEntry

LONGEST_REASON = 500


def undo_burst(db: Database, burst_id: int, opt_out_ids: Collection[int], *, who: str, why: str, now: datetime) -> int:
    """Take back these opt-outs of a burst, with what was said by them of machines; how many it were.

    One that was taken back before, or whose person is gone, is passed over; what somebody consented to or withdrew
    since stands. Raises Refused without a reason or without an opt-out, NotFound where there is no such burst.
    """
    with db.write() as session:
        reason = _reason(why)
        burst = _held(session, burst_id)
        chosen = [left for left in _standing(session, burst.id) if left.id in set(opt_out_ids)]
        if not chosen:
            raise Refused("Nobody was chosen whose opt-out still stands.", hint="Tick at least one line.")
        for left in chosen:
            hold(session, left.person_id)
            restore(session, left, f"{who}, for burst {burst.id}", now)
        session.flush()
        for left in chosen:
            _take_back_answers(session, left, f"taken back by {who}, for burst {burst.id}", now)
        _decide(session, burst, Decided.UNDONE, len(chosen), who, reason, now)
        return len(chosen)


def let_be(db: Database, burst_id: int, *, who: str, why: str, now: datetime) -> None:
    """They meant it: the opt-outs stand, the alarm ends. Raises Refused without a reason, NotFound."""
    with db.write() as session:
        _decide(session, _held(session, burst_id), Decided.LET_BE, 0, who, _reason(why), now)


def _held(session: Session, burst_id: int) -> Burst:
    burst = session.get(Burst, burst_id, with_for_update=True)
    if burst is None:
        raise NotFound("There is no such burst.")
    return burst


def _reason(why: str) -> str:
    reason = why.strip().replace("\0", "")
    if not reason:
        raise Refused("Say in a few words why.", hint="Others will read it in a year.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"The reason is longer than {LONGEST_REASON} characters.")
    return reason


def _standing(session: Session, burst_id: int) -> list[OptOut]:
    """The opt-outs that nobody took back, in the order of people: two who undo at once do not wait for each other."""
    query = (
        select(OptOut)
        .join(BurstMember, BurstMember.opt_out_id == OptOut.id)
        .where(BurstMember.burst_id == burst_id, OptOut.undone_at.is_(None), OptOut.person_id.is_not(None))
        .order_by(OptOut.person_id, OptOut.id.desc())
    )
    return list(session.scalars(query))


def _take_back_answers(session: Session, left: OptOut, source: str, now: datetime) -> None:
    told = select(Evidence).where(
        Evidence.person_id == left.person_id,
        Evidence.key.startswith(f"answer:{left.id}:", autoescape=True),
        Evidence.says.is_not(None),
    )
    supersede(session, session.scalars(told).all(), source, now)


def _decide(session: Session, burst: Burst, decided: Decided, opt_outs: int, who: str, why: str, now: datetime) -> None:
    session.add(BurstDecision(burst_id=burst.id, decided=decided, opt_outs=opt_outs, who=who, why=why, at=now))
    told = f"undid {opt_outs} opt-outs of" if decided is Decided.UNDONE else "let be"
    session.add(AuditEntry(at=now, who=who, act=f"{told} a burst: {why}", subject=f"burst {burst.id}"))
