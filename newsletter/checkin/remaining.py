"""Which machines of a safety bulletin are done, or gone, and so are no longer open."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session, aliased

from newsletter.account.unit import Unit
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import State
from newsletter.signal.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Done:
    """Who said first, and when, that a machine is done; `person_id` is None where they were erased."""

    at: datetime
    person_id: int | None


def done(session: Session, bulletin_number: str) -> Mapping[int, Done]:
    """The machines for which anybody at all said that a bulletin was followed, by unit id."""
    told = (
        select(Evidence.unit_id, Evidence.observed_at, Evidence.person_id)
        .where(Evidence.bulletin_number == bulletin_number, *_acknowledged())
        .order_by(Evidence.observed_at.desc(), Evidence.id.desc())
    )
    return {unit_id: Done(at, person_id) for unit_id, at, person_id in session.execute(told) if unit_id}


def closed(session: Session, bulletin_number: str, unit_ids: Collection[int]) -> set[int]:
    """Those of these machines that need nothing more: somebody did it, or the machine is gone."""
    told = select(Evidence.unit_id).where(
        Evidence.unit_id.in_(unit_ids), Evidence.bulletin_number == bulletin_number, *_acknowledged()
    )
    return {unit_id for unit_id in session.scalars(told) if unit_id} | gone(session, unit_ids)


def gone(session: Session, unit_ids: Collection[int]) -> set[int]:
    """Those of these machines that are no longer used: nobody has to look after them."""
    of_unit = (Verdict.account_id == Unit.account_id, Verdict.unit_id == Unit.id)
    query = select(Unit.id).join(Verdict, of_unit[0] & of_unit[1])
    return set(session.scalars(query.where(Unit.id.in_(unit_ids), Verdict.state == State.NOT_IN_USE)))


def _acknowledged() -> tuple[ColumnElement[bool], ...]:
    later = aliased(Evidence)
    taken_back = exists().where(later.supersedes_id == Evidence.id)
    return Evidence.kind == Kind.ACKNOWLEDGEMENT, ~taken_back
