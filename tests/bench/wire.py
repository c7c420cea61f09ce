"""Ready messages over the wire: ours beside smtp-source at its best and beside smtplib, all to one smtp-sink."""

import multiprocessing
import resource
import smtplib
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from newsletter.smtp.client import Client
from newsletter.smtp.copy import Copy
from newsletter.smtp.envelope import Envelope
from newsletter.smtp.outcome import Kind
from newsletter.smtp.relay import Relay
from tests.smtp_sink import postfix, smtp_sink

MESSAGES, ROUNDS, SIZE = 20_000, 3, 5000
SESSIONS = (1, 2, 4, 8, 16, 32)
SENDER = "bounce+{:07x}@news.vendor.example"
LINE = b"A line of a technical bulletin about the spindle of a milling machine.\r\n"
LETTER = (b"Subject: Bulletin 17\r\n\r\n" + LINE * (SIZE // len(LINE) + 1))[: SIZE - 2] + b"\r\n"


@dataclass(frozen=True)
class Figure:
    """What one way of sending took: processor microseconds a message, user and system, and messages a second."""

    cpu: float
    rate: float


def _measured(send: Callable[[], None], messages: int, who: int) -> Figure:
    began, used = time.perf_counter(), _cpu(who)
    send()
    return Figure((_cpu(who) - used) / messages * 1e6, messages / (time.perf_counter() - began))


def _cpu(who: int) -> float:
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def _copies(count: int) -> list[Copy]:
    return [
        Copy(number, Envelope(SENDER.format(number), f"p{number}@firm{number % 900}.example", f"d{number}"), LETTER)
        for number in range(count)
    ]


def _ours(port: int, copies: list[Copy]) -> None:
    with Client(Relay("127.0.0.1", port)) as client:
        outcomes = client.send_all(copies, before_dot=lambda _: None)
        accepted = sum(outcome.kind is Kind.ACCEPTED for _, outcome in outcomes)
    assert accepted == len(copies)


def _ours_in_two(port: int, copies: list[Copy]) -> None:
    half = len(copies) // 2
    fork = multiprocessing.get_context("fork")
    halves = [fork.Process(target=_ours, args=(port, part)) for part in (copies[:half], copies[half:])]
    for each in halves:
        each.start()
    for each in halves:
        each.join()


def _smtplib(port: int, copies: list[Copy]) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        for copy in copies:
            client.sendmail(copy.envelope.sender, [copy.envelope.recipient], copy.octets)


def _smtp_source(port: int, sessions: int) -> None:
    size = ["-l", str(SIZE), "-m", str(MESSAGES), "-s", str(sessions)]
    people = ["-f", "bounce@news.vendor.example", "-t", "person@firm.example"]
    subprocess.run([postfix("smtp-source"), "-d", *size, *people, f"127.0.0.1:{port}"], check=True)


def _round(port: int) -> dict[str, Figure]:
    copies, few = _copies(MESSAGES), _copies(MESSAGES // 10)
    self, children = resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN
    found = {
        "ours, 1 connection": _measured(lambda: _ours(port, copies), MESSAGES, self),
        "ours, 2 processes": _measured(lambda: _ours_in_two(port, copies), MESSAGES, children),
        "smtplib": _measured(lambda: _smtplib(port, few), len(few), self),
    }
    for sessions in SESSIONS:
        found[f"smtp-source -s {sessions}"] = _measured(lambda n=sessions: _smtp_source(port, n), MESSAGES, children)
    return found


def main() -> None:
    """Print the median of each way, and ours against the best of the others."""
    with smtp_sink("-c") as port:
        rounds = [_round(port) for _ in range(ROUNDS)]
    middle = {
        way: Figure(median(each[way].cpu for each in rounds), median(each[way].rate for each in rounds))
        for way in rounds[0]
    }
    for way, figure in middle.items():
        print(f"{way:20} {figure.cpu:6.1f} us of processor a message {figure.rate:8,.0f} messages/s")
    best = max((way for way in middle if way.startswith("smtp-source")), key=lambda way: middle[way].rate)
    for ours in ("ours, 1 connection", "ours, 2 processes"):
        for other in (best, "smtplib"):
            cpu, rate = middle[ours].cpu / middle[other].cpu, middle[ours].rate / middle[other].rate
            print(f"{ours} beside {other}: {cpu:.2f} of its processor time, {rate:.2f} of its messages/s")


if __name__ == "__main__":
    main()
