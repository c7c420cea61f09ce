"""Databases with a crowd in them, a fresh one for each round: made once, then copied."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from newsletter import schema
from newsletter.clock import utc_now
from newsletter.db import Database
from tests import postgres
from tests.bench import crowd

_TEMPLATE = "template_crowd"


class Base(Protocol):
    """One kind of database."""

    name: str

    def crowded(self, number: int) -> AbstractContextManager[Database]:
        """A database with the crowd in it, thrown away when the block ends."""


class SqliteBase:
    """Copies of a file."""

    name = "sqlite"

    def __init__(self, folder: Path, people: int) -> None:
        self._folder, self._template = folder, folder / "template.db"
        _fill(Database(f"sqlite:///{self._template}"), people)

    @contextmanager
    def crowded(self, number: int) -> Iterator[Database]:
        folder = self._folder / f"db-{number}"
        folder.mkdir()
        shutil.copyfile(self._template, folder / "newsletter.db")
        db = Database(f"sqlite:///{folder / 'newsletter.db'}")
        try:
            yield db
        finally:
            db.close()
            shutil.rmtree(folder)


class PostgresBase:
    """Copies of a template in a cluster that may be killed."""

    name = "postgresql"

    def __init__(self, cluster: postgres.Cluster, people: int) -> None:
        self._cluster = cluster
        cluster.create(_TEMPLATE)
        _fill(Database(cluster.url(_TEMPLATE)), people)

    @contextmanager
    def crowded(self, number: int) -> Iterator[Database]:
        name = f"round_{number}"
        self._cluster.create(name, template=_TEMPLATE)
        db = Database(self._cluster.url(name))
        try:
            yield db
        finally:
            db.close()
            self._cluster.drop(name)

    def kill(self) -> None:
        """Kill -9 the server and start it again."""
        self._cluster.kill()
        self._cluster.start_again()


def _fill(db: Database, people: int) -> None:
    schema.migrate(db)
    crowd.settle(db, people, utc_now())
    db.close()
