import logging
import multiprocessing
import threading
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from newsletter.db import Database
from newsletter.hit.hit import Hit
from newsletter.hit.keep import keep
from newsletter.hit.tap import Tap
from newsletter.web import recorder as recording
from newsletter.web.recorder import Recorder


def _tap(now: datetime) -> Tap:
    return Tap(at=now, method="GET", kind="leave", person_id=1)


def _kept(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Hit)) or 0


def test_what_is_noted_from_many_threads_is_kept_once_each(db: Database, now: datetime) -> None:
    recorder = Recorder(db, keep)
    threads = [threading.Thread(target=lambda: [recorder.note(_tap(now)) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    recorder.settle()
    assert (_kept(db), recorder.dropped) == (800, 0)


def test_when_the_queue_is_full_it_counts_what_it_drops_and_makes_nobody_wait(
    sqlite_db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_WAITING", 10)
    recorder = Recorder(sqlite_db, keep)
    with sqlite_db.write():  # the writer has to wait for us
        for _ in range(30):
            recorder.note(_tap(now))
    recorder.settle()
    assert _kept(sqlite_db) + recorder.dropped == 30
    assert recorder.dropped >= 30 - 2 * 10


def test_a_broken_table_loses_hits_and_nothing_else(
    sqlite_db: Database, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(sqlite_db, keep)
    with sqlite_db.write() as session:
        session.execute(text("ALTER TABLE hit RENAME TO gone"))
    with caplog.at_level(logging.WARNING):
        recorder.note(_tap(now))
        recorder.settle()
    assert "1 page loads were not kept" in caplog.text
    with sqlite_db.write() as session:
        session.execute(text("ALTER TABLE gone RENAME TO hit"))
    recorder.note(_tap(now))
    recorder.settle()
    assert _kept(sqlite_db) == 1


def _note_and_end(file: Path, now: datetime) -> None:
    """What is noted comes from a daemon, as the threads of waitress are."""
    recorder = Recorder(Database(f"sqlite:///{file}"), keep)
    server = threading.Thread(target=lambda: [recorder.note(_tap(now)) for _ in range(50)], daemon=True)
    server.start()
    server.join()


def test_a_process_that_ends_keeps_what_waits(sqlite_db: Database, now: datetime) -> None:
    file = Path(sqlite_db.engine.url.database or "")
    process = multiprocessing.get_context("spawn").Process(target=_note_and_end, args=(file, now))
    process.start()
    process.join(240)
    assert (process.exitcode, _kept(sqlite_db)) == (0, 50)
