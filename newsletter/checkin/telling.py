"""What somebody tells of a machine by a button. A later answer on the same occasion takes back the earlier one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.serial import masked_serials
from newsletter.errors import BadAnswer
from newsletter.language import sentence
from newsletter.ledger.concerned import Machine, hold_accounts
from newsletter.question.meaning import Says, said_of_unit
from newsletter.question.reasons import Fate, UnitAnswer
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State

NO_ANSWER = sentence("This is not one of the answers.")
_SAME_TAP = timedelta(days=1)  # a page that is sent twice; the same answer next year is a new sign of life

Telling = UnitAnswer | Fate
"""What can be told of one machine; a fate says that it is gone, and where to."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """On which occasion somebody was asked. `name` is unlike that of every other: "heartbeat:17"."""

    name: str
    kind: Kind
    source: str
    person_id: int | None
    bulletin_number: str = ""
    delivery_id: int | None = None


@dataclass(frozen=True, slots=True)
class AskedMachine:
    """One machine as a page shows it: what they say now, None while they have said nothing."""

    unit_id: int
    model: str
    serial: str  # masked
    answer: UnitAnswer | None
    fate: Fate | None


def read_telling(said: str) -> Telling:
    """The answer of a button. Raises BadAnswer."""
    for codes in (UnitAnswer, Fate):
        if said in set(codes):
            return codes(said)
    raise BadAnswer(NO_ANSWER)


def asked_machines(session: Session, occasion: str, machines: Sequence[Machine]) -> tuple[AskedMachine, ...]:
    """The machines with what was told of each on that occasion."""
    told = _told(session, occasion, {machine.account_id for machine in machines})
    masked = masked_serials(machine.serial for machine in machines)
    return tuple(_asked(m, masked[m.serial], told.get(m.unit_id)) for m in machines)


def tell(session: Session, occasion: Occasion, machine: Machine, telling: Telling, now: datetime) -> None:
    """Note what was told of one machine. The same tap twice is one. Does not commit."""
    hold_accounts(session, [machine.account_id])
    former = _told(session, occasion.name, {machine.account_id}).get(machine.unit_id)
    if former and former.says and former.detail == telling and now - former.observed_at < _SAME_TAP:
        return
    observation = Observation(
        key=f"{occasion.name}:{machine.unit_id}.{former.id if former else 0}",
        account_id=machine.account_id,
        unit_id=machine.unit_id,
        person_id=occasion.person_id,
        kind=occasion.kind,
        says=State(said_of_unit(telling) if isinstance(telling, UnitAnswer) else Says.NOT_IN_USE),
        detail=telling,
        observed_at=now,
        source=occasion.source,
        bulletin_number=occasion.bulletin_number,
        delivery_id=occasion.delivery_id,
        supersedes=former.key if former else None,
    )
    note(session, observation, now)


def _told(session: Session, occasion: str, account_ids: set[int]) -> Mapping[int | None, Evidence]:
    """The newest evidence of an occasion by unit id."""
    rows = select(Evidence).where(
        Evidence.account_id.in_(account_ids), Evidence.key.startswith(f"{occasion}:", autoescape=True)
    )
    return {row.unit_id: row for row in session.scalars(rows.order_by(Evidence.id))}


def _asked(machine: Machine, serial: str, told: Evidence | None) -> AskedMachine:
    said = read_telling(told.detail) if told and told.says else None  # what a program pressed was taken back
    if isinstance(said, Fate):
        return AskedMachine(machine.unit_id, machine.model, serial, UnitAnswer.GONE, said)
    return AskedMachine(machine.unit_id, machine.model, serial, said, None)
