"""A reader says that a bulletin's advice was followed on a machine. That is a sign of life, so it becomes evidence."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.serial import masked_serials
from newsletter.audience.person import Person
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound
from newsletter.ledger.concerned import OTHER_MACHINE, Machine, concerned, copy_to, hold_accounts
from newsletter.links import DoneLink
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State


@dataclass(frozen=True, slots=True)
class Job:
    """One machine the copy named; `done_at` is when somebody said so."""

    unit_id: int
    model: str
    serial: str  # masked
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Acknowledging:
    """What the page shows: the bulletin's number, the person's language, the machines."""

    bulletin: str
    language: str
    jobs: tuple[Job, ...]


def acknowledging(session: Session, link: DoneLink) -> Acknowledging:
    """How things stand. Raises NotFound when the person or the copy is gone."""
    person = session.get(Person, link.person_id)
    if person is None or copy_to(session, link.person_id, link.delivery_id) is None:
        raise NotFound("This link leads nowhere.")
    about = concerned(session, link.person_id, link.delivery_id)
    keys = {_key(link, machine): machine for machine in about.machines}
    last = {key: _last(session, key) for key in keys}
    done = {key: told.observed_at for key, told in last.items() if told and told.says}
    masked_serial = masked_serials(m.serial for m in about.machines)
    jobs = (Job(m.unit_id, m.model, masked_serial[m.serial], done.get(key)) for key, m in keys.items())
    return Acknowledging(about.bulletin_number, person.language, tuple(jobs))


def acknowledge(db: Database, link: DoneLink, unit_id: int, now: datetime) -> None:
    """Note that the job is done on one machine; saying it again changes nothing.

    Raises BadAnswer for a machine the copy did not name, NotFound when the person or the copy is gone.
    """
    with db.write() as session:
        if copy_to(session, link.person_id, link.delivery_id) is None:
            raise NotFound("This link leads nowhere.")
        about = concerned(session, link.person_id, link.delivery_id)
        machine = next((m for m in about.machines if m.unit_id == unit_id), None)
        if machine is None:
            raise BadAnswer(OTHER_MACHINE)
        hold_accounts(session, [machine.account_id])
        last = _last(session, _key(link, machine))
        if last is None or last.says is None:  # what a program had pressed was taken back
            note(session, _observation(link, machine, about.bulletin_number, last, now), now)


def _last(session: Session, key: str) -> Evidence | None:
    """What was told last under a key, or under one that follows it."""
    rows = select(Evidence).where((Evidence.key == key) | Evidence.key.startswith(f"{key}:", autoescape=True))
    return session.scalar(rows.order_by(Evidence.id.desc()).limit(1))


def _observation(link: DoneLink, machine: Machine, bulletin: str, last: Evidence | None, now: datetime) -> Observation:
    return Observation(
        key=f"{_key(link, machine)}:{last.id}" if last else _key(link, machine),
        account_id=machine.account_id,
        unit_id=machine.unit_id,
        person_id=link.person_id,
        kind=Kind.ACKNOWLEDGEMENT,
        says=State.IN_USE,
        detail="done",
        observed_at=now,
        source="acknowledge page",
        bulletin_number=bulletin,
        delivery_id=link.delivery_id,
        supersedes=last.key if last else None,
    )


def _key(link: DoneLink, machine: Machine) -> str:
    return f"acknowledged:{link.delivery_id}:{machine.unit_id}"
