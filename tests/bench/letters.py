"""Letters a second, one core: ours from values to bytes, beside `EmailMessage` given the ready parts."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from statistics import median

from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from newsletter.links import Links
from newsletter.message.mime import to_bytes
from newsletter.tokens import Signer

LETTERS, ROUNDS = 2_000, 5
NOW = datetime(2026, 11, 21, tzinfo=UTC)
SENDER = Sender("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road", "acme.example")
LINKS = Links("https://news.acme.example", Signer((b"k" * 32,)))


def _press() -> Press:
    source = read_source((Path(__file__).parents[2] / "demo" / "bulletin.md").read_text(encoding="utf-8"))
    return Press(source, SENDER, List(1, "bulletins", "Technical bulletins"), LINKS, "bench")


def _reader(number: int) -> Reader:
    machine = Machine(number, "VX-500", f"A{100000 + number}", "K1", "Toolroom North")
    return Reader(f"p{number}@firm.example", "Nora", "Frost", "en", (machine,), (("K1", "Toolroom North"),))


def _rate(make: Callable[[int], bytes]) -> float:
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for number in range(LETTERS):
            make(number)
        seconds.append(time.perf_counter() - began)
    return LETTERS / median(seconds)


def main() -> None:
    """Print both rates and their ratio."""
    press = _press()
    readers = [_reader(number) for number in range(LETTERS)]

    def ours(number: int) -> bytes:
        return to_bytes(press.letter(readers[number], person_id=number, delivery_id=number, date=NOW))

    sample = press.letter(readers[0], person_id=1, delivery_id=1, date=NOW)

    def theirs(number: int) -> bytes:
        message = EmailMessage()
        message["From"], message["To"] = "Acme <bulletins@acme.example>", f"Nora Frost <p{number}@firm.example>"
        message["Subject"], message["Message-ID"] = sample.subject, f"<{number}@acme.example>"
        message.set_content(sample.text)
        message.add_alternative(sample.html, subtype="html")
        return bytes(message)

    a, b = _rate(ours), _rate(theirs)
    print(f"letter of {len(ours(0)):,} octets: ours {a:,.0f}/s, EmailMessage {b:,.0f}/s, ratio {a / b:.1f}")


main()
