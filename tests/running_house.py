"""The whole house as its operator starts it: `bin/newsletter run`, with a folder and ports of its own."""

import email
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.request import urlopen

HOUSE = Path(__file__).parent.parent
NEWSLETTER = str(HOUSE / "bin" / "newsletter")
PATIENCE = 120.0  # seconds until something counts as not happening
_STARTED = "Ctrl-C stops it."

Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail in the built-in mailbox."""

    to: str
    subject: str
    source: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail as a mail program reads it."""
        message = email.message_from_bytes(self.source, policy=policy.default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def opt_out_url(self) -> str:
        """What a mail program's own button posts to."""
        return str(self.message["List-Unsubscribe"]).strip("<>")

    def urls(self) -> set[str]:
        """Every web address in its headers and in both of its parts."""
        return urls_in(self.message)


@dataclass(frozen=True, slots=True)
class RunningHouse:
    """A house that runs. `words` is the file of what it said."""

    url: str
    var: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    words: Path

    @property
    def said(self) -> str:
        """What it printed so far."""
        return self.words.read_text()

    @property
    def welcome_url(self) -> str:
        """The one-time link of the first colleague."""
        found = re.search(r"^Sign in +(\S+)", self.said, re.MULTILINE)
        assert found, self.said
        return found[1]

    def command(self, *arguments: str | Path) -> str:
        """What the command says on stdout; it must succeed."""
        called = subprocess.run(
            [NEWSLETTER, *map(str, arguments)], env=self.environment, capture_output=True, text=True, check=False
        )
        assert called.returncode == 0, called.stderr
        return called.stdout

    def told(self, *arguments: str | Path) -> Any:  # noqa: ANN401 - JSON
        """The same, read as the JSON it prints."""
        return json.loads(self.command(*arguments, "--json"))

    def send(self, bulletin: Path) -> dict[str, Any]:
        """Send a bulletin and wait until its run is over."""
        order: dict[str, Any] = self.told("bulletin", "send", bulletin)
        self.wait_for_runs()
        return order

    def wait_for_runs(self) -> None:
        """Wait until every run is over."""
        wait_until(lambda: {row[0] for row in self.ask("SELECT state FROM run")} == {"finished"}, "the runs end")

    def mails(self) -> list[Mail]:
        """All mail in the mailbox, oldest first."""
        with urlopen(f"{self.url}/mailbox/api/messages") as answer:  # noqa: S310 - our own server
            kept = json.load(answer)
        return [Mail(mail["to"], mail["subject"], mail["raw"].encode()) for mail in reversed(kept)]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """What the database answers to somebody who may only read."""
        with closing(sqlite3.connect(f"file:{self.var}/newsletter.db?mode=ro", uri=True)) as base:
            return base.execute(query).fetchall()

    def rows(self) -> Rows:
        """Every row of every table of state; that somebody came is seen, and is nobody's state."""
        tables = [name for (name,) in self.ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        tables.remove("hit")
        return {table: self.ask(f'SELECT * FROM "{table}"') for table in tables}  # noqa: S608 - our own tables

    def engine(self) -> int | None:
        """The process of the engine, None while there is none."""
        return next(iter(children(self.process.pid)), None)

    @contextmanager
    def engine_stands_still(self) -> Iterator[None]:
        """The engine does nothing for a while, so that whatever changes was changed by somebody else."""
        engine = self.engine()
        assert engine is not None
        still = [engine, *children(engine)]  # with those that do its timed work and set its letters
        for process in still:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in still:
                os.kill(process, signal.SIGCONT)

    def stop(self) -> int:
        """Ctrl-C, which a terminal sends to every process of the group; the exit code."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[RunningHouse]:
    """A house that keeps its things in `folder`. Settings are names without the prefix: `demo="false"`."""
    port = free_port()
    own = {"port": port, "mailbox_port": free_port(), "var": folder / "var", **settings}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    environment |= {f"NEWSLETTER_{name.upper()}": str(value) for name, value in own.items()}
    folder.mkdir(parents=True, exist_ok=True)
    words = folder / "said"
    with words.open("wb") as heard:
        process = subprocess.Popen(
            [NEWSLETTER, "run"], env=environment, stdout=heard, stderr=subprocess.STDOUT, start_new_session=True
        )
    house = RunningHouse(f"http://127.0.0.1:{port}", folder / "var", environment, process, words)
    try:
        wait_until(lambda: _STARTED in house.said or process.poll() is not None, "the house starts")
        assert process.poll() is None, house.said
        yield house
    finally:
        house.stop()


def wait_until(holds: Callable[[], object], what: str, pause: float = 0.05) -> None:
    """Look again every `pause` seconds, until it holds."""
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, f"waited in vain: {what}"
        time.sleep(pause)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def urls_in(message: EmailMessage) -> set[str]:
    """Every web address in a mail: in its headers, and in both of its parts as a reader gets them."""
    parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    found = re.findall(r"https?://[^\s<>\"')\]]+", "\n".join([*map(str, message.values()), *parts]))
    return {url.replace("&amp;", "&").rstrip(".,") for url in found}


def children(parent: int) -> list[int]:
    """The processes that a process started and that live."""
    return [pid for pid in _processes() if _stat(pid)[1:] == (parent,)]


def lives(pid: int) -> bool:
    """Whether a process runs; one that waits for its parent's farewell does not."""
    return _stat(pid)[:1] not in ((), ("Z",))


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int) -> tuple[()] | tuple[str, int]:
    """State and parent of a process; nothing where there is none."""
    try:
        state, parent, *_ = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ()
    return state, int(parent)
