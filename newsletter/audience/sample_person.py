"""People whom colleagues keep at hand to see bulletins as they would get them."""

from datetime import datetime

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.audience.person import Person
from newsletter.db import Base, Database
from newsletter.errors import NotFound, Refused

MOST = 50


class SamplePerson(Base):
    """One of them, for all colleagues. Nothing is sent to that person."""

    __tablename__ = "sample_person"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kept_by: Mapped[str]
    kept_at: Mapped[datetime]


def sample_people(session: Session) -> list[Person]:
    """All of them by name."""
    chosen = select(Person).join(SamplePerson, SamplePerson.person_id == Person.id)
    return list(session.scalars(chosen.order_by(Person.last_name, Person.id).limit(MOST)))


def keep_sample(db: Database, person_id: int, *, by: str, now: datetime) -> Person:
    """Keep somebody at hand. Raises NotFound for nobody, Refused where there are too many."""
    with db.write() as session:
        person = session.get(Person, person_id)
        if person is None:
            raise NotFound("This person is not on record.")
        if session.get(SamplePerson, person_id) is None:
            if len(sample_people(session)) >= MOST:
                raise Refused(f"There are {MOST} sample persons already.", hint="Let one of them go first.")
            session.add(SamplePerson(person_id=person_id, kept_by=by, kept_at=now))
        return person


def let_sample_go(db: Database, person_id: int) -> None:
    """Keep somebody at hand no longer."""
    with db.write() as session:
        if (kept := session.get(SamplePerson, person_id)) is not None:
            session.delete(kept)
