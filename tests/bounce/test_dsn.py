"""Which mails say that another never arrived, and how grave that is. Only a mailbox that is gone is hard."""

from email.parser import BytesHeaderParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bounce.dsn import Failure, read_failure
from newsletter.bounce.grade import Grade, grade_of
from tests.bounce.mails import dsn, plain

HARD, SOFT, POLICY, CONTENT, UNCLEAR = Grade


def failure(octets: bytes, sender: str = "") -> Failure | None:
    return read_failure(BytesHeaderParser().parsebytes(octets), octets, sender)


def grade(octets: bytes, sender: str = "") -> Grade | None:
    found = failure(octets, sender)
    return found.grade if found else None


@pytest.mark.parametrize(
    ("status", "words", "expected"),
    [
        ("5.1.1", "550 5.1.1 User unknown", HARD),
        ("5.1.2", "", HARD),
        ("5.1.3", "553 bad address", HARD),
        ("5.1.6", "", HARD),
        ("5.2.1", "550 5.2.1 mailbox disabled", HARD),
        ("5.0.0", "550 5.1.1 no such user here", HARD),
        ("5.0.0", "550 No such user", HARD),
        ("5.2.2", "552 5.2.2 mailbox full", SOFT),
        ("5.1.1", "550 mailbox is full, quota exceeded", UNCLEAR),
        ("4.4.1", "connect timed out", SOFT),
        ("4.2.2", "", SOFT),
        ("5.7.1", "550 5.7.1 rejected", POLICY),
        ("5.7.1", "550 5.7.1 no such user", POLICY),
        ("5.1.1", "550 rejected as spam", POLICY),
        ("5.0.0", "554 5.7.515 Access denied, sending domain does not pass", POLICY),
        ("5.1.8", "550 sender address rejected", POLICY),
        ("5.1.7", "", POLICY),
        ("5.0.0", "550 blocked by Spamhaus", POLICY),
        ("5.3.4", "552 message too large", CONTENT),
        ("5.1.1", "550 max message size exceeded", CONTENT),
        ("5.6.0", "", CONTENT),
        ("5.0.0", "550 no", UNCLEAR),
        ("5.3.0", "", UNCLEAR),
        ("", "", UNCLEAR),
        ("5.1.1.1", "version 5.1.1.7 of the server", UNCLEAR),
    ],
)
def test_rfc_3463_a_status_and_the_servers_words_are_graded(status: str, words: str, expected: Grade) -> None:
    assert grade(dsn(status, words)) is expected


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", "expanded", "", "odd"])
def test_rfc_3464_2_3_3_only_a_failure_is_one(action: str) -> None:
    assert grade(dsn(action=action, status="4.1.1" if not action else "5.1.1")) is None


def test_rfc_3464_of_several_recipients_the_mildest_counts_and_one_delivered_is_enough() -> None:
    gone = "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
    full, there = gone.replace("5.1.1", "5.2.2"), gone.replace("failed", "relayed")
    assert grade(dsn(blocks=gone + gone)) is HARD
    assert grade(dsn(blocks=gone + full)) is SOFT
    assert grade(dsn(blocks=gone + there)) is None


def test_rfc_6533_an_international_report_is_one_too() -> None:
    assert grade(dsn(kind="message/global-delivery-status")) is HARD


def test_a_receipt_or_a_complaint_is_no_failure() -> None:
    receipt = dsn().replace(b"report-type=delivery-status", b"report-type=disposition-notification")
    assert grade(receipt) is None


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (plain("failure notice", "This is qmail.\n<jo@firm.example>:\nno mailbox here by that name. (#5.1.1)"), HARD),
        (plain("Mail delivery failed: returning message to sender", "jo@firm.example\n  unrouteable address"), HARD),
        (plain("Undeliverable: Spindle", "The e-mail account does not exist.\nuser not found"), HARD),
        (plain("Unzustellbar", "550 5.1.1 unbekannt"), HARD),
        (plain("Delivery failure", "user has exceeded his quota"), SOFT),
        (plain("Returned mail", "550 message looks like spam"), POLICY),
        (plain("Returned mail", "It did not work.\n--- Original message ---\nuser unknown, mailbox full"), UNCLEAR),
        (plain("Returned mail", "It did not work.\nReceived: from a by b\nno such user"), UNCLEAR),
        (plain("Warning: could not deliver yet", "user unknown"), None),
        (plain("Automatic reply: Spindle", "user unknown"), None),
        (plain("Out of office", "I am away"), None),
    ],
    ids=range(11),
)  # fmt: skip
def test_what_older_servers_write_is_graded_by_their_words_and_not_by_ours(
    octets: bytes, expected: Grade | None
) -> None:
    assert grade(octets) is expected


def test_a_person_who_writes_of_a_failure_reports_none() -> None:
    words = plain("Undeliverable?", "user unknown, they told me: 5.1.1", sender="jo@firm.example")
    assert grade(words, "jo@firm.example") is None
    assert grade(words, "MAILER-DAEMON@x.example") is HARD


@given(st.text(max_size=300), st.sampled_from(["", "5.1.1", "5.0.0", "4.2.2", "9.9.9"]))
def test_a_block_is_never_hard(words: str, status: str) -> None:
    assert grade_of(status, f"{words} blocked by our spam filter") is POLICY


@given(st.binary(max_size=600), st.sampled_from([dsn(), plain("failure notice", "x")]), st.integers(0, 900))
def test_fault_22_a_report_with_a_hole_in_it_upsets_nobody(octets: bytes, whole: bytes, at: int) -> None:
    failure(whole[:at] + octets + whole[at + len(octets) :])
