"""Ending work or handing it over. What was learned is noted as evidence in the same transaction."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import BadAnswer
from newsletter.followup.act import AT_ONCE, Done, Step, closed, handed_over, kept_note, outcome_of
from newsletter.followup.follow_up import Act, FollowUp
from newsletter.followup.opening import OUR_OWN
from newsletter.followup.outcomes import TO_CHOOSE, Found, Outcome
from newsletter.followup.rules import Team
from newsletter.ledger.concerned import hold_accounts
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State

_SAYS = {
    Found.IN_USE: State.IN_USE,
    Found.BACKUP: State.BACKUP,
    Found.SOLD: State.NOT_IN_USE,
    Found.REPLACED: State.NOT_IN_USE,
    Found.SCRAPPED: State.NOT_IN_USE,
    Found.STORED: State.NOT_IN_USE,
    Found.GONE: State.NOT_IN_USE,
}
_UNHEARD = frozenset({Outcome.NO_ANSWER, Outcome.NOT_NEEDED})


@dataclass(frozen=True, slots=True)
class Learned:
    """How it went. `found` is what became of the machine, None where it was not spoken of."""

    outcome: Outcome | None
    found: Found | None = None
    note: str = ""


def close(db: Database, ids: Collection[int], learned: Learned, who: str, now: datetime) -> Done:
    """Close work with its outcome. Raises BadAnswer for an outcome that is none, or contradicts what was found."""
    _refuse_nonsense(learned)
    if learned.outcome is None:
        raise BadAnswer("How did it end?", hint="Choose one of the outcomes.")
    step = Step(Act.CLOSED, who, now, note=kept_note(learned.note), outcome=learned.outcome)
    return _each(db, ids, learned, step, None)


def hand_over(db: Database, ids: Collection[int], team: Team, learned: Learned, who: str, now: datetime) -> Done:
    """Hand work to the other team; what was learned so far goes with it. Raises BadAnswer as above."""
    _refuse_nonsense(learned)
    if team is Team.NOBODY:
        raise BadAnswer("Work is handed to service or to sales.")
    step = Step(Act.HANDED_OVER, who, now, team, kept_note(learned.note), learned.outcome or "")
    return _each(db, ids, learned, step, team)


def _refuse_nonsense(learned: Learned) -> None:
    if learned.outcome is not None and learned.outcome not in TO_CHOOSE:
        raise BadAnswer("That is none of the outcomes.")
    if learned.found is not None and learned.outcome in _UNHEARD:
        raise BadAnswer(
            "Nobody was spoken to, and yet something was learned of the machine.",
            hint="Choose another outcome, or leave the machine open.",
        )


def _each(db: Database, ids: Collection[int], learned: Learned, step: Step, team: Team | None) -> Done:
    if len(ids) > AT_ONCE:
        raise BadAnswer(f"At most {AT_ONCE} at once.", hint="Choose fewer.")
    with db.write() as session:
        hold_accounts(session, session.scalars(select(FollowUp.account_id).where(FollowUp.id.in_(ids))).all())
        return outcome_of(session, ids, step.who, partial(_one, learned=learned, step=step, team=team))


def _one(session: Session, id_: int, *, learned: Learned, step: Step, team: Team | None) -> bool:
    is_done = handed_over(session, id_, team, step) if team else closed(session, id_, learned.found or "", step)
    if is_done and (learned.outcome or learned.found):
        _note(session, session.get_one(FollowUp, id_), learned, step)
    return is_done


def _note(session: Session, row: FollowUp, learned: Learned, step: Step) -> None:
    unit = session.get(Unit, row.unit_id) if row.unit_id else None
    has_moved = unit is not None and unit.account_id != row.account_id  # an import found it elsewhere meanwhile
    says = _SAYS[learned.found] if learned.found and not has_moved else None
    is_why = says is State.NOT_IN_USE and learned.found is not Found.GONE
    observation = Observation(
        key=f"follow-up:{row.id}:{step.now.isoformat()}",
        account_id=row.account_id,
        unit_id=None if has_moved else row.unit_id,
        person_id=None,
        kind=Kind.STAFF_NOTE,
        says=says,
        detail=str(learned.found) if is_why else str(learned.outcome or ""),
        observed_at=step.now,
        source=OUR_OWN,
        author=step.who,
        note=step.note,
    )
    note(session, observation, step.now)
