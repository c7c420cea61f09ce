"""Who a bulletin is for, and who of them gets no copy, by which rule.

It is one statement, so that counting before and enrolling afterwards cannot disagree.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.serial import SerialRange
from newsletter.account.unit import Unit
from newsletter.audience.bounce import Unreachable
from newsletter.audience.chosen import Chosen
from newsletter.audience.consent import MAY_WRITE, ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import DIGESTS, Frequency, MutedUnit, Preference
from newsletter.audience.suppression import Suppression
from newsletter.audience.unreachable import is_unreachable


class Rule(StrEnum):
    """Why somebody the audience names gets no copy. The first that holds is the one given."""

    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"
    PAUSED = "paused"
    NO_CONSENT = "no_consent"
    BOUNCED = "bounced"  # the address is gone: what is sent there comes back
    SAFETY_ONLY = "safety_only"
    MACHINES_CHOSEN = "machines_chosen"  # they want no mails about any of the machines it names
    ALREADY_SENT = "already_sent"
    DIGEST = "digest"  # weekly or monthly: it comes to them there, and would by no other rule be kept from them
    MISSING_VALUE = "missing_value"  # followed by ":first_name", the tag that has none


@dataclass(frozen=True, slots=True)
class Audience:
    """Everybody with consent to a topic who stands at an account that has one of the machines.

    Without `models` everybody with consent to the topic, or everybody whom a segment has `chosen`; with both a person
    must match both, and so must a machine. `needs` are the merge tags without a default: a person who has
    no value for one is left out, never greeted with "Hello ,". `already` selects the ids of the people who had this
    bulletin before. `at` is when it is sent: a pause may be over then. A bulletin of class safety (`is_safety`) goes to
    those who paused, want digests or muted a machine, too; never to who left.
    """

    topic_id: int
    models: tuple[str, ...] = ()
    serials: tuple[SerialRange, ...] = ()
    needs: tuple[str, ...] = ()
    already: Select[int] | None = None
    at: datetime = field(kw_only=True)
    is_safety: bool = field(default=False, kw_only=True)
    chosen: Chosen | None = field(default=None, kw_only=True)

    @property
    def names_machines(self) -> bool:
        """Whether it is chosen by machines, so that a copy speaks of some."""
        return bool(self.models) or (self.chosen is not None and self.chosen.names_machines)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many get a copy, how many do not by rule, and how many machines stand behind them."""

    targeted: int
    left_out: dict[str, int]
    units: int
    units_reached: int


def candidates(audience: Audience) -> Select[int, str, str, str | None]:
    """Rows (person_id, address, units, rule): everybody the audience names; `rule` is NULL for who gets a copy.

    `units` are the ids of the person's matching units, "12,45", without those they want no mails about.
    """
    named = _named(audience).subquery("named")
    return (
        select(Person.id.label("person_id"), Person.address, named.c.units, _rule(audience, named).label("rule"))
        .join(named, named.c.person_id == Person.id)
        .outerjoin(Subscription, and_(Subscription.person_id == Person.id, Subscription.topic_id == audience.topic_id))
        .outerjoin(Suppression, and_(Suppression.address_key == Person.address_key, Suppression.lifted_at.is_(None)))
        .outerjoin(Preference, Preference.person_id == Person.id)
        .outerjoin(Unreachable, and_(Unreachable.person_id == Person.id, is_unreachable()))
    )


def reach(session: Session, audience: Audience) -> Reach:
    """The audience counted, as enrolling would find it now."""
    found = candidates(audience).subquery()
    rows = session.execute(select(found.c.rule, func.count()).group_by(found.c.rule)).all()
    counts: dict[str | None, int] = {rule: count for rule, count in rows}  # noqa: C416 - dict() cannot tell a row from a pair
    targeted = counts.pop(None, 0)
    left_out = {rule: count for rule, count in sorted(counts.items(), key=lambda item: str(item[0])) if rule}
    return Reach(targeted, left_out, *_units_reached(session, audience))


