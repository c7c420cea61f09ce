"""The engine of one process: a few threads, each with its own connection, and the timed work beside them."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from newsletter.bulletin.compose import Sender as From
from newsletter.db import Database
from newsletter.engine.jobs import Jobs
from newsletter.engine.journal import Journal, hold_lock, remove
from newsletter.engine.line import Line
from newsletter.engine.press import Presses
from newsletter.engine.samples import send_samples
from newsletter.engine.send import BatchKey, Sender
from newsletter.errors import Unavailable
from newsletter.links import Links
from newsletter.smtp.client import Client
from newsletter.smtp.relay import Relay

log = logging.getLogger(__name__)

IDLE = 0.3  # seconds between two looks when there is nothing to do
LONGEST_PAUSE = 30.0  # seconds between two tries while the relay or the database is away


@dataclass
class Engine:
    """Everything one engine is made of. `start` returns at once; `stop` lets the copies in hand finish."""

    db: Database
    relay: Relay
    sender: From
    links: Links
    folder: Path
    clock: Callable[[], datetime]
    connections: int = 2
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}")

    def __post_init__(self) -> None:
        self._stopping = threading.Event()
        self._in_hand: set[BatchKey] = set()
        self._senders: list[Sender] = []
        self._threads: list[threading.Thread] = []
        self.has_failed = threading.Event()

    def start(self) -> None:
        """Recover after the dead, then begin. Raises Unavailable where the folder cannot be written to."""
        self._lock = hold_lock(self.folder, self.name)
        self._senders = [self._new_sender(number) for number in range(self.connections)]
        self._jobs = Jobs(
            self.db, self.name, self.folder, clock=self.clock, in_hand=self._in_hand, trouble=self.trouble
        )
        self._jobs.start()
        for number, sender in enumerate(self._senders):
            thread = threading.Thread(target=self._run, args=(sender,), name=f"sender-{number}")
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Finish the copy on each wire; leave behind only what the next engine needs to recover after a failure."""
        self._stopping.set()
        for sender in self._senders:
            sender.stopping = True
        for thread in self._threads:
            thread.join()
        self._jobs.stop()
        if self.has_failed.is_set() or any(sender.has_unrecorded for sender in self._senders):
            log.warning("not everything is in the ledger; the next engine reads it in the journal of %s", self.name)
        else:
            remove(self.folder, self.name)
        self._lock.close()

    def trouble(self) -> str:
        """Why nothing moves, empty when all is well."""
        return next((sender.trouble for sender in self._senders if sender.trouble), "")

    def _new_sender(self, number: int) -> Sender:
        line = Line(Client(self.relay), Journal(self.folder, self.name, number))
        return Sender(self.name, self.db, line, Presses(self.sender, self.links), self._in_hand, self.clock)

    def _run(self, sender: Sender) -> None:
        try:
            self._take_turns(sender)
        except Exception:
            # A mistake of ours. The process had better end: what this thread had in hand is recovered by the next.
            log.exception("this engine has failed")
            self.has_failed.set()
        sender.line.close()

    def _take_turns(self, sender: Sender) -> None:
        pause = IDLE
        while not self._stopping.is_set():
            if self._turn(sender):
                pause = IDLE
                continue
            pause = min(pause * 2, LONGEST_PAUSE) if sender.trouble else IDLE
            self._stopping.wait(pause)

    @staticmethod
    def _turn(sender: Sender) -> bool:
        try:
            send_samples(sender)
            has_moved = sender.work()
        except Unavailable as error:
            sender.database_trouble = error.message
            log.warning("%s", error)
            return False
        sender.database_trouble = ""
        return has_moved
