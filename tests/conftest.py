"""What every test may ask for: a real database of either kind, a fixed time, keys, settings, a real SMTP server."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import hypothesis
import psycopg
import pytest
from sqlalchemy import event

from config import Config
from newsletter import schema, tables
from newsletter.db import Database
from newsletter.links import Links
from newsletter.tokens import Signer
from newsletter.web.recorder import settle_all
from tests import loopback, postgres, quick, relay_sink

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_TEMPLATE = "template_house"
_QUEUE = [f"procrastinate_{table}" for table in ("events", "jobs", "periodic_defers", "workers")]
_serial = count(1)

hypothesis.settings.register_profile("house", derandomize=True, deadline=None)
hypothesis.settings.load_profile("house")
quick.install()


class MakeConfig(Protocol):
    """The `config` fixture."""

    def __call__(self, db: Database | None = None, **settings: Any) -> Config: ...  # noqa: ANN401 - any setting


@pytest.fixture(scope="session")
def _loopback_guard() -> loopback.Guard:
    return loopback.Guard()


@pytest.fixture(autouse=True)
def reached_out(_loopback_guard: loopback.Guard) -> Iterator[list[str]]:
    """What this test tried to reach beyond loopback; it fails if there is something, swallowed or not."""
    _loopback_guard.attempts.clear()
    yield _loopback_guard.attempts
    assert not _loopback_guard.attempts


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NEWSLETTER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def now() -> datetime:
    """A Saturday morning, the same in every test."""
    return datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    """The session's PostgreSQL, with one migrated template database."""
    with postgres.running() as cluster:
        cluster.create(_TEMPLATE)
        _migrated_and_closed(Database(cluster.url(_TEMPLATE)))
        yield cluster


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "newsletter.db"
    _migrated_and_closed(Database(f"sqlite:///{file}"))
    assert not file.with_name("newsletter.db-wal").exists()  # the last to close writes the log into the file
    return file


class _Used:
    """Databases of tests that are over, empty again: a new engine compiles every statement anew."""

    def __init__(self) -> None:
        self._free: list[Database] = []
        self._listeners: dict[Database, tuple[int, ...]] = {}

    def pop(self) -> Database | None:
        """One that is free."""
        return self._free.pop() if self._free else None

    def lend(self, db: Database) -> Database:
        """One that is new from now on."""
        self._listeners[db] = _listeners(db)
        return db

    def give_back(self, db: Database) -> None:
        """Keep one for the next test, unless this one has left somebody to listen to it."""
        if self._listeners[db] == _listeners(db):
            self._free.append(db)
        else:
            db.close()


def _listeners(db: Database) -> tuple[int, ...]:
    engine, pool = db.engine.dispatch, db.engine.pool.dispatch
    return len(engine.begin), len(engine.before_cursor_execute), len(pool.connect), len(pool.checkout)


@pytest.fixture(scope="session")
def _used_sqlite() -> _Used:
    return _Used()


@pytest.fixture(scope="session")
def _used_postgres(cluster: postgres.Cluster) -> Iterator[_Used]:  # noqa: ARG001 - which outlives their connections
    used = _Used()
    yield used
    while db := used.pop():
        db.close()


@pytest.fixture
def sqlite_db(
    request: pytest.FixtureRequest,
    _sqlite_template: Path,
    tmp_path_factory: pytest.TempPathFactory,
    _used_sqlite: _Used,
) -> Iterator[Database]:
    """A migrated, empty SQLite database.

    Where engines run as processes it has a place of its own: one that ends late removes the log of whatever is there.
    """
    is_shared = not {"engine", "faults"}.intersection(request.path.parts)
    db = _used_sqlite.pop() if is_shared else None
    if db is None:
        db = _used_sqlite.lend(Database(f"sqlite:///{tmp_path_factory.mktemp('db') / 'newsletter.db'}"))
    file = Path(db.engine.url.database or "")
    for left in file.parent.iterdir():
        left.unlink()
    shutil.copyfile(_sqlite_template, file)
    yield db
    settle_all()
    db.close()
    if is_shared:
        _used_sqlite.give_back(db)


@pytest.fixture
def postgres_db(cluster: postgres.Cluster, _used_postgres: _Used) -> Iterator[Database]:
    """A migrated, empty PostgreSQL database; to empty one takes a fifth of the time of a new copy."""
    db = _used_postgres.pop() or _used_postgres.lend(_kept(Database(cluster.url(_copy_of_template(cluster)))))
    yield db
    settle_all()
    if db.engine.pool.checkedout():  # type: ignore[attr-defined] # - by a process or thread that still ends
        db.close()
    name = db.engine.url.database or ""
    if cluster.is_as_new(name, [*_QUEUE, *tables.metadata.tables]):
        _used_postgres.give_back(db)
    else:
        db.close()
        cluster.drop(name)


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def db(request: pytest.FixtureRequest) -> Database:
    """A migrated, empty database; the test runs once on each kind."""
    database: Database = request.getfixturevalue("sqlite_db" if request.param == SQLITE else "postgres_db")
    return database


@pytest.fixture
def signer() -> Signer:
    """One key, the same in every test."""
    return Signer((b"the key of the tests, 32 octets+",))


@pytest.fixture
def links(signer: Signer) -> Links:
    """Links of a vendor that does not exist."""
    return Links("https://news.vendor.example", signer)


@pytest.fixture
def config(tmp_path: Path) -> MakeConfig:
    """Makes settings that point into the test's own folder, and at `db` if it is given.

    >>> config(db, smtp_url=relay_sink.url)
    """

    def make(db: Database | None = None, **settings: Any) -> Config:  # noqa: ANN401 - any setting
        here = {"var": tmp_path / "var", "secret_key": "k" * 40}
        if db:
            here["database_url"] = db.engine.url.render_as_string(hide_password=False)
        return Config(**{**here, **settings})

    return make


@pytest.fixture(name="relay_sink")
def _relay_sink() -> Iterator[relay_sink.RelaySink]:
    """A real SMTP server on a free port; `messages` holds what it took."""
    with relay_sink.running() as sink:
        yield sink


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program, for `executable_path`."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if program := shutil.which(name):
            return program
    pytest.fail("Chromium is missing: apt-get install -y chromium", pytrace=False)


def _copy_of_template(cluster: postgres.Cluster) -> str:
    name = f"test_{next(_serial)}"
    cluster.create(name, template=_TEMPLATE)
    return name


def _kept(db: Database) -> Database:
    """Its connections outlive a test: a new one learns anew what each table is, which takes longer than most tests."""
    event.listen(db.engine, "connect", lambda connection, _: _named(connection))
    return db


def _named(connection: psycopg.Connection[Any]) -> None:
    connection.execute(f"SET application_name = {postgres.KEPT}")
    connection.commit()


def _migrated_and_closed(db: Database) -> None:
    schema.migrate(db)
    db.close()
