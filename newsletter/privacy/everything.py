"""Everything we hold about one person, to hand over (GDPR Art. 15 and 20): every row of every table, by its columns."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.address import read_address
from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.errors import NotFound
from newsletter.ledger.run import Run
from newsletter.privacy.holdings import HOLDINGS, Whose

Rows = list[dict[str, Any]]


def everything(session: Session, person_id: int) -> dict[str, Any]:
    """Rows by table, only of what JSON knows; times are ISO 8601 in UTC. `names` tells what the ids in them stand for.

    Raises NotFound where the person is gone.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("This link leads nowhere.")
    whose = Whose(person.id, person.address, person.address_key)
    tables: dict[str, Rows] = {}
    for holding in HOLDINGS:
        order = list(holding.table.primary_key.columns)
        found = session.execute(select(holding.table).where(holding.rows(whose)).order_by(*order)).mappings()
        tables[holding.name] = [{name: _plain(value) for name, value in row.items()} for row in found]
    return {"person": tables.pop("person")[0], "held": tables, "names": _names(session, tables)}


def everything_at(session: Session, address: str) -> dict[str, Any]:
    """The same about whose address this is. Raises BadAddress, NotFound."""
    person_id = session.scalar(select(Person.id).where(Person.address_key == read_address(address).key))
    if person_id is None:
        raise NotFound("We hold nobody with this address.", hint="Look at how it is spelled.")
    return everything(session, person_id)


def _names(session: Session, tables: Mapping[str, Rows]) -> dict[str, dict[str, str]]:
    def ids(column: str) -> set[Any]:
        return {row[column] for rows in tables.values() for row in rows if row.get(column) is not None}

    units = select(Unit.id, Product.model + " " + Unit.serial).join(Product, Product.id == Unit.product_id)
    runs = select(Run.id, Bulletin.number).join(Version, Version.id == Run.version_id)
    runs = runs.join(Bulletin, Bulletin.id == Version.bulletin_id)
    queries = {
        "topic_id": select(Topic.id, Topic.name).where(Topic.id.in_(ids("topic_id"))),
        "account_id": select(Account.id, Account.name).where(Account.id.in_(ids("account_id"))),
        "unit_id": units.where(Unit.id.in_(ids("unit_id"))),
        "run_id": runs.where(Run.id.in_(ids("run_id"))),
    }
    return {column: {str(id_): name for id_, name in session.execute(query)} for column, query in queries.items()}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime | date) else value