def left_out(session: Session, audience: Audience, limit: int = 200) -> list[tuple[int, str, str, str]]:
    """Who gets no copy: (person_id, name, address, rule), by rule and address."""
    found = candidates(audience).subquery()
    rows = session.execute(
        select(Person, found.c.rule)
        .join(found, found.c.person_id == Person.id)
        .where(found.c.rule.is_not(None))
        .order_by(found.c.rule, Person.address)
        .limit(limit)
    )
    return [(person.id, person.name, person.address, rule) for person, rule in rows]


def units_of(session: Session, audience: Audience, person_id: int) -> tuple[int, ...] | None:
    """The person's machines that the audience names; None when the audience does not name the person."""
    row = session.execute(candidates(audience).where(Person.id == person_id)).first()
    return None if row is None else tuple(int(unit) for unit in row.units.split(",") if unit)


def matching_units(audience: Audience) -> Select[int, int]:
    """Rows (unit id, account id): the machines the audience names."""
    matching = select(Unit.id, Unit.account_id)
    if audience.models:
        matching = matching.join(Product).where(Product.model.in_(audience.models))
    if audience.serials:
        matching = matching.where(or_(*(_within(r) for r in audience.serials)))
    if audience.chosen is not None and audience.chosen.units is not None:
        matching = matching.where(Unit.id.in_(audience.chosen.units.correlate(None)))
    return matching


def readers_of(audience: Audience) -> Select[int, int]:
    """Rows (unit id, readers) of the machines the audience names: how many people hear of each, or have already."""
    found, matching = candidates(audience).cte("found"), matching_units(audience).subquery("machines")
    hears = or_(found.c.rule.is_(None), found.c.rule == Rule.ALREADY_SENT)
    # By account first: machine by machine both databases would go through everybody for each.
    there = select(Affiliation.account_id, func.count().label("readers"))
    there = there.join(found, found.c.person_id == Affiliation.person_id).where(hears)
    at_account = there.group_by(Affiliation.account_id).subquery("at_account")
    muted = select(MutedUnit.unit_id, func.count().label("readers")).join(Unit, Unit.id == MutedUnit.unit_id)
    stands_there = and_(Affiliation.person_id == MutedUnit.person_id, Affiliation.account_id == Unit.account_id)
    muted = muted.join(Affiliation, stands_there).join(found, found.c.person_id == MutedUnit.person_id)
    not_heard = muted.where(hears, literal(not audience.is_safety)).group_by(MutedUnit.unit_id).subquery("not_heard")
    readers = func.coalesce(at_account.c.readers, 0) - func.coalesce(not_heard.c.readers, 0)
    return (
        select(matching.c.id, readers.label("readers"))
        .outerjoin(at_account, at_account.c.account_id == matching.c.account_id)
        .outerjoin(not_heard, not_heard.c.unit_id == matching.c.id)
    )


def _named(audience: Audience) -> Select[int, str, int]:
    """Rows (person_id, units, machines): `machines` is how many of theirs it names, muted ones too."""
    if not audience.names_machines:
        return _without_machines(audience)
    with_machines = _with_machines(audience)
    if audience.chosen is None:
        return with_machines
    people = audience.chosen.people.subquery("chosen")
    (person_id,) = people.c
    theirs = with_machines.subquery("theirs")
    units, machines = func.coalesce(theirs.c.units, ""), func.coalesce(theirs.c.machines, 0)
    told = select(person_id.label("person_id"), units.label("units"), machines.label("machines"))
    # A segment may choose some by their machines and others by something else: these have none to be told of.
    return told.join_from(people, theirs, theirs.c.person_id == person_id, isouter=not audience.models)


def _without_machines(audience: Audience) -> Select[int, str, int]:
    nothing = literal("").label("units"), literal(0).label("machines")
    if audience.chosen is not None:
        (person_id,) = audience.chosen.people.subquery("chosen").c
        return select(person_id.label("person_id"), *nothing)
    return select(Subscription.person_id, *nothing).where(Subscription.topic_id == audience.topic_id)


