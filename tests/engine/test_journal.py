"""What an engine keeps where kill -9 cannot take it."""

import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.engine.journal import Journal, Mark, bury_dead, hold_lock
from newsletter.errors import Unavailable
from newsletter.ledger.states import State
from tests.engine.stage import Stage

CAST_SIZE = 4


def test_a_full_disk_under_the_journal_costs_no_copy(stage: Stage) -> None:
    stage.crowd(5)
    stage.order()
    stage.start_due()
    sender = stage.sender()
    with_room = sender.line.journal
    (stage.folder / "full.0.wire").symlink_to("/dev/full")
    sender.line.journal = Journal(stage.folder, "full", 0)
    assert not sender.work()
    assert "journal" in sender.trouble
    assert stage.states() == {State.WAITING: 5 + CAST_SIZE}
    assert stage.relay.taken == []
    sender.line.journal.close()
    sender.line.journal = with_room
    stage.clock.forward(seconds=11)
    while sender.work():
        pass
    assert stage.all_accepted()
    assert sender.trouble == ""


def test_a_journal_that_cannot_be_written_costs_no_copy(tmp_path: Path) -> None:
    # In a process of its own, because the limit is for all files of a process.
    program = """
import resource, sys
from pathlib import Path
from newsletter.engine.journal import Journal, Mark, bury_dead, hold_lock
folder = Path(sys.argv[1])
lock, journal = hold_lock(folder, "e"), Journal(folder, "e", 0)
resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
written = 0
for number in range(10):
    try:
        journal.mark(number, Mark.ON_WIRE)
        written += 1
    except OSError:
        pass
journal.empty()
journal.mark(77, Mark.TAKEN)
print(written, flush=True)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "5"
    marks: list[dict[int, Mark]] = []
    assert bury_dead(tmp_path, lambda _, remains: marks.append(remains.marks)) == ["e"]
    assert marks == [{77: Mark.TAKEN}]


def test_a_lock_that_is_not_yet_held_is_nobodys(tmp_path: Path) -> None:
    lock = hold_lock(tmp_path, "alive")
    assert bury_dead(tmp_path, lambda _name, _remains: pytest.fail("it lives")) == []
    lock.close()
    assert bury_dead(tmp_path, lambda _name, _remains: None) == ["alive"]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "engine").write_text("a file where the folder should be")
    with pytest.raises(Unavailable, match="journal"):
        hold_lock(tmp_path / "engine", "e")
    with pytest.raises(Unavailable, match="journal"):
        Journal(tmp_path / "engine", "e", 0)
