"""Everybody who got a copy of a run, by name, with what they did."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.audience.person import Person
from newsletter.hit.hit import Hit
from newsletter.hit.judge import Verdict
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.ledger.states import State
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.question.reasons import Question, Reason
from newsletter.report.runs import ERASED, copies_of
from newsletter.report.standing_copies import ids_standing
from newsletter.report.table import Cell, Table
from newsletter.report.wording import DELIVERIES, REASONS

_AT_ONCE = 1_000  # a database takes only so many values in one query


class Show(StrEnum):
    """Which of them."""

    ALL = "all"
    ACCEPTED = "accepted"
    BOUNCED = "bounced"
    CLICKED = "clicked"
    LEFT = "left"
    IN_DOUBT = "in-doubt"


STATES: Mapping[Show, tuple[State, ...]] = {
    Show.ALL: tuple(State),
    Show.ACCEPTED: (State.ACCEPTED,),
    Show.BOUNCED: (State.REFUSED, State.BOUNCED, State.EXPIRED),
    Show.IN_DOUBT: (State.IN_DOUBT, State.LET_BE),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """One copy by name. `clicked` is who opened a page of ours from it, None for nobody; `left_at` when they left.

    `at` is when the state was last recorded, None where nothing happened yet.
    """

    id: int
    name: str
    address: str
    state: State
    at: datetime | None
    reply: str
    clicked: Verdict | None
    left_at: datetime | None
    reason: Reason | None


def recipients(session: Session, run: Run, show: Show, *, limit: int, after_id: int = 0) -> list[Recipient]:
    """Those of a run who are asked for, at most `limit`, after the copy `after_id`."""
    if show is Show.CLICKED:
        ids = _ids(session, run, Hit.delivery_id, Hit.verdict == Verdict.HUMAN.value, limit, after_id)
    elif show is Show.LEFT:
        ids = _ids(session, run, OptOut.delivery_id, OptOut.undone_at.is_(None), limit, after_id)
    else:
        ids = ids_standing(session, run.id, STATES[show], limit=limit, after_id=after_id)
    return _by_name(session, ids)


def as_table(session: Session, run: Run, show: Show) -> Table:
    """The same as a table with all of them, read while it is written."""
    columns = ("name", "address", "state", "at", "server_said", "clicked", "left_at", "reason")
    return Table(columns, _rows(session, run, show))


def _rows(session: Session, run: Run, show: Show) -> Iterator[Sequence[Cell]]:
    after = 0
    while found := recipients(session, run, show, limit=_AT_ONCE, after_id=after):
        for one in found:
            reason = REASONS[one.reason] if one.reason else ""
            said = DELIVERIES[one.state]
            yield one.name, one.address, said, one.at, one.reply, one.clicked or "", one.left_at, reason
        after = found[-1].id
        session.expunge_all()  # a million rows are not to be kept


def _ids(
    session: Session,
    run: Run,
    column: InstrumentedAttribute[int | None],
    condition: ColumnElement[bool],
    limit: int,
    after_id: int,
) -> list[int]:
    query = select(column).where(copies_of(run, column), column > after_id, condition).distinct()
    return [id_ for id_ in session.scalars(query.order_by(column).limit(limit)) if id_]


def _by_name(session: Session, ids: Sequence[int]) -> list[Recipient]:
    query = select(Delivery, Person).outerjoin(Person, Person.id == Delivery.person_id).where(Delivery.id.in_(ids))
    rows = {copy.id: (copy, person) for copy, person in session.execute(query)}
    clicked, left = _clicked(session, ids), _left(session, ids)
    found = []
    for id_ in ids:
        copy, person = rows[id_]
        left_at, reason = left.get(id_, (None, None))
        found.append(
            Recipient(
                id=id_,
                name=person.name if person else ERASED,
                address=copy.address,
                state=State(copy.state),
                at=copy.settled_at or copy.claimed_at,
                reply=copy.reply,
                clicked=clicked.get(id_),
                left_at=left_at,
                reason=reason,
            )
        )
    return found


def _clicked(session: Session, ids: Sequence[int]) -> Mapping[int, Verdict]:
    """Who opened a page from each copy: a person, if one of the visits was a person's."""
    query = select(Hit.delivery_id, Hit.verdict).where(Hit.delivery_id.in_(ids)).distinct()
    found: dict[int, Verdict] = {}
    for copy_id, verdict in session.execute(query):
        id_ = copy_id or 0
        seen = Verdict(verdict) if verdict else Verdict.UNSURE
        found[id_] = min(seen, found.get(id_, seen), key=_SURE.index)
    return found


_SURE = (Verdict.HUMAN, Verdict.UNSURE, Verdict.MACHINE)


def _left(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[datetime, Reason | None]]:
    """When the reader of each copy left by it, and their last word on why."""
    last = select(func.max(Answer.id)).where(Answer.opt_out_id == OptOut.id, Answer.question == Question.WHY)
    query = (
        select(OptOut.delivery_id, OptOut.left_at, Answer.code)
        .outerjoin(Answer, Answer.id == last.correlate(OptOut).scalar_subquery())
        .where(OptOut.delivery_id.in_(ids), OptOut.undone_at.is_(None))
    )
    return {id_: (at, Reason(code) if code else None) for id_, at, code in session.execute(query) if id_}
