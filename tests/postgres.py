"""A PostgreSQL of our own for one test session: run by an unprivileged user, never synced, thrown away at the end."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.engine import URL

INSTALL = "apt-get install -y postgresql"
_OWNER = "newsletter"
_SETTINGS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "listen_addresses=")
DURABLE = ("listen_addresses=",)
# What was committed survives kill -9 of the server, though not of the machine.
OUTLIVES_KILL = ("fsync=off", "full_page_writes=off", "autovacuum=off", "listen_addresses=")
KEPT = "kept"
"""The name of connections that one test leaves to the next."""
_SEND_OTHERS_AWAY = """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> 'kept'
"""
_SWOLLEN = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 131072
"""
_OF_UNKNOWN_SIZE = """
    UPDATE pg_class SET relpages = 0, reltuples = -1
    WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace AND reltuples >= 0
"""
"""As after TRUNCATE: a planner that takes a table for empty takes minutes for the rows of the next test."""
_COUNT_FROM_THE_START = """
    SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences
    WHERE last_value IS NOT NULL
"""
_PATIENCE = 120  # seconds until a start or a stop counts as failed


class Cluster:
    """One PostgreSQL, reached through a socket in its own folder."""

    def __init__(self, folder: Path, identity: Mapping[str, Any], settings: Sequence[str] = _SETTINGS) -> None:
        """`identity` is what `subprocess` wants in order to run as the folder's owner."""
        self._folder = folder
        self._identity = identity
        self._settings = settings
        self._server: subprocess.Popen[bytes] | None = None
        self._brooms: dict[str, psycopg.Connection[Any]] = {}

    def url(self, name: str) -> URL:
        """The address of one database."""
        return URL.create("postgresql", _OWNER, database=name, query={"host": str(self._folder)})

    def create(self, name: str, *, template: str = "template0") -> None:
        """Make a database; the copy of a small template takes about 20 ms."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def drop(self, name: str) -> None:
        """Throw a database away, whoever still looks at it."""
        if name in self._brooms:
            self._brooms.pop(name).close()
        self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    def is_as_new(self, name: str, tables: Sequence[str]) -> bool:
        """Empty a database for the next test, whoever is connected but KEPT; False where a test took it apart."""
        try:
            session = self._broom(name)
            session.execute(_SEND_OTHERS_AWAY)
            there = session.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            if {table for (table,) in there} != {*tables, "alembic_version"}:
                return False
            _empty(session, tables)
        except psycopg.Error:
            return False
        return True

    def _broom(self, name: str) -> psycopg.Connection[Any]:
        """A connection that stays, because a new one reads anew what a hundred tables are."""
        if name not in self._brooms:
            self._brooms[name] = psycopg.connect(
                host=str(self._folder),
                user=_OWNER,
                dbname=name,
                autocommit=True,
                # No foreign key asks in which order; who holds a lock for ever has taken the database apart.
                options="-c session_replication_role=replica -c lock_timeout=5s",
            )
        return self._brooms[name]

    def initialise(self) -> None:
        """Make the data folder."""
        rights = ["--auth=trust", f"--username={_OWNER}", "--encoding=UTF8", "--no-locale", "--no-sync"]
        self._popen([str(_binaries() / "initdb"), "-D", "base", *rights]).wait(_PATIENCE)

    def start(self) -> None:
        """Start, and return when it answers."""
        settings = [part for setting in self._settings for part in ("-c", setting)]
        server = [str(_binaries() / "postgres"), "-D", "base", "-k", str(self._folder), *settings]
        # A test run that is killed takes its server along.
        leash = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
        self._server = self._popen([*leash, *server])
        give_up = time.monotonic() + _PATIENCE
        while not self._answers():
            assert self._server.poll() is None, self._log()
            assert time.monotonic() < give_up, self._log()
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop at once; whoever is connected is thrown out."""
        while self._brooms:
            self._brooms.popitem()[1].close()
        if self._server and self._server.poll() is None:
            self._server.send_signal(signal.SIGINT)
            self._server.wait(_PATIENCE)

    def kill(self) -> None:
        """Kill -9: the server, and with it every process it started."""
        if self._server:
            self._server.kill()
            self._server.wait(_PATIENCE)

    def start_again(self) -> None:
        """Start after a kill: refused for a moment, while orphans of the old server hold its memory."""
        give_up = time.monotonic() + _PATIENCE
        while True:
            try:
                self.start()
            except AssertionError:
                assert time.monotonic() < give_up, self._log()
                time.sleep(0.05)
            else:
                return

    def _popen(self, command: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self._folder, stdout=log, stderr=log, **self._identity)

    def _answers(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(host=str(self._folder), user=_OWNER, dbname="postgres", autocommit=True) as session:
            session.execute(statement.encode())

    def _log(self) -> str:
        return (self._folder / "log").read_text(errors="replace")


def _empty(session: psycopg.Connection[Any], tables: Sequence[str]) -> None:
    """Delete the few rows of a test. TRUNCATE takes twenty times as long, for it makes a new file for each index."""
    one = SQL("SELECT {} WHERE EXISTS (SELECT FROM {})")
    look = SQL(" UNION ALL ").join(one.format(Literal(table), Identifier(table)) for table in tables)
    for (table,) in session.execute(look).fetchall():
        session.execute(SQL("DELETE FROM {}").format(Identifier(table)))
    for (table,) in session.execute(_SWOLLEN).fetchall():
        session.execute(SQL("VACUUM {}").format(Identifier(table)))
    session.execute(_OF_UNKNOWN_SIZE)
    session.execute(_COUNT_FROM_THE_START)


@contextmanager
def running(settings: Sequence[str] = _SETTINGS) -> Iterator[Cluster]:
    """A new cluster, stopped and removed at the end; with `DURABLE` as PostgreSQL comes, for a bench."""
    identity = _identity()
    folder = Path(tempfile.mkdtemp(prefix="newsletter-pg-"))
    if identity:
        shutil.chown(folder, identity["user"], identity["group"])
    cluster = Cluster(folder, identity, settings)
    try:
        cluster.initialise()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def _binaries() -> Path:
    # Debian keeps the server's programs off PATH.
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[4]))
    if debian:
        return debian[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else pytest.fail(f"PostgreSQL is missing: {INSTALL}", pytrace=False)


def _identity() -> Mapping[str, Any]:
    if os.geteuid() != 0:
        return {}
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:  # a PostgreSQL that did not come from Debian
        subprocess.run(["useradd", "--system", "postgres"], check=True)
        owner = pwd.getpwnam("postgres")
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}  # initdb refuses to run as root
