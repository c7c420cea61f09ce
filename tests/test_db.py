import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from newsletter.audience.topic import Topic
from newsletter.db import Database, Identity, UtcDateTime
from newsletter.errors import Misconfigured, Unavailable
from tests.postgres import Cluster

# A table of the tests' own, so that they ask only the database's manners.
COUNTER = Table(
    "counter",
    MetaData(),
    Column("id", Identity, primary_key=True),
    Column("count", Integer),
    Column("at", UtcDateTime),
    Column("text", Text),
)


def made(db: Database) -> Database:
    """The database with one counter at zero."""
    COUNTER.create(db.engine)
    with db.write() as session:
        session.execute(insert(COUNTER).values(id=1, count=0))
    return db


def count(db: Database) -> int | None:
    with db.read() as session:
        return session.scalar(select(COUNTER.c.count))


def rows(db: Database) -> int | None:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(COUNTER))


def test_a_write_is_kept_when_its_block_ends(db: Database) -> None:
    with made(db).write() as session:
        session.execute(update(COUNTER).values(count=1))
    assert count(db) == 1


def test_a_write_is_undone_when_its_block_raises(db: Database) -> None:
    made(db)

    def write_and_fail() -> None:
        with db.write() as session:
            session.execute(update(COUNTER).values(count=1))
            raise KeyError

    with pytest.raises(KeyError):
        write_and_fail()
    assert count(db) == 0


def test_a_read_cannot_write(db: Database) -> None:
    made(db)
    for attempt in (insert(COUNTER).values(count=9), update(COUNTER).values(count=9), COUNTER.delete()):
        with pytest.raises((DBAPIError, Unavailable)), db.read() as session:
            session.execute(attempt)
    assert (rows(db), count(db)) == (1, 0)


def test_the_connection_of_a_read_can_write_the_next_time(db: Database) -> None:
    made(db)
    for turn in range(1, 4):
        assert count(db) == turn - 1
        with db.write() as session:
            session.execute(update(COUNTER).values(count=turn))


def test_a_read_sees_nothing_uncommitted_and_waits_for_nobody(db: Database) -> None:
    with made(db).write() as session:
        session.execute(update(COUNTER).values(count=1))
        assert count(db) == 0


def test_eight_threads_that_add_at_once_lose_nothing(db: Database) -> None:
    made(db)

    def add(_: int) -> None:
        with db.write() as session:
            session.execute(update(COUNTER).values(count=COUNTER.c.count + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(200)))
    assert count(db) == 200


def test_eight_threads_that_read_and_then_write_lose_nothing(db: Database) -> None:
    made(db)

    def add(_: int) -> None:
        with db.write() as session:
            seen = session.scalars(select(COUNTER.c.count).with_for_update()).one()  # SQLite is locked from BEGIN on
            session.execute(update(COUNTER).values(count=seen + 1))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(200)))
    assert count(db) == 200


BERLIN, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
MOMENTS = {
    "UTC": datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC),
    "summer time": datetime(2026, 7, 1, 9, 0, tzinfo=BERLIN),
    "the hour that comes twice, first": datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN),
    "the hour that comes twice, second": datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1),
    "half an hour of summer": datetime(2026, 4, 5, 1, 45, tzinfo=LORD_HOWE, fold=1),
    "before the epoch": datetime(1969, 12, 31, 23, 59, tzinfo=UTC),
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS.keys())
def test_a_time_comes_back_as_the_same_moment_in_utc(moment: datetime, db: Database) -> None:
    with made(db).write() as session:
        session.execute(update(COUNTER).values(at=moment))
    with db.read() as session:
        back = session.scalars(select(COUNTER.c.at)).one()
        found = session.scalar(select(COUNTER.c.id).where(COUNTER.c.at == moment))
    assert back == moment.astimezone(UTC)
    assert back.tzinfo is UTC
    assert found == 1


def test_no_time_comes_back_as_no_time(db: Database) -> None:
    with made(db).read() as session:
        assert session.scalars(select(COUNTER.c.at)).one() is None


def test_a_time_without_a_zone_is_refused(db: Database) -> None:
    naive = datetime(2026, 11, 21, 9, 0)  # noqa: DTZ001 - the slip this is about
    with pytest.raises(StatementError, match="without a zone"), made(db).write() as session:
        session.execute(update(COUNTER).values(at=naive))


@contextmanager
def stopped(cluster: Cluster) -> Iterator[None]:
    cluster.stop()
    try:
        yield
    finally:
        cluster.start()


def test_a_stopped_postgresql_is_unavailable_until_it_is_back(postgres_db: Database, cluster: Cluster) -> None:
    made(postgres_db)
    with stopped(cluster):
        for transaction in (postgres_db.read, postgres_db.write):
            with pytest.raises(Unavailable, match="did not answer"), transaction() as session:
                session.execute(select(COUNTER))
    assert count(postgres_db) == 0


