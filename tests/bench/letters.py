"""CPU time of a letter, from a reader's values to the last octet, beside an `EmailMessage` given the ready parts."""

import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from newsletter.links import Links
from newsletter.message.letter import Letter
from newsletter.tokens import Signer

LETTERS, ROUNDS = 10_000, 5
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SENDER = Sender("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road", "acme.example")
LINKS = Links("https://news.acme.example", Signer((b"k" * 32,)))
SHORT = """---
number: TB-7
title: Grease the spindle sooner
class: technical
language: en
---
Dear {{ name }},

your {{ model }} ({{ serial }}) runs warm where cast iron is cut. Please
[order the kit](https://www.acme.example/parts/k-7?unit={{ serial }}) and grease it every 500 hours.

1. Stop the machine and let the spindle cool for ten minutes.
2. Wipe the nipple clean, press in 3 ml, turn the spindle by hand.
3. If grease comes out black, call us before you go on.
"""


def _press(text: str) -> Press:
    return Press(read_source(text), SENDER, List(1, "bulletins", "Technical bulletins"), LINKS, "0123456789abcdef")


def _reader(number: int, name: str) -> Reader:
    machine = Machine(number, "VX-500", f"A{100000 + number}", "K1", "Toolroom North")
    address = f"p{number}@firm{number % 500}.example"
    return Reader(address, name, f"Frost{number}", "en", (machine,), (("K1", "Toolroom North"),))


def _microseconds(make: Callable[[int], bytes], letters: int) -> float:
    """CPU time of the quickest round: whoever else is at work on the machine can only add to it."""
    rounds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for number in range(letters):
            make(number)
        rounds.append(time.process_time() - began)
    return min(rounds) / letters * 1e6


def _email_message(letter: Letter, number: int) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = "Acme <bulletins@acme.example>", f"Nora Frost <p{number}@firm.example>"
    message["Subject"], message["Message-ID"] = letter.subject, f"<{number}@acme.example>"
    for name, value in letter.headers:
        message[name] = value
    message.set_content(letter.text)
    message.add_alternative(letter.html, subtype="html")
    return bytes(message)


def _compare(what: str, text: str, name: str = "Nora") -> None:
    press = _press(text)
    readers = [_reader(number, name) for number in range(LETTERS)]

    def ours(number: int) -> bytes:
        return press.octets(readers[number], person_id=500_000 + number, delivery_id=500_000 + number, date=NOW)

    letter = press.letter(readers[0], person_id=1, delivery_id=1, date=NOW)
    size = len(ours(0))
    gc.collect()
    gc.freeze()
    a, b = _microseconds(ours, LETTERS), _microseconds(lambda number: _email_message(letter, number), LETTERS // 50)
    print(f"{what}, {size:,} octets: ours {a:.1f} µs, EmailMessage {b:,.0f} µs, ratio {b / a:.0f}")


def main() -> None:
    """Print both figures and their ratio, for a usual letter, for a name that needs coding, and for the demo."""
    _compare("a usual letter", SHORT)
    _compare("a name in another script", SHORT, "太郎")
    heartbeat = "models: VX-500\nheartbeat: true\nlanguage: en"
    _compare("with a heartbeat line", SHORT.replace("language: en", heartbeat))
    demo = Path(__file__).parents[2] / "demo" / "bulletin.md"
    _compare("the demo's bulletin", demo.read_text(encoding="utf-8"))


main()
