"""What a run taught us: who left by it and why, and what its readers said of their machines."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from newsletter.ledger.run import Run
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.question.reasons import Question, Reason
from newsletter.report.runs import copies_of
from newsletter.signal.evidence import Evidence
from newsletter.signal.rules import State


@dataclass(frozen=True, slots=True)
class Taught:
    """`reasons` counts opt-outs by their last word, most first, None for no word; `machines` counts by what is said."""

    reasons: Mapping[Reason | None, int]
    machines: Mapping[State, int]

    @property
    def left(self) -> int:
        """How many left by this run."""
        return sum(self.reasons.values())


def taught(session: Session, run_id: int, number: str) -> Taught:
    """What one run of the bulletin `number` taught us; machines are spoken of by bulletin, whichever the run was."""
    return Taught(_reasons(session, session.get_one(Run, run_id)), _machines(session, number))


def left_by(session: Session, run_id: int) -> int:
    """How many people left by a copy of this run."""
    run = session.get(Run, run_id)
    query = select(func.count()).select_from(OptOut)
    return (session.scalar(query.where(_left_by(run))) or 0) if run else 0


def _left_by(run: Run) -> ColumnElement[bool]:
    """Who took it back has not left."""
    return copies_of(run, OptOut.delivery_id) & OptOut.undone_at.is_(None)


def _reasons(session: Session, run: Run) -> Mapping[Reason | None, int]:
    word = aliased(Answer)
    last = select(func.max(word.id)).where(word.opt_out_id == OptOut.id, word.question == Question.WHY)
    query = (
        select(Answer.code, func.count())
        .select_from(OptOut)
        .outerjoin(Answer, Answer.id == last.correlate(OptOut).scalar_subquery())
        .where(_left_by(run))
        .group_by(Answer.code)
        .order_by(func.count().desc(), Answer.code)
    )
    return {Reason(code) if code else None: count for code, count in session.execute(query)}


def _machines(session: Session, number: str) -> Mapping[State, int]:
    taken_back = select(Evidence.supersedes_id).where(Evidence.supersedes_id.is_not(None))
    said = (
        select(Evidence.says, Evidence.account_id, Evidence.unit_id)
        .where(Evidence.bulletin_number == number, Evidence.says != State.UNKNOWN)
        .where(Evidence.id.not_in(taken_back))
        .distinct()
        .subquery()
    )
    counted = session.execute(select(said.c.says, func.count()).group_by(said.c.says))
    found = {State(says): count for says, count in counted if says}
    return {state: found[state] for state in State if state in found}