def test_a_postgresql_that_restarts_between_two_transactions_is_not_noticed(
    postgres_db: Database, cluster: Cluster
) -> None:
    assert count(made(postgres_db)) == 0
    with stopped(cluster):
        pass
    assert count(postgres_db) == 0


def test_a_postgresql_that_stops_in_mid_write_is_unavailable_and_keeps_nothing(
    postgres_db: Database, cluster: Cluster
) -> None:
    made(postgres_db)
    write = postgres_db.write()
    session = write.__enter__()
    session.execute(update(COUNTER).values(count=1))
    with stopped(cluster), pytest.raises(Unavailable):
        write.__exit__(None, None, None)
    assert count(postgres_db) == 0


def impatient(db: Database) -> Database:
    """The database with a busy timeout that a test can wait for."""
    event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout = 50"))
    db.close()  # later connections are the impatient ones
    return db


def test_a_locked_sqlite_is_unavailable_for_writing_and_still_read(sqlite_db: Database) -> None:
    impatient(made(sqlite_db))
    with closing(sqlite3.connect(str(sqlite_db.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable, match="locked"), sqlite_db.write() as session:
            session.execute(update(COUNTER).values(count=1))
        assert count(sqlite_db) == 0
    with sqlite_db.write() as session:
        session.execute(update(COUNTER).values(count=2))
    assert count(sqlite_db) == 2


def test_threads_of_a_process_wait_in_line_and_never_meet_at_the_lock(sqlite_db: Database) -> None:
    db = impatient(made(sqlite_db))

    def count_up(_: int) -> None:
        with db.write() as session:
            session.execute(update(COUNTER).values(count=COUNTER.c.count + 1))
            time.sleep(0.06)  # longer than anybody would wait for the lock

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_up, range(8)))
    assert count(db) == 8


def test_a_full_disk_is_unavailable_and_loses_nothing(sqlite_db: Database) -> None:
    with closing(sqlite3.connect(str(made(sqlite_db).engine.url.database))) as other:
        pages = other.execute("PRAGMA page_count").fetchone()[0]
    sqlite_db.close()
    limit = [pages]
    event.listen(
        sqlite_db.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count = {limit[0]}")
    )
    with pytest.raises(Unavailable, match="full"), sqlite_db.write() as session:
        session.execute(insert(COUNTER).values(text="x" * 1_000_000))
    assert (rows(sqlite_db), count(sqlite_db)) == (1, 0)
    limit[0] = pages + 1000
    sqlite_db.close()
    with sqlite_db.write() as session:
        session.execute(insert(COUNTER).values(text="x" * 1_000_000))
    assert rows(sqlite_db) == 2


def test_an_error_of_our_own_is_not_called_unavailable(db: Database) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)unique"), made(db).write() as session:
        session.execute(insert(COUNTER).values(id=1))


def test_sqlite_in_a_folder_that_is_missing_is_unavailable(tmp_path: Path) -> None:
    db = Database(f"sqlite:///{tmp_path}/nowhere/newsletter.db")
    with pytest.raises(Unavailable), db.read() as session:
        session.execute(select(1))


@pytest.mark.parametrize("url", ["nonsense", "", "mysql://localhost/newsletter", "postgres://localhost/newsletter"])
def test_a_url_of_no_database_we_know_names_the_setting(url: str) -> None:
    with pytest.raises(Misconfigured, match="NEWSLETTER_DATABASE_URL"):
        Database(url)


def test_sqlite_is_synced_on_every_commit_and_keeps_its_foreign_keys(sqlite_db: Database) -> None:
    with sqlite_db.read() as session:
        pragmas = [
            session.connection().exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]  # 2 is FULL


@pytest.fixture
def preparing(postgres_db: Database) -> Iterator[Database]:
    """PostgreSQL as an engine has it."""
    own = Database(postgres_db.engine.url, prepares=True)
    yield own
    own.close()


def test_who_prepares_keeps_statements_beyond_a_read(preparing: Database) -> None:
    for _ in range(10):
        assert rows_of_topics(preparing) == 0
    with preparing.read() as session:
        kept = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("FROM topic" in statement for statement in kept)


def test_what_a_reader_sets_on_its_objects_is_not_written(preparing: Database, now: datetime) -> None:
    with preparing.write() as session:
        session.add(Topic(key="grease", name="Grease", created_at=now))
    with preparing.read() as session:
        session.scalars(select(Topic)).one().name = "Oil"
    with preparing.read() as session:
        assert session.scalars(select(Topic.name)).one() == "Grease"


def rows_of_topics(db: Database) -> int | None:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Topic))
