"""Fault 16: what is on the disk at the moment of death is a whole database, and a run goes on from it."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from newsletter.clock import utc_now
from newsletter.db import Database
from tests.bench import crowd
from tests.faults.trial import Trial
from tests.faults.verdict import judge

PEOPLE = 300


def test_a_copy_of_the_files_at_the_moment_of_death_is_whole_and_the_run_goes_on(
    sqlite_db: Database, tmp_path: Path
) -> None:
    crowd.settle(sqlite_db, PEOPLE, utc_now())
    trial = Trial(sqlite_db, tmp_path / "trial", PEOPLE, pause=0.002)
    with trial.going():
        with trial.engine() as engine:
            trial.wait_for_mail(PEOPLE // 2)
            engine.kill()
            engine.wait()
            found = copy_of(sqlite_db, tmp_path / "found")
        with closing(sqlite3.connect(found)) as base:
            assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert base.execute("PRAGMA foreign_key_check").fetchall() == []
        trial.db = Database(f"sqlite:///{found}")
        with trial.engine():
            trial.wait_for_the_end()
        verdict = judge(trial, most_in_doubt=trial.connections)
        trial.db.close()
    assert verdict.wrong == ()


def copy_of(db: Database, folder: Path) -> Path:
    """The files as a restart of the machine would find them: the shared memory beside them is gone."""
    folder.mkdir()
    file = Path(str(db.engine.url.database))
    for name in (file.name, f"{file.name}-wal"):
        shutil.copyfile(file.with_name(name), folder / name)
    return folder / file.name


def test_the_ledger_waits_for_the_disk(sqlite_db: Database) -> None:
    with sqlite_db.engine.connect() as connection:
        settings = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert settings == ["wal", 2]  # FULL
