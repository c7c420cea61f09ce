"""Signatures a second on all cores: `openssl speed` beside our signing of whole letters, RSA-2048, in turns."""

import os
import re
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_key import DkimKey, Kind
from newsletter.message.headers import ListIdentity, list_headers, message_id
from newsletter.message.letter import Letter, Mailbox
from newsletter.message.mime import to_bytes

CORES = os.cpu_count() or 1
ROUNDS, SECONDS, CHUNK = 5, 2, 500
NOW = datetime(2026, 11, 21, tzinfo=UTC)
IDENTITY = ListIdentity("bulletins.acme.example", "Bulletins", "https://acme.example/help", "mailto:news@acme.example")
WORDS = (
    "on some VX-500 machines the coolant filter clogs earlier than the manual says, above all where cast iron is cut. "
    "The spindle then runs warm long before an alarm comes, hotter than 60 °C: stop and call us first."
)
METALS = ("Steel", "Aluminium", "Cast iron")


def _letter(number: int) -> bytes:
    name = f"Nora Müller-Frost {number}"
    rows = [f"{metal:<12}{1000:>12} hours{number:>12} hours\n" for metal in METALS]
    cells = [f"<tr><td>{metal}</td><td>1000 hours</td><td>{number} hours</td></tr>\n" for metal in METALS]
    html = f"<p>Dear {name},</p>\n" + f'<p style="margin: 0 0 16px">{WORDS}</p>\n' * 8 + "".join(cells)
    letter = Letter(
        sender=Mailbox("Acme Maschinenbau GmbH", "news@acme.example"),
        to=Mailbox(name, f"n.frost{number}@works.example"),
        reply_to=Mailbox("Acme Service", "service@acme.example"),
        subject="Clean the coolant filter every 500 hours, VX-500 and VX-500i",
        text=f"Dear {name},\n\n" + f"{WORDS}\n\n" * 8 + "".join(rows),
        html=f"<!DOCTYPE html><html lang=en><body>\n{html}</body></html>\n",
        language="en",
        message_id=message_id(f"run7.{number}", "acme.example"),
        date=NOW,
        headers=list_headers(
            IDENTITY,
            unsubscribe=f"https://news.acme.example/leave/{number:032x}",
            feedback=("tb-14", "technical", "run7", "acme"),
        ),
    )
    return to_bytes(letter)


def _openssl(*options: str) -> float:
    command = ["openssl", "speed", *options, "-seconds", str(SECONDS), "rsa2048"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (signed,) = re.findall(r"^rsa 2048 bits +\S+s +\S+s +([\d.]+)", said, re.MULTILINE)
    return float(signed)


def _ours(signer: DkimSigner, letters: list[bytes]) -> tuple[float, float]:
    """Letters a second, and seconds of processor a letter."""
    done, began, spent = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - began < SECONDS:
        done += len(signer.sign_many(letters, NOW))
    return done / (time.perf_counter() - began), (time.process_time() - spent) / done


def _resident() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    """Print the best of each, in one run, and the ratio."""
    letters = [_letter(number) for number in range(CHUNK)]
    signer = DkimSigner([DkimKey.new(Kind.RSA).seal("acme.example", "r20261121")])
    before = _resident()
    turns = [(_openssl("-multi", str(CORES)), *_ours(signer, letters)) for _ in range(ROUNDS)]
    openssl, ours, cost = max(turn[0] for turn in turns), max(turn[1] for turn in turns), min(turn[2] for turn in turns)
    # On one core openssl counts processor time only, so this compares well on a busy machine too.
    bare = 1 / max(_openssl() for _ in range(ROUNDS))
    grown = _resident() - before
    print(f"letters of {len(letters[0]):,} octets, {CORES} cores, best of {ROUNDS} turns of {SECONDS} s")
    print(f"openssl speed rsa2048: {openssl:,.0f}/s; sign_many: {ours:,.0f}/s; ratio {ours / openssl:.3f}")
    print(f"processor time: openssl {bare * 1e6:.0f} microseconds, a letter {cost * 1e6:.0f}; ratio {bare / cost:.3f}")
    print(f"resident: {before:.0f} MB with 500 letters, {grown:.1f} MB more for keys, threads and signed letters")
    both = DkimSigner([*signer.seals, DkimKey.new(Kind.ED25519).seal("acme.example", "e20261121")])
    print(f"with Ed25519 beside it: {max(_ours(both, letters)[0] for _ in range(2)):,.0f}/s")


main()
