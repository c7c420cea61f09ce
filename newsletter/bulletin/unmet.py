"""Conditions that are true of nobody a bulletin goes to: a misspelt model, a country without customers."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, and_, false, func, literal, or_, select, true
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.serial import read_ranges
from newsletter.account.unit import Unit
from newsletter.audience.consent import MAY_WRITE, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.segment import Audience, matching_units
from newsletter.bulletin.condition import Condition, Kind
from newsletter.bulletin.source import Source

_stands_there = Affiliation.person_id == Subscription.person_id


def conditions_of(source: Source) -> tuple[Condition, ...]:
    """The conditions of a bulletin in all its languages, each once."""
    sections = (section for variant in source.each for section in variant.sections)
    return tuple(dict.fromkeys(part.condition for section in sections for part in section.parts.parts))


def unmet(session: Session, audience: Audience, conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Those that are true of nobody who agreed to get such bulletins and, for all but languages, has such machines.

    It asks for one such person and counts nobody, so that it takes no longer among a million.
    """
    return tuple(one for one in conditions if session.scalar(_somebody(one, audience).limit(1)) is None)


def unknown_models(session: Session, conditions: Iterable[Condition]) -> tuple[str, ...]:
    """The models of conditions that no machine on record has."""
    named = dict.fromkeys(model for one in conditions if one.kind is Kind.MODEL for model in one.values)
    known = set(session.scalars(select(Product.model).where(Product.model.in_(named)))) if named else set()
    return tuple(model for model in named if model not in known)


def _somebody(condition: Condition, audience: Audience) -> Select[int]:
    """Rows where there is anybody of whom it is true."""
    agreed = select(literal(1)).select_from(Subscription).where(_agreed(audience))
    if condition.kind is Kind.LANGUAGE:
        spoken = _speaks(condition)
        return agreed.join(Person, Person.id == Subscription.person_id).where(~spoken if condition.is_not else spoken)
    if condition.is_not:
        theirs = _met(condition, audience).where(_stands_there).correlate(Subscription)
        return agreed.where(_has_machine(audience), ~theirs.exists())
    return _met(condition, audience).join(Subscription, _stands_there).where(_agreed(audience))


def _agreed(audience: Audience) -> ColumnElement[bool]:
    agreed = and_(Subscription.topic_id == audience.topic_id, Subscription.state.in_(MAY_WRITE))
    return agreed if audience.chosen is None else and_(agreed, Subscription.person_id.in_(audience.chosen.people))


def _has_machine(audience: Audience) -> ColumnElement[bool]:
    """Whether it is about a machine of theirs, where it is about machines."""
    return (
        _places(audience).where(_stands_there).correlate(Subscription).exists() if audience.names_machines else true()
    )


def _places(audience: Audience) -> Select[int]:
    """Affiliations with an account a copy may speak of, each machine that it may speak of beside it."""
    places = select(literal(1)).select_from(Affiliation)
    if not audience.names_machines:
        return places
    meant = matching_units(audience).subquery("meant")
    return places.join(meant, meant.c.account_id == Affiliation.account_id).join(Unit, Unit.id == meant.c.id)


def _met(condition: Condition, audience: Audience) -> Select[int]:
    """Those of them of which a condition is true, turned round or not."""
    places = _places(audience)
    if condition.kind is Kind.COUNTRY:
        there = Account.country.in_(condition.values)
        return places.join(Account, Account.id == Affiliation.account_id).where(there)
    if not audience.names_machines:
        return places.where(false())  # a copy speaks of none
    if condition.kind is Kind.MODEL:
        return places.join(Product, Product.id == Unit.product_id).where(Product.model.in_(condition.values))
    ranges = read_ranges(", ".join(condition.values))
    held = (and_(Unit.serial_prefix == one.prefix, Unit.serial_number.between(one.first, one.last)) for one in ranges)
    return places.where(or_(*held))


def _speaks(condition: Condition) -> ColumnElement[bool]:
    spoken = func.replace(func.lower(Person.language), "_", "-")
    wishes = [value.lower() for value in condition.values]
    return or_(*(or_(spoken == wish, spoken.startswith(f"{wish}-", autoescape=True)) for wish in wishes))
