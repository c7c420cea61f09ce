"""Hosts with a network stack each on one machine: network namespaces on a bridge, gone when this process is."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DATABASE, RELAY = "10.99.0.1", "10.99.0.2"
"""Where the bridge answers: every host reaches both, and can be cut off from one of them."""

_NEEDED = ("ip", "unshare", "nsenter", "setpriv")
_INSIDE = "--inside"
_PATIENCE = 60.0  # seconds until a namespace counts as not coming


@dataclass(frozen=True, slots=True)
class Host:
    """One host. `pid` is a process that does nothing but hold its network stack."""

    number: int
    pid: int

    def command(self, *command: str) -> list[str]:
        """What runs a command on this host; the process id is the command's own."""
        return ["nsenter", f"--target={self.pid}", "--net", "--", *command]

    @contextmanager
    def unplugged(self) -> Iterator[None]:
        """Its cable is out: nothing comes, nothing goes, and nobody is told."""
        _ip("link", "set", f"host{self.number}", "down")
        try:
            yield
        finally:
            _ip("link", "set", f"host{self.number}", "up")

    @contextmanager
    def without(self, address: str) -> Iterator[None]:
        """It cannot send to one address, but to all others."""
        route = ("ip", "route", "add", "blackhole", f"{address}/32")
        subprocess.run(self.command(*route), check=True)
        try:
            yield
        finally:
            subprocess.run(self.command("ip", "route", "del", "blackhole", f"{address}/32"), check=True)


def alone_in_a_network() -> None:
    """Start this program again in a network namespace of its own. Ends it with a sentence where that cannot be."""
    if _INSIDE in sys.argv:
        sys.argv.remove(_INSIDE)
        return
    missing = [program for program in _NEEDED if shutil.which(program, path=_path()) is None]
    if missing:
        sys.exit(f"This needs {' and '.join(missing)}: apt-get install -y iproute2 util-linux")
    if os.geteuid() != 0:
        sys.exit("This makes network namespaces, which only root may: sudo bin/soak hosts")
    if subprocess.run(["unshare", "--net", "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        sys.exit("This system makes no network namespaces: a container needs CAP_SYS_ADMIN for it.")
    program = ["unshare", "--net", "--", sys.executable, "-m", sys.modules["__main__"].__spec__.name]
    os.execvp(program[0], [*program, *sys.argv[1:], _INSIDE])  # noqa: S606 - a program of ours


@contextmanager
def hosts(count: int) -> Iterator[Sequence[Host]]:
    """Hosts that reach `DATABASE` and `RELAY`, both of which are here."""
    _ip("link", "set", "lo", "up")
    _ip("link", "add", "hub", "type", "bridge")
    for address in (DATABASE, RELAY):
        _ip("addr", "add", f"{address}/24", "dev", "hub")
    _ip("link", "set", "hub", "up")
    # They end with this process, in whatever way it does.
    hold = ["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity"]
    holders = [subprocess.Popen(hold) for _ in range(count)]
    try:
        yield [_plugged_in(Host(number, holder.pid)) for number, holder in enumerate(holders, 1)]
    finally:
        for holder in holders:
            holder.kill()
            holder.wait()


def _plugged_in(host: Host) -> Host:
    ours, theirs = (Path(f"/proc/{pid}/ns/net") for pid in ("self", host.pid))
    give_up = time.monotonic() + _PATIENCE
    while theirs.readlink() == ours.readlink():
        assert time.monotonic() < give_up, "no network namespace"
        time.sleep(0.01)
    cable = f"host{host.number}"
    _ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", str(host.pid))
    _ip("link", "set", cable, "master", "hub", "up")
    for words in ("link set lo up", f"addr add 10.99.0.{10 + host.number}/24 dev eth0", "link set eth0 up"):
        subprocess.run(host.command("ip", *words.split()), check=True)
    return host


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
