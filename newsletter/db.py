"""One way to the database for web, engine and command line: `Database.read()` and `Database.write()`."""

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any, ClassVar, Final, cast

from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Delete,
    Dialect,
    Engine,
    Executable,
    Integer,
    MetaData,
    Text,
    Update,
    create_engine,
    event,
)
from sqlalchemy import types as sqltypes
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from newsletter.errors import Misconfigured, Unavailable


class UtcDateTime(sqltypes.TypeDecorator[datetime]):
    """An aware UTC datetime on both databases. SQLite keeps naive text, so the zone is taken off and put back here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes: whoever made one forgot the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = f"A time without a zone reached the database: {value!r}"
            raise ValueError(msg)
        in_utc = value.astimezone(UTC)
        return in_utc.replace(tzinfo=None) if dialect.name == "sqlite" else in_utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what was put in."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


# SQLite gives its fast rowid only to a column typed exactly INTEGER.
Identity = BigInteger().with_variant(Integer(), "sqlite")


class Base(DeclarativeBase):
    """The parent of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: UtcDateTime(), int: Identity, str: Text()}


_PATIENCE = 30  # seconds that somebody waits for SQLite's one writer
_LONGEST_LOOK_AWAY = 0.1  # seconds: how seldom SQLite looks whether it is free

NEVER_REUSED: Final = {"sqlite_autoincrement": True}
"""For tables whose ids stand in links: without it SQLite gives the id of a deleted last row to the next one."""


class Database:
    """An engine and its two kinds of transaction.

    `write()` commits when its block ends and rolls back when the block raises; on SQLite it takes the write lock at
    once (BEGIN IMMEDIATE), because a transaction that upgrades from reading loses updates. `read()` cannot write at
    all: the database itself refuses, which is how GET and HEAD are kept harmless.

    `prepares` is for a process that repeats the same few statements all day: PostgreSQL keeps their plans. psycopg
    throws them away at every ROLLBACK, so such a process ends what it reads with COMMIT.
    """

    def __init__(self, url: str | URL, *, prepares: bool = False) -> None:
        self.engine = _engine(url)
        self._prepares = prepares and not self.is_sqlite
        self._line = Lock() if self.is_sqlite else None
        self._writer = sessionmaker(self.engine.execution_options(newsletter_writes=True), expire_on_commit=False)
        reading = self.engine.execution_options(newsletter_writes=False, postgresql_readonly=True)
        self._reader = sessionmaker(reading, expire_on_commit=False, autoflush=False)

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session in a read-only transaction."""
        with translated_errors(), self._reader() as session:
            yield session
            if self._prepares:
                session.expunge_all()  # what a reader set on its objects is not to be written
                session.commit()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session whose transaction is committed at the end of the block."""
        with self._turn(), translated_errors(), self._writer.begin() as session:
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let the threads of a process wait in line for SQLite's one writer.

        SQLite itself lets them sleep, each a little longer than before, and wakes whoever happens to look in time.
        """
        if self._line is None:
            yield
            return
        if not self._line.acquire(timeout=_PATIENCE):
            raise Unavailable("The database did not answer: others are writing.", hint="Try again in a moment.")
        try:
            yield
        finally:
            self._line.release()

    def give_way(self) -> None:
        """Between the parts of a long act: let those write who wait, or on SQLite they hardly find the moment."""
        if self.is_sqlite:
            time.sleep(_LONGEST_LOOK_AWAY)

    def psycopg_options(self) -> dict[str, Any]:
        """What psycopg wants in order to connect, for those who listen past SQLAlchemy. On PostgreSQL only."""
        _, options = self.engine.dialect.create_connect_args(self.engine.url)
        return {**options, **_watchful(self.engine.url)}

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


@contextmanager
def translated_errors() -> Iterator[None]:
    """Say `Unavailable` where the database is away, locked or full; let every other error through."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        sentence = f"The database did not answer: {_first_line(error)}"
        raise Unavailable(sentence, hint="Try again in a moment.") from error


def plain_rows(session: Session, statement: Executable, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement as the driver gives them: for many rows, of whole numbers and texts only.

    Rows that can be asked by name, with columns that are converted, take three times as long.
    """
    cursor: Any = session.connection().execute(statement, values).cursor
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def array_of(numbers: Iterable[int]) -> str:
    """Whole numbers as PostgreSQL reads an array, to be cast there: psycopg takes ten times as long to write one."""
    return "{" + ",".join(map(str, numbers)) + "}"


def rows_changed(session: Session, statement: Update | Delete) -> int:
    """How many rows an UPDATE or DELETE changed: the way work is claimed."""
    return cast("CursorResult[Any]", session.execute(statement)).rowcount


def _first_line(error: SQLAlchemyError) -> str:
    words = error.orig if isinstance(error, DBAPIError) else error
    return re.sub(r"\s+", " ", str(words).strip().split("\n", 1)[0])[:200]


def _engine(url: str | URL) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Misconfigured(
            "NEWSLETTER_DATABASE_URL is no database URL.",
            hint="Write sqlite:////path/to/newsletter.db or postgresql://user:password@host/name.",
        ) from error
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return _sqlite(parsed)
    if backend == "postgresql":
        driven = parsed.set(drivername="postgresql+psycopg")
        return create_engine(driven, connect_args=_watchful(parsed), pool_pre_ping=True, pool_size=10)
    raise Misconfigured(f"NEWSLETTER_DATABASE_URL names {backend!r}.", hint="SQLite and PostgreSQL are supported.")


def _watchful(url: URL) -> dict[str, Any]:
    """What makes both sides notice within half a minute that a cable was cut, unless the URL says otherwise.

    Otherwise we would wait for an answer for 15 minutes, and the server would keep our locks for two hours.
    """
    ours = {
        "connect_timeout": 10,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,
        "options": "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
        # What is recorded of a copy must outlive the server, or the next one sends it again.
        " -c synchronous_commit=on"
        # A page's statement is over long before it is compiled, which takes half a second for a long one.
        " -c jit=off"
        # Disks that seek are gone. With the default of 4, 500 machines by their ids read the whole table of accounts.
        " -c random_page_cost=1.1",
    }
    return {name: value for name, value in ours.items() if name not in url.query}


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _PATIENCE, "check_same_thread": False}, pool_size=20)
    event.listen(engine, "connect", _on_sqlite_connect)
    event.listen(engine, "begin", _on_sqlite_begin)
    return engine


def _on_sqlite_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection has no type
    connection.isolation_level = None  # sqlite3 must not begin transactions on its own: _on_sqlite_begin does
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")  # the ledger survives power loss, not only kill -9
    connection.execute("PRAGMA foreign_keys = ON")
    # 0.5 MB for each connection, not 2: there are many of them, and the system keeps the file in memory anyway.
    connection.execute("PRAGMA cache_size = -500")
    connection.execute("PRAGMA temp.cache_size = -100")  # what is in there is written and read in order


def _on_sqlite_begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("newsletter_writes", True)
    connection.exec_driver_sql(f"PRAGMA query_only = {0 if writes else 1}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
