"""The heartbeat line of a bulletin: its reader tells, without leaving, whether the machines of a copy still run."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.checkin.pulse import Pulse, Tap, asked_pulse, tell_pulse
from newsletter.checkin.telling import AskedMachine, Occasion, Telling, asked_machines, tell
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound
from newsletter.ledger.concerned import OTHER_MACHINE, concerned, copy_to
from newsletter.links import RunningLink
from newsletter.signal.kinds import Kind

SOURCE = "heartbeat line"


@dataclass(frozen=True, slots=True)
class Running:
    """What the page shows: the bulletin's number, the person's language, the machines of the copy."""

    bulletin: str
    language: str
    machines: tuple[AskedMachine, ...]
    pulse: Pulse | None


def running(session: Session, link: RunningLink, now: datetime) -> Running:
    """How things stand; the pulse is asked of who has answered. Raises NotFound when the person or the copy is gone."""
    person = session.get(Person, link.person_id)
    if person is None or copy_to(session, link.person_id, link.delivery_id) is None:
        raise NotFound("This link leads nowhere.")
    about = concerned(session, link.person_id, link.delivery_id)
    machines = asked_machines(session, _name(link), about.machines)
    has_told = any(machine.answer for machine in machines)
    pulse = asked_pulse(session, _name(link), person.id, now) if has_told else None
    return Running(about.bulletin_number, person.language, machines, pulse)


def tell_running(db: Database, link: RunningLink, unit_id: int, telling: Telling, now: datetime) -> None:
    """Note what the reader of a copy tells of one of its machines.

    Raises BadAnswer for a machine the copy did not name, NotFound when the person or the copy is gone.
    """
    with db.write() as session:
        if copy_to(session, link.person_id, link.delivery_id) is None:
            raise NotFound("This link leads nowhere.")
        about = concerned(session, link.person_id, link.delivery_id)
        machine = next((m for m in about.machines if m.unit_id == unit_id), None)
        if machine is None:
            raise BadAnswer(OTHER_MACHINE)
        occasion = Occasion(
            _name(link), Kind.HEARTBEAT, SOURCE, link.person_id, about.bulletin_number, link.delivery_id
        )
        tell(session, occasion, machine, telling, now)


def tell_running_pulse(db: Database, link: RunningLink, tap: Tap, now: datetime) -> None:
    """Note how content they are, or whether a competitor was in touch. Raises NotFound as above."""
    with db.write() as session:
        if copy_to(session, link.person_id, link.delivery_id) is None:
            raise NotFound("This link leads nowhere.")
        about = concerned(session, link.person_id, link.delivery_id)
        tell_pulse(session, _name(link), link.person_id, about.account_ids, tap, now)


def _name(link: RunningLink) -> str:
    return f"heartbeat:{link.delivery_id}"
