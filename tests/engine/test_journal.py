"""What an engine keeps where kill -9 cannot take it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from newsletter.engine.exchange import MOST
from newsletter.engine.journal import Journal, Mark, bury_dead, hold_lock
from newsletter.errors import Unavailable


def test_a_journal_has_room_for_all_that_is_claimed_at_once(tmp_path: Path) -> None:
    lock, journal = hold_lock(tmp_path, "e"), Journal(tmp_path, "e", 0)
    for number in range(MOST):
        journal.mark(number, Mark.ON_WIRE)
        journal.mark(number, Mark.TAKEN)
    journal.close()
    lock.close()
    marks: list[dict[int, Mark]] = []
    bury_dead(tmp_path, lambda _, remains: marks.append(remains.marks))
    assert marks == [dict.fromkeys(range(MOST), Mark.TAKEN)]


def test_what_is_forgotten_is_as_if_it_never_was_noted(tmp_path: Path) -> None:
    lock, journal = hold_lock(tmp_path, "e"), Journal(tmp_path, "e", 0)
    for number, mark in ((1, Mark.NOT_TAKEN), (2, Mark.NOT_TAKEN), (1, Mark.TAKEN), (2, Mark.ON_WIRE)):
        journal.mark(number, mark)
    journal.keep_only({2})
    journal.mark(3, Mark.ON_WIRE)
    journal.close()
    lock.close()
    marks: list[dict[int, Mark]] = []
    bury_dead(tmp_path, lambda _, remains: marks.append(remains.marks))
    assert marks == [{2: Mark.ON_WIRE, 3: Mark.ON_WIRE}]


def test_a_journal_that_is_never_emptied_makes_room(tmp_path: Path) -> None:
    """Where results are written down while others go out, each is forgotten then; what is kept stays the last word."""
    lock, journal = hold_lock(tmp_path, "e"), Journal(tmp_path, "e", 0)
    journal.mark(7, Mark.NOT_TAKEN)
    for number in range(1000, 20_000):
        if journal.used > 0.5:
            journal.tidy()
            assert journal.used < 0.1
        journal.mark(number, Mark.ON_WIRE)
        if number == 6_000:
            journal.mark(7, Mark.ON_WIRE)
            journal.mark(8, Mark.ON_WIRE)
            journal.mark(8, Mark.TAKEN)
        journal.forget({number} if number > 1200 else {number, 7})
    journal.close()
    lock.close()
    marks: list[dict[int, Mark]] = []
    bury_dead(tmp_path, lambda _, remains: marks.append(remains.marks))
    assert marks == [{7: Mark.ON_WIRE, 8: Mark.TAKEN}]


def test_the_room_of_a_journal_is_taken_when_it_is_made(tmp_path: Path) -> None:
    # In a process of its own, because the limit is for all files of a process.
    program = """
import resource, sys
from pathlib import Path
from newsletter.engine.journal import Journal
from newsletter.errors import Unavailable
resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))
try:
    Journal(Path(sys.argv[1]), "e", 0)
except Unavailable as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cannot keep its journal" in done.stdout


def test_what_is_noted_outlives_the_process(tmp_path: Path) -> None:
    program = """
import os, signal, sys
from pathlib import Path
from newsletter.engine.journal import Journal, Mark, hold_lock
folder = Path(sys.argv[1])
lock, journal = hold_lock(folder, "e"), Journal(folder, "e", 0)
journal.mark(5, Mark.TAKEN)
journal.empty()
journal.mark(77, Mark.ON_WIRE)
journal.mark(77, Mark.TAKEN)
journal.mark(78, Mark.ON_WIRE)
os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", program, str(tmp_path)], cwd=Path(__file__).parents[2], check=False)
    assert killed.returncode == -signal.SIGKILL
    marks: list[dict[int, Mark]] = []
    assert bury_dead(tmp_path, lambda _, remains: marks.append(remains.marks)) == ["e"]
    assert marks == [{77: Mark.TAKEN, 78: Mark.ON_WIRE}]


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
