"""Mails made to keep their reader busy."""

import time
from collections.abc import Iterator

import pytest

from newsletter.bounce.report import read_report


def bombs() -> Iterator[tuple[str, bytes]]:
    head = b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\n\n"
    yield "parts", head + b"--x\n\n" * 200_000
    yield "depth", head + b"".join(b"--x\nContent-Type: multipart/mixed; boundary=x%d\n\n" % n for n in range(1_000))
    yield "blocks", head + b"--x\nContent-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 60_000
    yield "header", b"X: " + b"y" * 50_000_000
    yield "fields", b"Received: a\n" * 80_000
    yield "references", b"References: " + b"<a@b> " * 200_000
    yield "subject", b"Subject: " + b"=?utf-8?b?QUFB?= " * 60_000
    yield "from", b"From: " + b"a@" * 500_000
    yield "base64", b"Subject: failure notice\nContent-Transfer-Encoding: base64\n\n" + b"QUFB" * 250_000
    yield "tags", b"Subject: Out of office\nContent-Type: text/html\n\n" + b"<" * 1_000_000
    yield "words", b"Subject: failure notice\n\n" + b"user mailbox account " * 50_000
    yield "spaces", b"Subject: Out of office\n\n" + b"nicht mehr bei " * 60_000
    yield "quotes", b"Subject: failure notice\n\n" + b"-" * 1_000_000
    yield "script", b"Subject: Out of office\nContent-Type: text/html\n\n" + b"<script>" * 100_000


@pytest.mark.parametrize("bomb", [pytest.param(bomb, id=name) for name, bomb in bombs()])
def test_fault_24_a_mime_bomb_is_over_in_two_seconds(bomb: bytes) -> None:
    began = time.thread_time()
    read_report(bomb, "")
    assert time.thread_time() - began < 2
