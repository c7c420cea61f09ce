"""Where the readers of a run are, gathered into the few instants at which it is a given time there."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import CTE, Subquery, Table, Text, and_, column, func, literal, select, values
from sqlalchemy import Integer as SqlInteger
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.pace.local import theirs
from newsletter.pace.zones import zones_of


@dataclass(frozen=True, slots=True)
class Places:
    """The `times` at which it is the hour somewhere, ascending; the others are indexes into it.

    `own` goes by the zone of a person, `accounts` by zone and country of the account where they stand; `rest` is for
    whoever is in neither.
    """

    times: tuple[datetime, ...]
    own: Mapping[str, int]
    accounts: Mapping[tuple[str, str], int]
    rest: int


def places(session: Session, wall: datetime, zone: str, not_before: datetime) -> Places:
    """When it is `wall` (naive) where anybody on record is; `zone` is for whom we know none."""
    own = {known: (known,) for known in session.scalars(select(Person.zone).distinct()) if _is_known(known)}
    stands = session.execute(select(Account.zone, Account.country).distinct()).all()
    accounts = {(known, country): zones_of("", known, country, zone) for known, country in stands}
    at = {zones: theirs(wall, zones, not_before) for zones in {(zone,), *own.values(), *accounts.values()}}
    times = tuple(sorted(set(at.values())))
    group = {zones: times.index(instant) for zones, instant in at.items()}
    return Places(
        times,
        {known: group[zones] for known, zones in own.items()},
        {where: group[zones] for where, zones in accounts.items()},
        group[(zone,)],
    )


def placed(found: Table, here: Places) -> Subquery:
    """The candidates who get a copy, each with the index of their time as `place`."""
    first = select(Affiliation.person_id, func.min(Affiliation.account_id).label("account_id"))
    stands = first.group_by(Affiliation.person_id).subquery("stands")
    own, accounts = _own(here), _accounts(here)
    place = func.coalesce(own.c.place, accounts.c.place, literal(here.rest, SqlInteger))
    return (
        select(found, place.label("place"))
        .join(Person, Person.id == found.c.person_id)
        .outerjoin(own, own.c.zone == Person.zone)
        .outerjoin(stands, stands.c.person_id == found.c.person_id)
        .outerjoin(Account, Account.id == stands.c.account_id)
        .outerjoin(accounts, and_(accounts.c.zone == Account.zone, accounts.c.country == Account.country))
        .where(found.c.rule.is_(None))
        .subquery("placed")
    )


def _own(here: Places) -> CTE:
    rows = [*here.own.items()] or [("nowhere", here.rest)]
    return values(column("zone", Text), column("place", SqlInteger), name="own_place").data(rows).cte("own_place")


def _accounts(here: Places) -> CTE:
    rows = [(zone, country, place) for (zone, country), place in here.accounts.items()] or [("nowhere", "", here.rest)]
    columns = column("zone", Text), column("country", Text), column("place", SqlInteger)
    return values(*columns, name="account_place").data(rows).cte("account_place")


def _is_known(zone: str) -> bool:
    return zones_of(zone, "", "", "") == (zone,) and bool(zone)
