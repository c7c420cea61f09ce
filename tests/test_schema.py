import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from newsletter import schema, tables
from newsletter.db import Database
from newsletter.errors import Misconfigured
from tests.postgres import Cluster

HOUSE = Path(__file__).parent.parent


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Database]:
    db = Database(f"sqlite:///{tmp_path}/empty.db")
    yield db
    db.close()


@pytest.fixture
def empty_postgres(cluster: Cluster) -> Iterator[Database]:
    cluster.create("empty")
    db = Database(cluster.url("empty"))
    yield db
    db.close()
    cluster.drop("empty")


@pytest.fixture(params=["empty_sqlite", "empty_postgres"])
def empty_db(request: pytest.FixtureRequest) -> Database:
    """A database that has seen no migration."""
    db: Database = request.getfixturevalue(request.param)
    return db


def test_the_migrations_have_one_head() -> None:
    assert ScriptDirectory.from_config(AlembicConfig(str(HOUSE / "alembic.ini"))).get_heads() == [schema.newest()]


def test_the_migrations_make_what_the_models_say(db: Database) -> None:
    opts = {"compare_type": True, "render_as_batch": True, "include_name": tables.is_ours}
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, tables.metadata) == []


def test_a_second_migration_changes_nothing(db: Database) -> None:
    before = set(inspect(db.engine).get_table_names())
    schema.migrate(db)
    assert set(inspect(db.engine).get_table_names()) == before


def test_a_database_that_is_up_to_date_is_opened_without_alembic(db: Database) -> None:
    program = (
        "import sys; from newsletter import db, schema; schema.migrate(db.Database(sys.argv[1]));"
        "sys.exit('alembic' in sys.modules)"
    )
    url = db.engine.url.render_as_string(hide_password=False)
    assert subprocess.run([sys.executable, "-c", program, url], cwd=HOUSE, check=False).returncode == 0


def test_a_copys_state_changes_without_a_word_to_any_index(postgres_db: Database) -> None:
    """So PostgreSQL writes it anew within its page (HOT), where there is room for it."""
    with postgres_db.engine.connect() as connection:
        options = connection.scalar(text("SELECT reloptions FROM pg_class WHERE oid = 'delivery'::regclass"))
        indexes = inspect(connection).get_indexes("delivery")
    assert options == ["fillfactor=50"]
    changing = {"state", "claimed_by", "claimed_at", "settled_at", "reply"}
    assert all(changing.isdisjoint(index["column_names"]) for index in indexes)


def test_the_queue_goes_and_comes_back(postgres_db: Database) -> None:
    """As it must when procrastinate is another one: the queue holds nothing that the ledger does not know."""
    config = AlembicConfig(str(HOUSE / "alembic.ini"))
    for target in ("0001", "head"):
        with postgres_db.engine.begin() as connection:
            config.attributes["connection"] = connection
            (command.downgrade if target == "0001" else command.upgrade)(config, target)
            left = connection.scalar(text("SELECT count(*) FROM pg_proc WHERE proname LIKE 'procrastinate%'"))
            assert bool(left) == (target == "head")
            assert inspect(connection).has_table("procrastinate_jobs") == (target == "head")


def test_processes_that_migrate_at_once_all_succeed(empty_db: Database) -> None:
    program = "import sys; from newsletter import db, schema; schema.migrate(db.Database(sys.argv[1]))"
    url = empty_db.engine.url.render_as_string(hide_password=False)
    starts = [subprocess.Popen([sys.executable, "-c", program, url], cwd=HOUSE) for _ in range(3)]
    assert [start.wait() for start in starts] == [0, 0, 0]
    assert set(tables.metadata.tables) <= set(inspect(empty_db.engine).get_table_names())


def test_a_database_of_a_later_version_is_refused_and_left_alone(db: Database) -> None:
    with db.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    with pytest.raises(Misconfigured, match="ffff"):
        schema.migrate(db)
    with db.write() as session:
        assert session.scalar(text("SELECT version_num FROM alembic_version")) == "ffff"
        # The database is used again.
        session.execute(text("UPDATE alembic_version SET version_num = :newest"), {"newest": schema.newest()})
