"""Fault 12: the host was down when a run came due, or a snapshot from long ago was restored."""

import shutil
from datetime import timedelta
from pathlib import Path

from newsletter.bulletin.when import GRACE
from newsletter.db import Database
from newsletter.ledger.control import start_late
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.report.today import today
from tests.engine.stage import Stage, running, wait_until
from tests.faults.engines import CAST_SIZE, is_over


def test_within_its_grace_it_starts_by_itself_once(stage: Stage) -> None:
    stage.crowd(3)
    run = stage.order()
    stage.clock.now += GRACE
    with running(stage.engine(connections=2)):
        wait_until(lambda: is_over(stage, run), "the run ends")
    assert stage.states() == {State.ACCEPTED: 3 + CAST_SIZE}
    assert set(stage.relay.copies.values()) == {1}


def test_later_it_is_held_and_asked_about_and_starts_when_told(stage: Stage) -> None:
    stage.crowd(3)
    run = stage.order()
    stage.clock.now += GRACE + timedelta(seconds=1)
    with running(stage.engine()):
        wait_until(lambda: stage.run(run).state == RunState.LATE, "it is late")
        with stage.db.read() as session:
            assert [sending.state for sending in today(session, stage.clock.now).sendings] == [RunState.LATE]
        assert stage.copies() == {}
        start_late(stage.db, run, "Ann", stage.clock.now)
        wait_until(lambda: is_over(stage, run), "the run ends")
    assert set(stage.relay.copies.values()) == {1}


def test_a_restored_snapshot_sends_nothing_a_second_time(sqlite_stage: Stage, tmp_path: Path) -> None:
    stage = sqlite_stage
    stage.crowd(3)
    run = stage.order()
    file, snapshot = Path(str(stage.db.engine.url.database)), tmp_path / "snapshot.db"
    stage.db.close()  # the last to close writes the log into the file
    shutil.copyfile(file, snapshot)
    with running(stage.engine()):
        wait_until(lambda: is_over(stage, run), "the run ends")
    stage.clock.now += timedelta(days=2)
    stage.db = Database(f"sqlite:///{snapshot}")
    with running(stage.engine()):
        wait_until(lambda: stage.run(run).state == RunState.LATE, "it is asked about")
    stage.db.close()
    assert set(stage.relay.copies.values()) == {1}
