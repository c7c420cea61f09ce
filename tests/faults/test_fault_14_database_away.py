"""Fault 14: PostgreSQL is killed and started again in mid-run; somebody holds SQLite's lock."""

import sqlite3
import time
from contextlib import closing
from pathlib import Path

from newsletter.clock import utc_now
from newsletter.db import Database
from tests import postgres
from tests.bench import crowd
from tests.faults.bases import PostgresBase
from tests.faults.trial import Trial
from tests.faults.verdict import judge

PEOPLE = 300


def test_a_postgresql_that_is_killed_and_comes_back_costs_nothing(tmp_path: Path) -> None:
    with postgres.running(postgres.OUTLIVES_KILL) as cluster:
        base = PostgresBase(cluster, PEOPLE)
        with base.crowded(0) as db:
            trial = Trial(db, tmp_path / "trial", PEOPLE, pause=0.002)
            with trial.going(), trial.engine():
                for at in (PEOPLE // 4, PEOPLE // 2):
                    trial.wait_for_mail(at)
                    base.kill()
                trial.wait_for_the_end()
                verdict = judge(trial, most_in_doubt=0)
    assert verdict.wrong == ()
    assert (verdict.accepted, verdict.twice) == (PEOPLE, 0)


def test_a_sqlite_that_somebody_holds_for_a_while_costs_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    crowd.settle(sqlite_db, PEOPLE, utc_now())
    trial = Trial(sqlite_db, tmp_path / "trial", PEOPLE, pause=0.002)
    with trial.going(), trial.engine():
        trial.wait_for_mail(PEOPLE // 4)
        with closing(sqlite3.connect(str(sqlite_db.engine.url.database), isolation_level=None, timeout=30)) as holder:
            holder.execute("BEGIN EXCLUSIVE")
            time.sleep(2)
            holder.execute("ROLLBACK")
        trial.wait_for_the_end()
        verdict = judge(trial, most_in_doubt=0)
    assert verdict.wrong == ()
    assert (verdict.accepted, verdict.twice) == (PEOPLE, 0)
