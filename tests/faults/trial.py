"""A run to a crowd through real engine processes, before a sink that forgets nothing, whoever is killed."""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.bulletin.when import When
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.errors import Unavailable
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.order import Desk
from newsletter.ledger.queue import enqueue_run
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.states import OPEN, State
from newsletter.links import Links, OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.tokens import Signer
from tests.bench import crowd
from tests.log_sink import HOUSE, LogSink

PATIENCE = 120.0  # seconds until something counts as not happening
_QUIET = 5.0  # seconds
_KEY = "k" * 40


@dataclass
class Trial:
    """One run. `people` of `crowd.settle` are in the database; engines are processes, the sink is one."""

    db: Database
    folder: Path
    people: int
    klass: str = "technical"
    connections: int = 4
    pause: float = 0.0  # seconds the sink takes for each message
    run: int = 0
    _engine: subprocess.Popen[bytes] | None = None
    _last: tuple[float, int] = (0.0, -1)  # when the sink last had a new mail, and how many it had then
    left: dict[str, float] = field(default_factory=dict)  # who opted out, and when that was committed (monotonic)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.sink = LogSink(self.folder / "taken", self.pause)

    def order(self) -> None:
        """Order the run, due now."""
        text = crowd.TEXT.replace("class: technical", f"class: {self.klass}")
        links, now = Links("https://news.vendor.example", Signer((_KEY.encode(),))), utc_now()
        desk = Desk(self.db, crowd.SENDER, links)
        self.run = desk.order(text, topic="bench", when=When(now), author="Ann", now=now).run or 0

    @contextmanager
    def going(self) -> Iterator[None]:
        """With the sink, and the run on its way."""
        self.sink.start()
        try:
            self.order()
            yield
        finally:
            self.sink.kill()

    @contextmanager
    def engine(self) -> Iterator[subprocess.Popen[bytes]]:
        """`newsletter engine`, killed at the end if it is still there. What it says is in `said`."""
        with (self.folder / "said").open("ab") as said:
            command = [sys.executable, "-P", "-m", "newsletter", "engine"]
            process = subprocess.Popen(command, env=self.environment, stderr=said)
        self._engine = process
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    @property
    def environment(self) -> Mapping[str, str]:
        """Of a process that works with this database and this sink."""
        return {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(HOUSE),
            "NEWSLETTER_VAR": str(self.folder),
            "NEWSLETTER_DATABASE_URL": self.db.engine.url.render_as_string(hide_password=False),
            "NEWSLETTER_SMTP_URL": self.sink.url,
            "NEWSLETTER_SECRET_KEY": _KEY,
            "NEWSLETTER_CONNECTIONS": str(self.connections),
        }

    def shown(self) -> Any:  # noqa: ANN401 - JSON
        """What `newsletter runs show` says."""
        command = [sys.executable, "-P", "-m", "newsletter", "runs", "show", str(self.run), "--json"]
        return json.loads(subprocess.run(command, env=self.environment, capture_output=True, check=True).stdout)

    def wait_for_mail(self, count: int) -> None:
        """Return as soon as the sink has taken so many."""
        give_up = time.monotonic() + PATIENCE
        while self.sink.count() < count:
            self._must_go_on(give_up)
            time.sleep(0.002)

    def wait_for_the_end(self) -> None:
        """Let engines work until every copy has its end; what waits for another time is tried now."""
        give_up = time.monotonic() + PATIENCE
        while self._is_open():
            self._must_go_on(give_up)
            time.sleep(0.05)

    def _must_go_on(self, give_up: float) -> None:
        is_alive = self._engine is not None and self._engine.poll() is None
        assert is_alive, f"the engine has ended: {self.said()}"
        assert time.monotonic() < give_up, f"{self.sink.count()} mails, {self.states()}; {self.said()}"

    def _is_open(self) -> bool:
        try:
            with self.db.read() as session:
                mine = Delivery.run_id == self.run, Delivery.state.in_(OPEN)
                waits = session.scalar(select(Delivery.id).where(*mine).limit(1)) is not None
                later = session.scalar(select(Batch.number).where(Batch.due_at > utc_now()).limit(1)) is not None
            if waits and (later or self._is_quiet()):
                self.hurry()
        except Unavailable:
            return True
        return waits

    def _is_quiet(self) -> bool:
        """Whether no mail has come for so long that only a lease that runs out can bring the rest."""
        if self.sink.count() != self._last[1]:
            self._last = time.monotonic(), self.sink.count()
        return time.monotonic() - self._last[0] > _QUIET

    def hurry(self) -> None:
        """Let the time come for every copy that was put off, and for leases to run out where nothing moves."""
        now = utc_now()
        if self._is_quiet():
            with self.db.write() as session:
                session.execute(update(Batch).where(Batch.lease_until.is_not(None)).values(lease_until=now))
        with self.db.write() as session:
            session.execute(update(Batch).where(Batch.run_id == self.run, Batch.due_at.is_not(None)).values(due_at=now))
            put_off = Delivery.state.in_((State.WAITING, State.DEFERRED)) & (Delivery.due_at > now)
            session.execute(update(Delivery).where(Delivery.run_id == self.run, put_off).values(due_at=now))
            enqueue_run(session, self.run, now)

    def states(self) -> Counter[State]:
        """How many copies stand where."""
        with self.db.read() as session:
            return Counter(State(state) for state in session.scalars(select(Delivery.state)))

    def by_state(self) -> dict[str, State]:
        """Where each copy stands, by address."""
        with self.db.read() as session:
            rows = session.execute(select(Delivery.address, Delivery.state).where(Delivery.run_id == self.run))
            return {address: State(state) for address, state in rows}

    def run_state(self) -> str:
        """Where the run stands."""
        with self.db.read() as session:
            return session.get_one(Run, self.run).state

    def said(self) -> str:
        """The last words of the engines."""
        file = self.folder / "said"
        return file.read_text()[-2000:] if file.exists() else ""

    @contextmanager
    def people_leaving(self, chance: random.Random, count: int, every: float) -> Iterator[None]:
        """Meanwhile some people opt out by the page, one after the other."""
        with self.db.read() as session:
            topic = session.scalars(select(Topic.id)).one()
            everybody = session.execute(select(Person.id, Person.address).order_by(Person.id)).all()
        leavers = [tuple(row) for row in chance.sample(everybody, count)]
        stop = threading.Event()
        thread = threading.Thread(target=self._leave, args=(leavers, topic, every, stop))
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def _leave(self, leavers: Sequence[tuple[int, str]], topic: int, every: float, stop: threading.Event) -> None:
        for person_id, address in leavers:
            while not stop.wait(every):
                try:
                    opt_out(self.db, OptOutLink(person_id, topic, 0), Way.PAGE, utc_now())
                except Unavailable:
                    continue  # the reader sees a 503 and taps again
                self.left[address] = time.monotonic()
                break
