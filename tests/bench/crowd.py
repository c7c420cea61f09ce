"""A base of any size for a bench: people with a machine each, and a bulletin whose letters are all different."""

from datetime import datetime

from sqlalchemy import insert, select

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.topic import Topic
from newsletter.bulletin.compose import Sender
from newsletter.bulletin.when import When
from newsletter.db import Base, Database
from newsletter.ledger.order import Desk
from newsletter.links import Links

SENDER = Sender("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road", "acme.example")
_PARAGRAPH = (
    "Grease the spindle bearings of {{ model }} {{ serial }} every 500 hours, {{ first_name }}, and note it in the "
    "machine's log. A dry bearing runs hot long before it is heard, and the part is not on our shelf.\n\n"
)
TEXT = (
    "---\nnumber: TB-1\ntitle: Grease for {{ serial }}\nclass: technical\nlanguage: en\nmodels: VX-500\n---\n"
    "# Spindle bearings of {{ serial }}\n\nDear {{ name }},\n\n" + _PARAGRAPH
)
_SLICE = 20_000  # rows in one INSERT


def settle(db: Database, people: int, now: datetime) -> None:
    """Fill an empty house: every person stands at an account of their own with one machine, and agreed to bulletins."""
    with db.write() as session:
        topic = Topic(key="bench", name="Technical bulletins", created_at=now)
        product = Product(model="VX-500")
        session.add_all((topic, product))
        session.flush()
        topic_id, product_id = topic.id, product.id
    for first in range(1, people + 1, _SLICE):
        with db.write() as session:
            for table, rows in _rows(range(first, min(first + _SLICE, people + 1)), topic_id, product_id, now).items():
                session.execute(insert(table), rows)
    _keep_counting(db, people)


def order(db: Database, links: Links, now: datetime) -> int:
    """A run of the bulletin to everybody, due now; its id."""
    with db.read() as session:
        topic = session.scalars(select(Topic.key).where(Topic.key == "bench")).one()
    run = Desk(db, SENDER, links).order(TEXT, topic=topic, when=When(now), author="bench", now=now).run
    assert run is not None
    return run


def _rows(numbers: range, topic: int, product: int, now: datetime) -> dict[type[Base], list[dict[str, object]]]:
    granted = ConsentAct.GRANTED
    return {
        Account: [
            {"id": n, "number": f"K{n}", "name": f"Works {n}", "country": "DE", "created_at": now} for n in numbers
        ],
        Unit: [
            {"id": n, "account_id": n, "product_id": product, "serial": f"A{n}", "serial_prefix": "A"}
            | {"serial_number": n, "created_at": now}
            for n in numbers
        ],
        Person: [
            {"id": n, "address": f"p{n}@crowd.example", "address_key": f"p{n}@crowd.example", "first_name": f"Jo{n}"}
            | {"last_name": "Doe", "language": "en", "created_at": now}
            for n in numbers
        ],
        Affiliation: [{"person_id": n, "account_id": n} for n in numbers],
        Consent: [
            {"id": n, "person_id": n, "topic_id": topic, "act": granted, "recorded_at": now, "source": "bench"}
            for n in numbers
        ],
        Subscription: [{"person_id": n, "topic_id": topic, "state": granted, "consent_id": n} for n in numbers],
    }


def _keep_counting(db: Database, people: int) -> None:
    """Let the ids go on behind those that were given here, and let PostgreSQL know how large the tables filled are."""
    if db.is_sqlite:
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in ("account", "unit", "person", "consent"):
            connection.exec_driver_sql(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {people})")
        connection.exec_driver_sql("ANALYZE account, unit, person, affiliation, consent, subscription")
