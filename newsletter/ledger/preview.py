"""A version as one person would get it, with links that do nothing to that person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.segment import Audience, Rule, candidates, units_of
from newsletter.bulletin.compose import Press
from newsletter.bulletin.readers import readers
from newsletter.bulletin.values import Reader
from newsletter.errors import NotFound
from newsletter.message.letter import Letter

NOBODY = 0  # the person of a link in a preview: whoever follows it takes nobody off a list


def preview(session: Session, press: Press, audience: Audience, person_id: int, now: datetime) -> Letter:
    """The letter, for looking at. Raises NotFound for a person the bulletin is not for, BadLetter without a value."""
    units = units_of(session, audience, person_id)
    if units is None:
        raise NotFound("This bulletin is not for that person.", hint="Choose somebody from the list.")
    reader = readers(session, {person_id: units})[person_id]
    return look_at(press, reader, now)


@dataclass(frozen=True, slots=True)
class Looked:
    """A letter to look at. `is_for_them`: whether the audience names the person at all."""

    letter: Letter
    reader: Reader
    is_for_them: bool


def look_as(session: Session, press: Press, audience: Audience, person_id: int, now: datetime) -> Looked:
    """The letter as anybody on record would get it, with all their machines where the bulletin is not for them.

    Raises NotFound for nobody, BadLetter without a value.
    """
    named = units_of(session, audience, person_id)
    units = _machines_of(session, person_id) if named is None else named
    reader = readers(session, {person_id: units}).get(person_id)
    if reader is None:
        raise NotFound("This person is not on record.", hint="Choose somebody from the list.")
    return Looked(look_at(press, reader, now), reader, named is not None)


def look_at(press: Press, reader: Reader, now: datetime) -> Letter:
    """The letter to a reader. Raises BadLetter without a value."""
    return press.letter(reader, person_id=NOBODY, delivery_id=NOBODY, date=now)


def _machines_of(session: Session, person_id: int, limit: int = 20) -> tuple[int, ...]:
    theirs = select(Unit.id).join(Affiliation, Affiliation.account_id == Unit.account_id)
    return tuple(session.scalars(theirs.where(Affiliation.person_id == person_id).order_by(Unit.id).limit(limit)))


def some_readers(session: Session, audience: Audience, limit: int = 25) -> list[Person]:
    """People a bulletin can be previewed as: those who get it or had it."""
    found = candidates(audience).subquery()
    gets_it = or_(found.c.rule.is_(None), found.c.rule == Rule.ALREADY_SENT)
    chosen = select(Person).join(found, found.c.person_id == Person.id).where(gets_it)
    return list(session.scalars(chosen.order_by(Person.last_name, Person.id).limit(limit)))
