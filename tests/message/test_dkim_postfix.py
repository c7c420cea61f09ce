"""Signed letters on the far side of a real Postfix: smtpd, cleanup, queue, smtp."""

import smtplib
import time
from pathlib import Path

from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_key import DkimKey, Kind, zone_record
from newsletter.message.mime import to_bytes
from tests.message import postfix
from tests.message.dkim_judges import EVERYBODY, Judges
from tests.message.test_dkim import DOMAIN, LETTERS, NOW
from tests.relay_sink import RelaySink


def test_a_letter_that_passed_postfix_verifies(relay_sink: RelaySink, tmp_path: Path) -> None:
    keys = {"r1": DkimKey.new(Kind.RSA), "e1": DkimKey.new(Kind.ED25519)}
    signer = DkimSigner([key.seal(DOMAIN, selector) for selector, key in keys.items()])
    zone = "".join(zone_record(f"{selector}._domainkey.{DOMAIN}", key.record) + "\n" for selector, key in keys.items())
    with postfix.running(relay_sink.port) as port:
        with smtplib.SMTP("127.0.0.1", port, timeout=120) as line:
            for case, letter in LETTERS.items():
                sender = f"{case.replace(' ', '-').replace(',', '')}@{DOMAIN}"
                line.sendmail(sender, ["j.mueller@works.example"], signer.sign(to_bytes(letter), NOW))
        give_up = time.monotonic() + 30
        while len(relay_sink.messages) < len(LETTERS):
            assert time.monotonic() < give_up, relay_sink.messages
            time.sleep(0.02)
    arrived = {message.sender: message.content for message in relay_sink.messages}
    assert all(content.startswith(b"Received: from") for content in arrived.values())
    assert Judges(zone, tmp_path).accept_each(arrived) == dict.fromkeys(arrived, EVERYBODY)
