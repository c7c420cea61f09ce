"""What an engine is told, as plain values, and how the command becomes an engine.

The command reads the settings and brings the database up to date with libraries that an engine never needs again. They
would take a third of its memory for as long as it runs, so the command hands over what it found and is replaced.
"""

import os
import pickle
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from newsletter.bulletin.compose import Sender
from newsletter.bulletin.source import BulletinClass
from newsletter.engine.hashes import OWN_HASHES
from newsletter.engine.stopping import SIGNALS
from newsletter.links import Links
from newsletter.smtp.relay import Encryption, Relay
from newsletter.smtp.timeouts import Timeouts

FLAGS = ("-P", "-OO", "-X", "no_debug_ranges")
"""For Python: without docstrings an engine is 4 MB smaller, without the columns of each instruction half a MB."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """The settings of one engine. `folder` is where it keeps its journals."""

    database_url: str
    relays: Sequence[Relay]
    sender: Sender
    links: Links
    folder: Path
    connections: int
    timeouts: Timeouts
    dkim_keys: Path | None
    zone: str  # where the days of the house begin
    approval: Sequence[BulletinClass] = ()  # the classes that need a second colleague
    ends_with_stdin: bool = False

    @property
    def wants_openssl(self) -> bool:
        """Whether it is there anyway for TLS, or is to hash letters for signatures: it is ten times as fast at that."""
        return self.dkim_keys is not None or any(relay.encryption is not Encryption.NEVER for relay in self.relays)


def become_engine(outfit: Outfit, stop: threading.Event) -> None:
    """Replace this process by an engine: same process id, same standard input. Returns only if it is to stop."""
    # A signal that comes while nobody listens waits for the engine.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    if stop.is_set():
        return
    reader, writer = os.pipe()
    os.write(writer, pickle.dumps(outfit))
    os.close(writer)
    os.set_inheritable(reader, True)  # noqa: FBT003 - the library wants it so
    arguments = [str(reader)] if outfit.wants_openssl else [str(reader), OWN_HASHES]
    os.execv(sys.executable, [sys.executable, *FLAGS, "-m", "newsletter.engine", *arguments])  # noqa: S606 - ourselves


def handed_over(reader: int) -> Outfit:
    """What the command handed over. A signal that waits comes now."""
    with os.fdopen(reader, "rb") as handed:
        outfit = pickle.load(handed)  # noqa: S301 - we wrote it ourselves, into a pipe of our own
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    assert isinstance(outfit, Outfit)  # noqa: S101 - for mypy
    return outfit
