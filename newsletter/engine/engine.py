"""The sending engine of one process: its senders, what gives them work, and their timed work."""

import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path

from newsletter.bulletin.compose import Sender as From
from newsletter.bulletin.compose import Setter, set_here
from newsletter.bulletin.source import BulletinClass
from newsletter.db import Database
from newsletter.engine.choosing import choose
from newsletter.engine.dispatch import Dispatch
from newsletter.engine.embedded import Embedded
from newsletter.engine.exchange import Exchange
from newsletter.engine.jobs import Jobs
from newsletter.engine.journal import Journal, hold_lock, remove
from newsletter.engine.line import Line
from newsletter.engine.lines import Lines
from newsletter.engine.press import Presses
from newsletter.engine.send import Sender
from newsletter.errors import Misconfigured
from newsletter.ledger.gate import Gate, Refuse, refuse_here
from newsletter.ledger.run import BatchKey
from newsletter.links import Links
from newsletter.message.dkim import DkimSigner
from newsletter.smtp.client import Client
from newsletter.smtp.pool import Pool
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts

log = logging.getLogger(__name__)

_ABREAST = 4  # connections that one thread can serve while their servers work


@dataclass
class Engine:
    """Everything one engine is made of. `start` returns at once; `stop` lets the copies in hand finish."""

    db: Database
    relays: Sequence[Relay]
    sender: From
    links: Links
    folder: Path
    clock: Callable[[], datetime]
    connections: int = 4  # to each relay that names no number itself
    timeouts: Timeouts = field(default_factory=Timeouts)
    zone: str = "UTC"  # where the days of the house begin
    signer: Callable[[], DkimSigner | None] = lambda: None  # raises Misconfigured
    setter: Setter = set_here
    approval: Collection[BulletinClass] = ()  # the classes that need a second colleague
    refuse: Refuse = refuse_here
    name: str = field(default_factory=lambda: f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}")

    def __post_init__(self) -> None:
        self._in_hand: set[BatchKey] = set()
        self._senders: list[Sender] = []
        self._key_trouble = ""
        self.has_failed = threading.Event()

    def start(self) -> None:
        """Recover after the dead, then begin. Raises Unavailable where the folder cannot be written to."""
        self._lock = hold_lock(self.folder, self.name)
        self._senders = self._new_senders()
        self._jobs = Jobs(
            self.db,
            self.name,
            self.folder,
            clock=self.clock,
            in_hand=self._in_hand,
            trouble=self.trouble,
            may_start=self._has_keys,
            gate=Gate(self.sender, self.links, self.approval, choose, self.refuse),
        )
        self._jobs.start()
        self._dispatch = self._new_dispatch()
        self._dispatch.start()

    def stop(self) -> None:
        """Finish the copy on each wire; leave behind only what the next engine needs to recover after a failure."""
        for sender in self._senders:
            sender.stopping = True
        self._dispatch.stop()
        for sender in self._senders:
            sender.behind.join()
            sender.lines.close()
        self._jobs.stop()
        if self.has_failed.is_set() or any(sender.has_unrecorded for sender in self._senders):
            log.warning("not everything is in the ledger; the next engine reads it in the journal of %s", self.name)
        else:
            remove(self.folder, self.name)
        self._lock.close()

    def trouble(self) -> str:
        """Why nothing moves, empty when all is well."""
        return next((sender.trouble for sender in self._senders if sender.trouble), self._key_trouble)

    def _has_keys(self) -> bool:
        """Whether letters can be signed, or need not be: else no run starts, and what is under way waits."""
        try:
            self.signer()
        except Misconfigured as error:
            self._key_trouble = str(error)
            return False
        self._key_trouble = ""
        return True

    def _new_senders(self) -> list[Sender]:
        pool = Pool(self.relays, self.connections)
        presses = Presses(self.sender, self.links, self.setter)
        numbers = count()
        return [
            Sender(
                Exchange(self.db, self.name, relay.name, self.clock, self.zone),
                Lines([self._new_line(relay, next(numbers)) for _ in range(lines)]),
                presses,
                self._in_hand,
                pool,
                self.signer,
            )
            for relay in self.relays
            for lines in _shares(relay.connections or self.connections)
        ]

    def _new_line(self, relay: Relay, number: int) -> Line:
        return Line(Client(relay, timeouts=self.timeouts), Journal(self.folder, self.name, number))

    def _new_dispatch(self) -> Dispatch:
        if self.db.is_sqlite:
            return Embedded(self._senders, self.has_failed)
        from newsletter.engine.distributed import Distributed  # noqa: PLC0415 - on SQLite nobody needs psycopg

        return Distributed(self.db, self._senders, self.clock, self.has_failed)


def _shares(connections: int) -> list[int]:
    """How many of a relay's connections each thread has."""
    threads = -(-connections // _ABREAST)
    return [connections // threads + (number < connections % threads) for number in range(threads)]
