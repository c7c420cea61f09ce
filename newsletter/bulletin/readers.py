"""The people of many copies at once, with their machines: at most three queries, however many there are."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import attrgetter
from sys import intern
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Select, Text, any_, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.bulletin.values import Machine, Reader
from newsletter.db import array_of, plain_rows

_in_order = attrgetter("account_number", "model", "serial")


def readers(session: Session, units_of: Mapping[int, Sequence[int]]) -> dict[int, Reader]:
    """Readers by person id. `units_of` gives for each person the ids of the machines that copy speaks of.

    What many of them have alike is kept once: a sender holds hundreds.
    """
    units = {unit for units in units_of.values() for unit in units}
    machines = {
        id_: Machine(id_, intern(model), serial, number, name, intern(country))
        for id_, model, serial, number, name, country in _rows(session, _machines, units)
    }
    theirs = {person: [machines[unit] for unit in units if unit in machines] for person, units in units_of.items()}
    accounts = _accounts_of(session, [person for person, named in theirs.items() if not named])
    found = {}
    for person_id, address, first_name, last_name, language in _rows(session, _people, units_of):
        named = theirs[person_id]
        own = () if named else accounts[person_id]
        owners = _owners(named) or tuple((number, name) for number, name, _ in own)
        countries = tuple(dict.fromkeys([country for _, _, country in own])) if own else ()
        found[person_id] = Reader(address, first_name, last_name, intern(language), tuple(named), owners, countries)
    return found


def _owners(machines: list[Machine]) -> tuple[tuple[str, str], ...]:
    """Whose the machines are, after putting them in order."""
    if len(machines) == 1:
        return ((machines[0].account_number, machines[0].account_name),)
    machines.sort(key=_in_order)
    return tuple(dict.fromkeys([(machine.account_number, machine.account_name) for machine in machines]))


def _accounts_of(session: Session, person_ids: Collection[int]) -> dict[int, list[tuple[str, str, str]]]:
    """Number, name and country of each account of each person."""
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    for person_id, number, name, country in _rows(session, _accounts, person_ids):
        found[person_id].append((number, name, country))
    return found


def _rows(session: Session, query: Callable[[str], Select[Any]], ids: Collection[int]) -> Sequence[tuple[Any, ...]]:
    """What a query gives for these ids, which travel as one parameter: databases take only so many."""
    if not ids:
        return ()
    dialect = session.get_bind().dialect.name
    told = json.dumps(list(ids)) if dialect == "sqlite" else array_of(ids)
    return plain_rows(session, query(dialect), {"ids": told})


# Columns of tables, not of classes: no object is made of a row but ours.
@lru_cache
def _people(dialect: str) -> Select[Any]:
    person = Person.__table__.c
    told = person.address, person.first_name, person.last_name, person.language
    return select(person.id, *told).where(_wanted(person.id, dialect))


@lru_cache
def _machines(dialect: str) -> Select[Any]:
    unit, product, account = Unit.__table__.c, Product.__table__.c, Account.__table__.c
    told = product.model, unit.serial, account.number, account.name, account.country
    joined = Unit.__table__.join(Product.__table__).join(Account.__table__)
    return select(unit.id, *told).select_from(joined).where(_wanted(unit.id, dialect))


@lru_cache
def _accounts(dialect: str) -> Select[Any]:
    person_id, account = Affiliation.__table__.c.person_id, Account.__table__.c
    joined = Affiliation.__table__.join(Account.__table__)
    chosen = select(person_id, account.number, account.name, account.country).select_from(joined)
    return chosen.where(_wanted(person_id, dialect)).order_by(account.number)


def _wanted(column: ColumnElement[int], dialect: str) -> ColumnElement[bool]:
    ids: BindParameter[str] = bindparam("ids", type_=Text())
    if dialect == "sqlite":
        return column.in_(select(func.json_each(ids).table_valued("value").c.value))
    return column == any_(cast(ids, ARRAY(BigInteger)))
