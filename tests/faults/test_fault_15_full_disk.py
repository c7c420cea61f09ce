"""Fault 15: the disk runs full under the database, the journal, the mailbox and the log of a house that runs."""

import os
import resource
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.running_house import HOUSE, RunningHouse, children, running

SECOND = HOUSE / "tests" / "main_job" / "second.md"
_BLOCK = b"\0" * 4096


def can_mount() -> bool:
    """Whether this is somebody who may mount a file system of their own."""
    tried = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return os.geteuid() == 0 and subprocess.run(tried, capture_output=True, check=False).returncode == 0


# A limit on the length of files works for everybody, a small disk shows what SQLite makes of ENOSPC.
WAYS = ["limit", *(["disk"] if can_mount() else [])]


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """How the room runs out."""
    if request.param == "limit":
        yield "limit"
        return
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", tmp_path], check=True)
    yield "disk"
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


@contextmanager
def no_room(house: RunningHouse, way: str) -> Iterator[None]:
    """While the block runs, the processes of the house can add nothing to any file."""
    if way == "disk":
        ballast = house.var / "ballast"
        with suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(_BLOCK):
                pass
        yield
        ballast.unlink()
        return
    processes = [house.process.pid, *children(house.process.pid)]
    for pid in processes:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    yield
    for pid in processes:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_new_work_is_refused_nothing_is_spoilt_and_all_goes_on_by_itself_when_there_is_room(
    tmp_path: Path, way: str
) -> None:
    with running(tmp_path) as house:
        house.wait_for_runs()
        first, engine = house.mails(), house.engine()
        url = first[0].opt_out_url
        with ExitStack() as narrow:
            with house.engine_stands_still():
                house.command("bulletin", "send", SECOND)
                narrow.enter_context(no_room(house, way))
            assert ask("POST", url) == 503
            assert ask("GET", url) == 200
            time.sleep(2)
            assert len(house.mails()) == len(first)
        assert ask("POST", url) == 200
        house.wait_for_runs()
        assert house.engine() == engine
        messages = [mail.message["Message-ID"] for mail in house.mails()]
        assert len(messages) == len(set(messages)) > len(first)
        assert {state for (state,) in house.ask("SELECT state FROM delivery")} <= {"accepted", "withheld"}
    with closing(sqlite3.connect(tmp_path / "var" / "newsletter.db")) as base:
        assert base.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def ask(method: str, url: str) -> int:
    """The status of an answer; a POST is the one-click of a mail program."""
    where = urlsplit(url)
    connection = HTTPConnection(where.hostname or "", where.port, timeout=240)
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if method == "POST" else {}
    connection.request(method, f"{where.path}?{where.query}", b"List-Unsubscribe=One-Click" if kind else None, kind)
    status = connection.getresponse().status
    connection.close()
    return status
