"""The vendor of a few hundred accounts with years behind them, for the pages that want many of both."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from config import Config
from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.audience.person import Person
from newsletter.db import Database
from newsletter.retention.count_months import count_months
from newsletter.retention.count_reach import count_reach
from newsletter.retention.months import ended_months
from newsletter.schema import migrate
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty
from newsletter.web.app import create_app
from tests.bench.large_base import fill
from tests.browser.conftest import served

ACCOUNTS = 300
MODELS = ("VX-500", "VX-500i", "LT-20", "LT-35", "GR-8", "CT-7", "VX-630", "GR-12")
PLACES = ("Ashford", "Brenta", "Castell", "Dalby", "Elmsee", "Farnham", "Glarus", "Hvide", "Isola", "Jarrow", "Kolding")
TRADES = ("Toolroom", "Gears", "Foundry", "Valves", "Castings", "Moulds", "Bearings")
FIRST = ("Ada", "Bruno", "Clara", "Emil", "Greta", "Hugo", "Ines", "Jonas", "Karin", "Luca", "Mira")
LAST = (
    "Adler",
    "Bonet",
    "Cole",
    "Dahl",
    "Egger",
    "Ferri",
    "Grant",
    "Holm",
    "Ivers",
    "Jansen",
    "Kranz",
    "Lund",
    "Moser",
)


@contextmanager
def large_firm(folder: Path) -> Iterator[tuple[str, str]]:
    """Where it is served, and a one-time link."""
    now = datetime.now(UTC)
    folder.mkdir()
    db = Database(f"sqlite:///{folder}/newsletter.db")
    migrate(db)
    assert len(list(fill(db, ACCOUNTS, now))) > 10
    _name(db)
    count_months(db, ended_months(now), now)
    count_reach(db, now)
    welcome = f"/staff/welcome/{invite(db, 'ada@acme.example', list(Duty), now)}"
    with served(create_app(Config(var=folder, secret_key="k" * 40, database_url=str(db.engine.url)), db=db)) as site:
        yield site, welcome
    db.close()


def _name(db: Database) -> None:
    """Firms and machines as they are called."""
    with db.write() as session:
        for account in session.scalars(select(Account)):
            account.name = f"{PLACES[account.id % len(PLACES)]} {TRADES[account.id % len(TRADES)]}"
            account.owner = account.owner.replace("colleague", "team").replace("@vendor", "@acme")
        for person in session.scalars(select(Person)):
            person.first_name, person.last_name = FIRST[person.id % len(FIRST)], LAST[person.id % len(LAST)]
            person.address = f"{person.last_name}.{person.id}@works.example".lower()
        for product in session.scalars(select(Product)):
            series, model = divmod(product.id, len(MODELS))
            product.model = f"{MODELS[model]}{' ' + 'ABCDE'[series - 1] if series else ''}"
