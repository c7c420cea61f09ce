"""Which answers speak about us, and not about the person."""

import pytest

from newsletter.pace.block import is_policy_block
from newsletter.smtp.outcome import Cause, Kind, Outcome, Stage, judge
from newsletter.smtp.reply import ReplyReader

BLOCKS = [
    b"550 5.7.1 blocked",
    b"550 5.7.515 Access denied, sending domain acme.example does not meet the required authentication level",
    b"550 5.7.606 Access denied, banned sending IP [192.0.2.1]",
    b"451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation",
    b"451 4.7.500 Server busy. Please try again later",
    b"421 4.7.28 Our system has detected an unusual rate of unsolicited mail",
    b"421 4.7.0 Our system has detected an unusual rate of unsolicited mail",
    b"550 5.7.26 This mail has been blocked because the sender is unauthenticated",
    b"554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
    b"554 Your address 192.0.2.1 is listed on our block list",
    b"550 SC-001 Unfortunately, messages from 192.0.2.1 weren't sent: part of their network is on our block list",
    b"421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred: user complaints, spam",
]
NO_BLOCKS = [
    b"550 5.1.1 no such user",
    b"550 no such user",
    b"550 User account is blocked",
    b"552 5.2.2 mailbox full",
    b"451 4.7.1 Greylisting in action, please come back later",
    b"450 4.7.1 <a@b.example>: Recipient address rejected: Greylisted by policy",
    b"451 4.7.1 Service unavailable - try again later",
    b"451 4.7.0 Temporary server error. Please try again later",
    b"550 5.7.133 sender not authenticated for group",
    b"550 5.7.17 mailbox owner has changed",
    b"550 5.7.2 not allowed to post to this list",
    b"452 4.5.3 too many recipients",
    b"554 5.6.0 message content rejected",
]


def outcome(octets: bytes, stage: Stage) -> Outcome:
    reader = ReplyReader()
    reader.feed(octets + b"\r\n")
    reply = reader.take()
    assert reply is not None
    judged = judge(stage, reply)
    assert judged is not None
    return judged


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.BODY])
@pytest.mark.parametrize("octets", BLOCKS)
def test_fault_53_a_block_speaks_about_us(octets: bytes, stage: Stage) -> None:
    assert is_policy_block(outcome(octets, stage))


@pytest.mark.parametrize("stage", [Stage.RCPT, Stage.BODY])
@pytest.mark.parametrize("octets", NO_BLOCKS)
def test_what_speaks_about_one_mailbox_or_a_bad_minute_is_no_block(octets: bytes, stage: Stage) -> None:
    assert not is_policy_block(outcome(octets, stage))


@pytest.mark.parametrize("octets", [b"535 5.7.8 bad password", b"530 5.7.0 log in first"])
def test_a_login_that_is_refused_is_no_block(octets: bytes) -> None:
    assert not is_policy_block(outcome(octets, Stage.MAIL))


def test_the_relay_that_lets_nobody_in_is_no_block_of_a_domain() -> None:
    assert not is_policy_block(outcome(b"554 5.7.1 blocked", Stage.CONNECT))
    assert not is_policy_block(Outcome(Kind.UNSENT, Cause.CONNECTION))
