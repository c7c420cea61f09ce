"""What an engine knows of the wire, kept where `kill -9` cannot take it: a file for each connection.

Before the last octets of a copy go out its id is noted as "on the wire", after the answer as "taken" or "not taken".
Memory shared with a file survives the process. It does not survive the machine, so after a restart of the machine what
is not in the journal is in doubt. When the results are in the ledger the file is emptied. A lock held for the engine's
lifetime tells the living from the dead at once.
"""

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import IO

from newsletter.errors import Unavailable

_RECORD = struct.Struct(">BQ")
_ID = struct.Struct(">Q")
_ROOM = 8192 * _RECORD.size  # octets: two notes a copy, for more copies than are ever claimed at once
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class Mark(IntEnum):
    """How far a copy came."""

    ON_WIRE = 1
    TAKEN = 2
    NOT_TAKEN = 3


@dataclass(frozen=True, slots=True)
class Remains:
    """What a dead engine left: the last mark by delivery id.

    `is_whole`: the machine has run on since, so a copy without a mark never was on the wire.
    """

    marks: dict[int, Mark]
    is_whole: bool


class Journal:
    """The file of one connection of one engine, kept in shared memory: a note costs no call to the system.

    Raises Unavailable where it cannot be made. Its room is taken from the disk at once, because a full disk would
    otherwise kill the process at a note.
    """

    def __init__(self, folder: Path, engine: str, connection: int) -> None:
        try:
            file = os.open(folder / f"{engine}.{connection}.wire", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(file, 0, _ROOM)
                self._notes = mmap.mmap(file, _ROOM)
            finally:
                os.close(file)
        except OSError as error:
            raise _unwritable(folder, error) from error
        self._begin = self._end = 0  # of what was noted and is not forgotten
        self._moving = threading.Lock()

    def mark(self, delivery_id: int, mark: Mark) -> None:
        """Note how far a copy came, wholly or not at all."""
        _ID.pack_into(self._notes, self._end + 1, delivery_id)
        self._notes[self._end] = mark  # last, because it is what makes the note whole
        self._end += _RECORD.size

    def empty(self) -> None:
        """Forget everything: it is in the ledger now."""
        self._notes[: self._end] = bytes(self._end)
        self._begin = self._end = 0

    def keep_only(self, delivery_ids: Container[int | None]) -> None:
        """Forget all but these, which never are without their last note meanwhile."""
        self._forget_where(lambda delivery_id: delivery_id not in delivery_ids)

    def forget(self, delivery_ids: Container[int]) -> None:
        """Forget these. For any thread, while another makes notes of others."""
        self._forget_where(lambda delivery_id: delivery_id in delivery_ids)

    @property
    def used(self) -> float:
        """Which share of its room is taken, by what is forgotten, too."""
        return self._end / _ROOM

    def tidy(self) -> None:
        """Use the room of what is forgotten again. For the thread that makes notes.

        What is not moves up, in its order: each note stands at its new place before it goes from the old one.
        """
        with self._moving:
            place = 0
            for at in range(self._begin, self._end, _RECORD.size):
                if not self._notes[at]:
                    continue
                if place < at:
                    _ID.pack_into(self._notes, place + 1, *_ID.unpack_from(self._notes, at + 1))
                    self._notes[place] = self._notes[at]
                    self._notes[at] = 0
                place += _RECORD.size
            self._begin, self._end = 0, place

    def _forget_where(self, is_it: Callable[[int], bool]) -> None:
        with self._moving:
            has_kept = False
            for at in range(self._begin, self._end, _RECORD.size):
                if self._notes[at] and is_it(_ID.unpack_from(self._notes, at + 1)[0]):
                    self._notes[at] = 0
                has_kept |= bool(self._notes[at])
                if not has_kept:
                    self._begin = at + _RECORD.size

    def close(self) -> None:
        """Close the file."""
        self._notes.close()


def hold_lock(folder: Path, engine: str) -> IO[bytes]:
    """Show that an engine lives, until the file given back is closed or the process ends in whatever way.

    Raises Unavailable where the folder cannot be written to.
    """
    unlocked = folder / f"{engine}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = unlocked.open("wb")
        lock.write(_boot_id())
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # It gets the name that others look for only now: a lock file that nobody holds is taken for a dead engine's.
        unlocked.rename(folder / f"{engine}.lock")
    except OSError as error:
        raise _unwritable(folder, error) from error
    return lock


def bury_dead(folder: Path, recover: Callable[[str, Remains], None]) -> list[str]:
    """Call `recover(engine, what it left)` for each engine that died, then remove its files; their names.

    Of several living engines one does it: whoever gets the dead one's lock. If `recover` raises, the files stay.
    """
    buried = []
    for path in sorted(folder.glob("*.lock")):
        with _taken(path) as is_dead:
            if is_dead:
                recover(path.stem, _remains(folder, path))
                remove(folder, path.stem)
                buried.append(path.stem)
    return buried


def remove(folder: Path, engine: str) -> None:
    """Remove the files of an engine; the lock last, because it is what the others look for."""
    for path in folder.glob(f"{engine}.*.wire"):
        path.unlink(missing_ok=True)
    (folder / f"{engine}.lock").unlink(missing_ok=True)


def _remains(folder: Path, lock: Path) -> Remains:
    boot_id = _boot_id()
    return Remains(_last_marks(folder, lock.stem), is_whole=bool(boot_id) and lock.read_bytes() == boot_id)


def _last_marks(folder: Path, engine: str) -> dict[int, Mark]:
    marks: dict[int, Mark] = {}
    for path in folder.glob(f"{engine}.*.wire"):
        octets = path.read_bytes()
        whole = octets[: len(octets) - len(octets) % _RECORD.size]
        for mark, delivery_id in _RECORD.iter_unpack(whole):
            if mark in Mark.__members__.values():  # else forgotten, or a machine that lost power left zeros at the end
                marks[delivery_id] = Mark(mark)
    return marks


def _boot_id() -> bytes:
    """What is different after each start of the machine; empty where the system does not tell."""
    try:
        return _BOOT_ID.read_bytes().strip()
    except OSError:
        return b""


def _unwritable(folder: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"The engine cannot keep its journal in {folder}: {error.strerror}.",
        hint="Make room, or let this user write there (the folder is in NEWSLETTER_VAR).",
    )


@contextmanager
def _taken(path: Path) -> Iterator[bool]:
    """Whether the lock was free, that is, its owner is dead; it is ours while the block runs."""
    try:
        lock = path.open("rb")
    except FileNotFoundError:
        yield False
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        # Another engine may have buried this one between our open and our lock: then the name is gone.
        yield path.exists()
