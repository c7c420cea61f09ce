"""A version as one person would get it, with links that do nothing to that person."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.audience.segment import Audience, Rule, candidates, units_of
from newsletter.bulletin.compose import Press
from newsletter.bulletin.readers import readers
from newsletter.errors import NotFound
from newsletter.message.letter import Letter

NOBODY = 0  # the person of a link in a preview: whoever follows it takes nobody off a list


def preview(session: Session, press: Press, audience: Audience, person_id: int, now: datetime) -> Letter:
    """The letter, for looking at. Raises NotFound for a person the bulletin is not for, BadLetter without a value."""
    units = units_of(session, audience, person_id)
    if units is None:
        raise NotFound("This bulletin is not for that person.", hint="Choose somebody from the list.")
    reader = readers(session, {person_id: units})[person_id]
    return press.letter(reader, person_id=NOBODY, delivery_id=NOBODY, date=now)


def some_readers(session: Session, audience: Audience, limit: int = 25) -> list[Person]:
    """People a bulletin can be previewed as: those who get it or had it."""
    found = candidates(audience).subquery()
    gets_it = or_(found.c.rule.is_(None), found.c.rule == Rule.ALREADY_SENT)
    chosen = select(Person).join(found, found.c.person_id == Person.id).where(gets_it)
    return list(session.scalars(chosen.order_by(Person.last_name, Person.id).limit(limit)))
