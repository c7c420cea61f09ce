"""`bin/soak hosts`: three engines on three hosts, one PostgreSQL, one relay, and everything that can happen to them.

In each round one host dies, one is cut off, and PostgreSQL is restarted, while a bulletin goes to 5,000 people. Every
host has a network stack and a journal folder of its own. In the end everybody must have exactly one accepted copy, or
be shown in doubt. Ends with code 1 where anything is wrong. Needs root.
"""

import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from newsletter import schema
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.domain import as_a_labels
from newsletter.errors import Unavailable
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.links import Links
from newsletter.tokens import Signer
from tests import postgres
from tests.engine.relay import Relay
from tests.engine.stage import Clock, Stage
from tests.faults import network
from tests.faults.network import DATABASE, RELAY, Host

PEOPLE, CAST = 5_000, 4
PACE = 0.05  # seconds the relay takes for a copy, so that a round lasts
CONNECTIONS = 2
PATIENCE = 900.0  # seconds until a round counts as never ending

SENDER = {
    "sender_address": "bulletins@acme.example",
    "reply_address": "service@acme.example",
    "postal_address": "1 Works Road",
    "connections": str(CONNECTIONS),
}


@dataclass(frozen=True, slots=True)
class Round:
    """What happens: to what class of bulletin, how long a host is cut off and from what, whether the dead return."""

    klass: str
    cut_off: float  # seconds
    from_all: bool  # else from the database only
    returns: bool

    def __str__(self) -> str:
        cut = f"cut off from {'all' if self.from_all else 'the database'} for {self.cut_off:.0f} s"
        return f"{self.klass}, one killed{' and back' if self.returns else ''}, one {cut}"


# The longest cut is longer than a lease, so that others take over what the one that is cut off believes to have.
ROUNDS = (
    Round("technical", 60, from_all=False, returns=True),
    Round("marketing", 60, from_all=True, returns=False),
    Round("technical", 150, from_all=True, returns=False),
    Round("marketing", 150, from_all=False, returns=True),
)


def main() -> int:
    """Play the rounds, print a line for each; the exit code."""
    network.alone_in_a_network()
    is_good = True
    with network.hosts(3) as hosts:
        for number, story in enumerate(ROUNDS, 1):
            is_good &= not _played(story, hosts, number)
    return 0 if is_good else 1


def _played(story: Round, hosts: Sequence[Host], number: int) -> list[str]:
    with ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="newsletter-soak-")))
        rights = folder / "hba"
        rights.write_text(f"local all all trust\nhost all all {DATABASE}/24 trust\n")
        folder.chmod(0o755)
        cluster = ends.enter_context(postgres.running((f"listen_addresses={DATABASE}", f"hba_file={rights}")))
        cluster.create("house")
        db = Database(cluster.url("house"))
        ends.callback(db.close)
        schema.migrate(db)
        relay = Relay(says=lambda at, _: time.sleep(PACE) if at == "dot" else None, host=RELAY)
        relay.open()
        ends.callback(relay.close)
        links = Links("https://news.acme.example", Signer((b"k" * 40,)))
        stage = Stage(db, relay, Clock(utc_now()), links, folder / "here" / "engine")
        stage.crowd(PEOPLE)
        trial = _Trial(stage, [_Engine(host, stage, folder) for host in hosts])
        began = time.monotonic()
        trial.play(story, cluster)
        wrong = trial.wrongs(story)
        said = f"round {number}: {story}: {trial.outcome()}, {time.monotonic() - began:.0f} s"
        print("\n  WRONG: ".join([said, *wrong]), flush=True)
        return wrong


@dataclass
class _Engine:
    """`newsletter engine` on one host, which has a folder of its own."""

    host: Host
    stage: Stage
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = self.stage.environment(**SENDER) | {
            "NEWSLETTER_VAR": str(self.folder / f"host{self.host.number}"),
            "NEWSLETTER_DATABASE_URL": f"postgresql://newsletter@{DATABASE}/house",
        }
        command = self.host.command(sys.executable, "-P", "-m", "newsletter", "engine", "--until-stdin-closes")
        with (self.folder / f"host{self.host.number}.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stderr=log)

    @property
    def has_ended_by_itself(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()
        self.process = None

    def end(self) -> int:
        """Ask it to stop; its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(30)


@dataclass
class _Trial:
    stage: Stage
    engines: Sequence[_Engine]
    run: int = 0
    codes: list[int] = field(default_factory=list)

    def play(self, story: Round, cluster: postgres.Cluster) -> None:
        killed, cut_off, untouched = self.engines
        for engine in self.engines:
            engine.start()
        try:
            self.run = self.stage.order(story.klass)
            self._wait(lambda: len(self.stage.relay.taken) > PEOPLE // 10, "mail flows")
            killed.kill()
            cutting = threading.Thread(target=_cut_off, args=(cut_off.host, story))
            cutting.start()
            time.sleep(story.cut_off / 3)
            cluster.stop()
            time.sleep(2)
            cluster.start()
            if story.returns:
                killed.start()
            cutting.join()
            self._wait(self._is_over, "the run ends")
        finally:
            alive = [cut_off, untouched, *([killed] if story.returns else [])]
            self.codes = [engine.end() for engine in alive]

    def wrongs(self, story: Round) -> list[str]:
        """What is not as it must be."""
        copies = {_on_the_wire(to): copy for to, copy in self.stage.copies().items()}
        seen, doubted = self.stage.message_ids(), {_on_the_wire(to) for to in self.stage.lost()}
        in_doubt = {to for to, copy in copies.items() if copy.state == State.IN_DOUBT}
        accepted = {to for to, copy in copies.items() if copy.state == State.ACCEPTED}
        twice = {to for to, count in self.stage.relay.copies.items() if count > 1}
        checks = {
            "nobody is left out": copies.keys() - seen.keys() - in_doubt,
            "each has one Message-ID": {to for to, ids in seen.items() if len(ids) > 1},
            "who has it twice was shown in doubt": twice - doubted,
            "every copy is accepted or in doubt": copies.keys() - accepted - in_doubt,
            "what is accepted has arrived": accepted - seen.keys(),
            "a marketing bulletin comes once": twice if story.klass == "marketing" else set(),
        }
        wrong = [f"{law}: not so for {len(found)}, {sorted(found)[:3]}" for law, found in checks.items() if found]
        return wrong + [f"an engine ended with code {code}" for code in self.codes if code]

    def outcome(self) -> str:
        states = ", ".join(f"{count} {state}" for state, count in sorted(self.stage.states().items()))
        twice = sum(count > 1 for count in self.stage.relay.copies.values())
        return f"{states}; {len(self.stage.lost())} were in doubt, {twice} came twice"

    def _is_over(self) -> bool:
        with suppress(Unavailable):
            return self.stage.run(self.run).state == RunState.FINISHED
        return False

    def _wait(self, holds: Callable[[], bool], what: str) -> None:
        give_up = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < give_up, f"waited in vain: {what}"
            assert not any(engine.has_ended_by_itself for engine in self.engines), "an engine has ended"
            time.sleep(0.2)


def _on_the_wire(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{as_a_labels(domain)}"


def _cut_off(host: Host, story: Round) -> None:
    with host.unplugged() if story.from_all else host.without(DATABASE):
        time.sleep(story.cut_off)


if __name__ == "__main__":
    sys.exit(main())
