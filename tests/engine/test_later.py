"""What an engine loads when it is used, and not before."""

import json
import re
import subprocess
import sys
import textwrap
from importlib import metadata
from pathlib import Path

import pytest

from newsletter.clock import utc_now
from newsletter.engine.versions import version_of
from tests.engine.stage import HOUSE, Stage, engine_process, wait_until
from tests.engine.test_timekeeper import timekeepers


def answer(program: str) -> object:
    """What a program in a process of its own, in which everything is put off, prints as `said`."""
    whole = f"from newsletter.engine.later import put_off; put_off()\n{textwrap.dedent(program)}\n"
    command = [sys.executable, "-c", f"{whole}import json; print(json.dumps(said))"]
    return json.loads(subprocess.check_output(command, cwd=HOUSE))


def mapped(pid: int) -> str:
    return Path(f"/proc/{pid}/maps").read_text()


def test_an_engine_on_sqlite_loads_neither_asyncio_nor_tls() -> None:
    said = answer("""
        import sqlite3, sys, newsletter.engine.running, sqlalchemy.dialects.sqlite.pysqlite
        from sqlalchemy.orm import configure_mappers
        configure_mappers()
        said = [name for name, module in sys.modules.items() if type(module).__name__ != "_Later"]
    """)
    seldom = {"_ssl", "asyncio", "asyncio.base_events", "csv", "email.message", "importlib.metadata", "ssl", "zipfile"}
    seldom |= {f"sqlalchemy.dialects.postgresql.{driver}" for driver in ("asyncpg", "pg8000", "psycopg2")}
    assert isinstance(said, list)
    assert seldom.intersection(said) == set()
    assert "sqlalchemy.orm" in said


def test_an_engine_on_postgresql_loads_no_tls_and_nothing_of_procrastinate_but_its_table() -> None:
    said = answer("""
        import sys, newsletter.engine.running, newsletter.engine.distributed, sqlalchemy.dialects.postgresql.psycopg
        said = [name for name, module in sys.modules.items() if type(module).__name__ != "_Later"]
    """)
    assert isinstance(said, list)
    assert {"_ssl", "asyncio.sslproto", "email.message", "procrastinate", "psycopg_pool", "ssl"}.intersection(
        said
    ) == set()
    assert "psycopg" in said


def test_a_running_engine_and_its_timekeeper_have_no_openssl(sqlite_stage: Stage) -> None:
    sqlite_stage.clock.now = utc_now()
    sqlite_stage.crowd(3)
    sqlite_stage.order()
    with engine_process(sqlite_stage.environment()) as engine:
        wait_until(sqlite_stage.all_accepted, "the copies are sent")
        wait_until(lambda: timekeepers(engine), "its timekeeper is there")
        (timekeeper,) = timekeepers(engine)
        assert not re.search("libssl|libcrypto", mapped(engine.pid))
        assert not re.search("libssl|libcrypto", mapped(timekeeper))
        assert "_sqlite3" in mapped(engine.pid)


@pytest.mark.parametrize(
    "use",
    [
        "import ssl; said = issubclass(ssl.SSLError, OSError)",
        "from ssl import SSLError; said = issubclass(SSLError, OSError)",
        "import asyncio; from asyncio.tasks import Task; said = Task is asyncio.Task",
        "import sqlalchemy; from asyncio import run, sleep; said = run(sleep(0, True))",
        "from importlib import metadata; said = metadata.version('sqlalchemy') > '2'",
        "import asyncio; said = asyncio.iscoroutine(asyncio.sleep(0)) and not asyncio.iscoroutine(1)",
        "import asyncio, sys; asyncio.run; said = sys.modules['asyncio'] is not asyncio",
    ],
)
def test_what_is_put_off_is_there_when_it_is_used(use: str) -> None:
    assert answer(use) is True


def test_threads_that_use_a_module_at_once_all_get_the_whole_of_it() -> None:
    said = answer("""
        import asyncio, threading
        from concurrent.futures import ThreadPoolExecutor
        ready = threading.Barrier(8)
        def use(_number):
            ready.wait()
            return asyncio.unix_events.SelectorEventLoop.__name__
        with ThreadPoolExecutor(8) as threads:
            said = list(threads.map(use, range(8)))
    """)
    assert said == ["_UnixSelectorEventLoop"] * 8


@pytest.mark.parametrize("package", ["psycopg", "psycopg-binary", "SQLAlchemy", "import_linter"])
def test_the_name_of_its_folder_tells_the_version_of_a_package(package: str) -> None:
    assert version_of(package) == metadata.version(package)
    said = answer(f"from importlib import metadata; said = metadata.version({package!r})")
    assert said == metadata.version(package)


def test_where_no_folder_or_several_tell_a_version_the_metadata_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert version_of("nonsense") is None
    said = answer("""
        from importlib import metadata
        try:
            metadata.version("nonsense")
        except metadata.PackageNotFoundError as error:
            said = error.name
    """)
    assert said == "nonsense"
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "psycopg-1.0.dist-info").mkdir()
    assert version_of("psycopg") is None


def test_nothing_that_is_not_there_can_be_taken_out() -> None:
    said = answer("""
        import csv
        said = [hasattr(csv, "__file__"), hasattr(csv, "reader"), hasattr(csv, "nonsense")]
    """)
    assert said == [False, True, False]
