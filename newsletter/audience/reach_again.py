"""A colleague knows that an address works whose mails came back: an act for the doors."""

from datetime import datetime

from sqlalchemy import select

from newsletter.audience.person import Person
from newsletter.audience.unreachable import lift_unreachable
from newsletter.db import Database
from newsletter.errors import Conflict, NotFound
from newsletter.staff.audit import AuditEntry


def reach_again(db: Database, person_id: int, *, author: str, now: datetime) -> str:
    """Write to somebody again, until a mail to them comes back once more; their name.

    Raises NotFound, and Conflict where nothing is held back because of mails that came back.
    """
    with db.write() as session:
        person = session.scalar(select(Person).where(Person.id == person_id).with_for_update(key_share=True))
        if person is None:
            raise NotFound("There is no such person.")
        if not lift_unreachable(session, person_id, f"{author} says that the address works", now):
            raise Conflict("Our mails to them are not held back.", hint="Somebody may have been quicker.")
        session.add(AuditEntry(at=now, who=author, act="lifted unreachable", subject=f"person {person_id}"))
        return person.name