def _with_machines(audience: Audience) -> Select[int, str, int]:
    matching = matching_units(audience).subquery("matching")
    named = select(Affiliation.person_id).join(matching, matching.c.account_id == Affiliation.account_id)
    unit: ColumnElement[str] = cast(matching.c.id, Text)
    if not audience.is_safety:
        named, unit = named.outerjoin(MutedUnit, _mutes(matching)), case((MutedUnit.unit_id.is_(None), unit))
    units = func.coalesce(func.aggregate_strings(unit, ","), "").label("units")
    return named.add_columns(units, func.count().label("machines")).group_by(Affiliation.person_id)


def _mutes(matching: Subquery) -> ColumnElement[bool]:
    return and_(MutedUnit.person_id == Affiliation.person_id, MutedUnit.unit_id == matching.c.id)


def _within(serials: SerialRange) -> ColumnElement[bool]:
    return and_(Unit.serial_prefix == serials.prefix, Unit.serial_number.between(serials.first, serials.last))


def _rule(audience: Audience, named: Subquery) -> ColumnElement[str | None]:
    before = [] if audience.already is None else [(Person.id.in_(audience.already), literal(Rule.ALREADY_SENT.value))]
    missing = [(_lacks(tag, audience, named), literal(f"{Rule.MISSING_VALUE}:{tag}")) for tag in audience.needs]
    return case(
        (Suppression.id.is_not(None), literal(Rule.SUPPRESSED.value)),
        (Subscription.state == ConsentAct.WITHDRAWN, literal(Rule.OPTED_OUT.value)),
        (Subscription.state == ConsentAct.PAUSED, literal(Rule.PAUSED.value)),
        (func.coalesce(Subscription.state, "").not_in(MAY_WRITE), literal(Rule.NO_CONSENT.value)),
        (Unreachable.person_id.is_not(None), literal(Rule.BOUNCED.value)),
        *([] if audience.is_safety else _wished(audience, named)),
        *before,
        *([] if audience.is_safety else [(Preference.frequency.in_(DIGESTS), literal(Rule.DIGEST.value))]),
        *missing,
        else_=None,
    )


def _wished(audience: Audience, named: Subquery) -> list[tuple[ColumnElement[bool], ColumnElement[str]]]:
    rules = [
        (Preference.paused_until > audience.at, Rule.PAUSED),
        (Preference.frequency == Frequency.SAFETY, Rule.SAFETY_ONLY),
    ]
    if audience.names_machines:
        rules.append((and_(named.c.units == "", named.c.machines > 0), Rule.MACHINES_CHOSEN))
    return [(condition, literal(rule.value)) for condition, rule in rules]


def _lacks(tag: str, audience: Audience, named: Subquery) -> ColumnElement[bool]:
    if tag in ("model", "serial"):
        return named.c.units == ""
    if tag in ("account_number", "account_name"):
        return ~_stands_at(audience).where(func.trim(getattr(Account, tag.removeprefix("account_"))) != "").exists()
    blank = {"first_name": func.trim(Person.first_name) == "", "last_name": func.trim(Person.last_name) == ""}
    blank["name"] = and_(*blank.values())
    return blank.get(tag, false())


def _stands_at(audience: Audience) -> Select[int]:
    """The accounts a copy speaks of: those of the person's machines, or all where no machine is named."""
    accounts = select(Account.id).join(Affiliation).where(Affiliation.person_id == Person.id)
    return (
        accounts.where(Account.id.in_(select(matching_units(audience).subquery().c.account_id)))
        if audience.names_machines
        else accounts
    )


def _units_reached(session: Session, audience: Audience) -> tuple[int, int]:
    if not audience.names_machines:
        return 0, 0
    heard = readers_of(audience).subquery()
    counted = select(func.count(), func.count().filter(heard.c.readers > 0)).select_from(heard)
    machines, reached = session.execute(counted).one()
    return machines, reached
