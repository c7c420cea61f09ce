"""What most commands begin with: the settings and an up-to-date database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, is_dataclass
from datetime import date, datetime
from typing import Any

import click

from config import Config, load
from newsletter.db import Database
from newsletter.errors import Misconfigured
from newsletter.ledger.order import Desk
from newsletter.schema import migrate
from newsletter.segment.choosing import choose

ID = click.IntRange(1, 2**63 - 1)
"""A number that a row may have: more than that no database takes."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The settings and the database of one command."""

    config: Config
    db: Database

    @property
    def desk(self) -> Desk:
        """Where bulletins are ordered."""
        return Desk(self.db, self.config.sender, self.config.links(), choose, self.config.approval)


@contextmanager
def opened() -> Iterator[Shop]:
    """The shop, its database brought to the newest schema."""
    config = load()
    try:
        config.var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        sentence = f"NEWSLETTER_VAR: the folder {config.var} cannot be made: {error.strerror}."
        raise Misconfigured(sentence, hint="Name a folder that this user can write to.") from error
    db = Database(config.database)
    try:
        migrate(db)
        yield Shop(config, db)
    finally:
        db.close()


def print_json(value: object) -> None:
    """One JSON document on stdout, for machines."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def _plain(value: Any) -> object:  # noqa: ANN401 - json hands over whatever it does not know
    if isinstance(value, datetime | date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return str(value)
