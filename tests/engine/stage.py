"""A database with the cast and a crowd in it, a bulletin, a relay and a clock that a test moves by hand."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.consent import Consent, ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.bulletin.compose import Sender as From
from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import When, read_theirs
from newsletter.db import Database
from newsletter.engine.engine import Engine
from newsletter.engine.exchange import Exchange
from newsletter.engine.journal import Journal
from newsletter.engine.line import Line
from newsletter.engine.lines import Lines
from newsletter.engine.press import Presses
from newsletter.engine.send import Sender
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.ledger.enrol import finish_idle
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Run
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event, State
from newsletter.links import Links
from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_keys import DkimKeys
from newsletter.smtp.client import Client
from newsletter.smtp.pool import Pool
from newsletter.smtp.relay import Relay as RelayAddress
from tests import cast
from tests.engine.relay import Relay

HOUSE = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds until something counts as not happening
FROM = From("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road", "acme.example")


def wait_until(holds: Callable[[], object], what: str = "") -> None:
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up, f"waited in vain: {what}"
        time.sleep(0.02)


@dataclass
class Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Stage:
    """`clock` is for what runs in this process. Processes of their own go by the real one."""

    db: Database
    relay: Relay
    clock: Clock
    links: Links
    folder: Path
    _senders: list[Sender] = field(default_factory=list)

    def close(self) -> None:
        """Close what was opened here."""
        for sender in self._senders:
            sender.lines.close()

    def crowd(self, count: int) -> None:
        """The cast, and `count` people who agreed to the bulletins: `p0000@crowd.example` and so on."""
        with self.db.write() as session:
            here = cast.play(session, self.clock.now)
            self._agreed(session, here.bulletins, *(f"p{number:04}@crowd.example" for number in range(count)))

    def newcomer(self, address: str) -> None:
        with self.db.write() as session:
            self._agreed(session, session.scalars(select(Topic).where(Topic.key != "safety")).one(), address)

    def order(
        self,
        klass: str = "technical",
        *,
        number: str = "TB-1",
        at: datetime | None = None,
        waves: str = "",
        hours: str = "",
        theirs: str = "",
    ) -> int:
        """A run of a bulletin to everybody who agreed."""
        text = f"---\nnumber: {number}\ntitle: Grease\nclass: {klass}\nlanguage: en\n---\n# Grease\n\nGrease it.\n"
        when = When(at or self.clock.now, waves=read_waves(waves), hours=hours)
        if theirs:
            when = read_theirs(theirs, "Europe/Berlin", self.clock.now)
        run = Desk(self.db, FROM, self.links).order(text, topic="", when=when, author="Ann", now=self.clock.now).run
        assert run is not None
        return run

    def start_due(self) -> list[int]:
        return start_due(self.db, "test", self.clock.now)

    def finish_idle(self) -> None:
        finish_idle(self.db, self.clock.now)

    def sender(self, name: str = "first", lines: int = 1) -> Sender:
        """One thread's work, without threads and timed jobs."""
        self.folder.mkdir(parents=True, exist_ok=True)
        relay = RelayAddress.from_url(self.relay.url)
        own = Lines([Line(Client(relay), Journal(self.folder, name, number)) for number in range(lines)])
        counter = Exchange(self.db, name, relay.name, self.clock)
        self._senders.append(Sender(counter, own, Presses(FROM, self.links), set(), Pool([relay], lines)))
        return self._senders[-1]

    @staticmethod
    def signer(keys: Path) -> Callable[[], DkimSigner | None]:
        """Of the house's letters, with the keys of a folder."""
        return lambda: DkimKeys(keys).for_sender(FROM.address.rpartition("@")[2])

    def engine(self, clock: Callable[[], datetime] | None = None, connections: int = 1) -> Engine:
        return Engine(
            db=self.db,
            relays=[RelayAddress.from_url(self.relay.url)],
            sender=FROM,
            links=self.links,
            folder=self.folder,
            clock=clock or self.clock,
            connections=connections,
        )

    def environment(self, **settings: str) -> dict[str, str]:
        """Of a process that works with this database and relay."""
        here = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(HOUSE),
            "NEWSLETTER_VAR": str(self.folder.parent),
            "NEWSLETTER_DATABASE_URL": self.db.engine.url.render_as_string(hide_password=False),
            "NEWSLETTER_SMTP_URL": self.relay.url,
            "NEWSLETTER_SECRET_KEY": "k" * 40,
        }
        return here | {f"NEWSLETTER_{name.upper()}": value for name, value in settings.items()}

    def run(self, run_id: int) -> Run:
        with self.db.read() as session:
            return session.get_one(Run, run_id)

    def copies(self) -> dict[str, Delivery]:
        """Every copy by address."""
        with self.db.read() as session:
            return {copy.address: copy for copy in session.scalars(select(Delivery))}

    def states(self) -> Counter[State]:
        return Counter(State(copy.state) for copy in self.copies().values())

    def all_accepted(self) -> bool:
        return set(self.states()) == {State.ACCEPTED}

    def lost(self) -> Counter[str]:
        """How often the ledger says of each copy that it may be out."""
        with self.db.read() as session:
            lost = select(Delivery.address).join(DeliveryEvent, DeliveryEvent.delivery_id == Delivery.id)
            return Counter(session.scalars(lost.where(DeliveryEvent.event == Event.LOSE)))

    def message_ids(self) -> dict[str, set[str]]:
        """What the relay saw, by recipient."""
        seen: dict[str, set[str]] = {}
        for message in self.relay.taken:
            seen.setdefault(message.to, set()).add(message.message_id)
        return seen

    def left_behind(self) -> list[str]:
        """The files that engines left."""
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []

    def _agreed(self, session: Session, topic: Topic, *addresses: str) -> None:
        now, granted = self.clock.now, ConsentAct.GRANTED
        people = [
            Person(address=address, address_key=address, first_name="Jo", last_name="Doe", created_at=now)
            for address in addresses
        ]
        session.add_all(people)
        session.flush()
        facts = [
            Consent(person_id=p.id, topic_id=topic.id, act=granted, recorded_at=now, source="the crowd") for p in people
        ]
        session.add_all(facts)
        session.flush()
        session.add_all(
            Subscription(person_id=fact.person_id, topic_id=topic.id, state=granted, consent_id=fact.id)
            for fact in facts
        )


def leave(session: Session, address: str) -> None:
    """What an opt-out writes that counts for a run."""
    person = session.scalars(select(Person).where(Person.address == address)).one()
    session.scalars(select(Subscription).where(Subscription.person_id == person.id)).one().state = ConsentAct.WITHDRAWN


@contextmanager
def running(engine: Engine) -> Iterator[Engine]:
    """An engine in this process, stopped at the end."""
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


@contextmanager
def engine_process(
    environment: Mapping[str, str], *options: str, is_heard: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """`newsletter engine`, killed at the end if it is still there; what it says can be read if it `is_heard`."""
    command = [sys.executable, "-P", "-m", "newsletter", "engine", *options]
    said = subprocess.PIPE if is_heard else subprocess.DEVNULL
    process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=said)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()
