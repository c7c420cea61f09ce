"""Mail that came in, judged by its bytes."""

import base64
import quopri
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bounce.report import read_report

ARF = b"""From: <abusedesk@example.com>\r
Date: Thu, 8 Mar 2005 17:40:36 EDT\r
Subject: FW: Earn money\r
To: <complaints@acme.example>\r
Message-ID: <433689.81121.example@mta.mail.example>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=feedback-report;\r
 boundary="part1_13d.2e68ed54_boundary"\r
\r
--part1_13d.2e68ed54_boundary\r
Content-Type: text/plain; charset="US-ASCII"\r
\r
This is an email abuse report for an email message.\r
\r
--part1_13d.2e68ed54_boundary\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: Abuse\r
User-Agent: SomeGenerator/1.0\r
Version: 1\r
Original-Mail-From: <bounce+abc@acme.example>\r
\r
--part1_13d.2e68ed54_boundary\r
Content-Type: message/rfc822\r
Content-Disposition: inline\r
\r
Return-Path: <bounce+xyz@acme.example>\r
List-Unsubscribe: <https://news.acme.example/leave/AAAA>,\r
 <mailto:leave+bbbb@acme.example?subject=stop>\r
Subject: Earn money\r
\r
Spam Spam Spam\r
--part1_13d.2e68ed54_boundary--\r
"""


def test_rfc_5965_2_a_complaint_tells_its_kind_and_gives_our_mail_back() -> None:
    complaint = read_report(ARF, "abusedesk@example.com").complaint
    assert complaint is not None
    assert complaint.kind == "abuse"
    assert complaint.ways_out == ("https://news.acme.example/leave/AAAA", "mailto:leave+bbbb@acme.example?subject=stop")
    assert complaint.return_paths == ("bounce+xyz@acme.example", "bounce+abc@acme.example")


@pytest.mark.parametrize("coding", ["base64", "quoted-printable"])
def test_an_encoded_original_is_read_too(coding: str) -> None:
    head, _, tail = ARF.partition(b"Content-Disposition: inline\r\n\r\n")
    original, end = tail.split(b"\r\n--part1", 1)
    encoded = base64.encodebytes(original) if coding == "base64" else quopri.encodestring(original)
    mail = head + f"Content-Transfer-Encoding: {coding}\r\n\r\n".encode() + encoded + b"\r\n--part1" + end
    complaint = read_report(mail, "a@b.example").complaint
    assert complaint is not None
    assert complaint.ways_out[0] == "https://news.acme.example/leave/AAAA"


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        ("Auto-Submitted: auto-replied", "jo@firm.example"),
        ("Auto-Submitted: AUTO-GENERATED; x=y", "jo@firm.example"),
        ("Precedence: bulk", "jo@firm.example"),
        ("List-Id: <a.b>", "jo@firm.example"),
        ("X-Auto-Response-Suppress: OOF", "jo@firm.example"),
        ("Subject: x", ""),
        ("Subject: x", "MAILER-DAEMON@firm.example"),
        ("Subject: x", "owner-list@firm.example"),
        ("Subject: x", "list-request@firm.example"),
    ],
)
def test_rfc_3834_2_what_must_not_be_answered(head: str, sender: str) -> None:
    assert read_report(f"{head}\r\n\r\nstop\r\n".encode(), sender).is_automatic


@pytest.mark.parametrize("head", ["Subject: stop", "Auto-Submitted: no", "Auto-Submitted: No"])
def test_a_persons_mail_may_be_answered(head: str) -> None:
    report = read_report(f"{head}\r\nMessage-ID: <a@b.example>\r\n\r\n".encode(), "jo@firm.example")
    assert (report.is_automatic, report.message_id, report.complaint) == (False, "<a@b.example>", None)


@pytest.mark.parametrize("written", ["<a b>", "a@b", "<>", "<" + "x" * 300 + ">", "<a@b>\r\n <c@d>", "<ä@b>"])
def test_a_message_id_that_could_say_something_else_is_left_out(written: str) -> None:
    assert read_report(f"Message-ID: {written}\r\n\r\n".encode(), "jo@firm.example").message_id == ""


@given(st.binary(max_size=400))
def test_fault_22_no_octets_upset_the_reader(octets: bytes) -> None:
    read_report(octets, "jo@firm.example")
    read_report(ARF[:230] + octets, "jo@firm.example")


@pytest.mark.parametrize(
    "bomb",
    [
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n" + b"--x\n\n" * 200_000,
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n"
        + b"".join(b"--x\nContent-Type: multipart/mixed; boundary=x%d\n\n" % n for n in range(1000)),
        b"X: " + b"y" * 1_000_000,
        b"X: y\n" * 200_000,
        b"<" * 1_000_000,
        b"Content-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\n"
        b"Content-Type: message/rfc822\n\nList-Unsubscribe: " + b"<" * 60_000,
    ],
    ids=["parts", "depth", "field", "fields", "brackets", "ways out"],
)
def test_fault_24_a_mime_bomb_is_over_in_two_seconds(bomb: bytes) -> None:
    began = time.thread_time()
    read_report(bomb, "jo@firm.example")
    assert time.thread_time() - began < 2
