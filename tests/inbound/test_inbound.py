"""Mail that comes in, over a real connection: who may leave by it, and that nobody else gets anything done."""

import smtplib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from newsletter import tables
from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from newsletter.errors import Misconfigured
from newsletter.inbound.server import LARGEST, listen, serve
from newsletter.inbound.take import Desk
from newsletter.inbound.where import Where, read_where
from newsletter.links import Links, OptOutLink
from newsletter.optout.opt_out import OptOut
from newsletter.optout.receipt import Goodbye
from newsletter.post.posted import PostedLetter
from newsletter.post.wording import Writer
from newsletter.tokens import Signer
from tests.bounce.test_report import ARF
from tests.optout.copies import Stage

DOMAIN = "news.acme.example"
ACME = Writer("Acme", "bulletins@acme.example", "service@acme.example", "1 Works Road")
STOP = b"From: jo@firm.example\r\nSubject: stop\r\nMessage-ID: <1@firm.example>\r\n\r\nPlease.\r\n"
HERE = Where("127.0.0.1", 0, is_lmtp=False)


@contextmanager
def served(desk: Desk, *, is_lmtp: bool = False) -> Iterator[smtplib.SMTP]:
    listener, stop = listen(HERE), threading.Event()
    thread = threading.Thread(target=serve, args=(desk, listener, stop), kwargs={"is_lmtp": is_lmtp})
    thread.start()
    try:
        with (smtplib.LMTP if is_lmtp else smtplib.SMTP)(*listener.getsockname(), timeout=10) as client:  # type: ignore[operator] # both take host, port, timeout
            yield client
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def desk(db: Database, links: Links, now: datetime) -> Desk:
    return Desk(db, links, DOMAIN, Goodbye(links, ACME), lambda: now)


def opt_outs(db: Database) -> list[tuple[int, str, bool]]:
    with db.read() as session:
        rows = session.scalars(select(OptOut).order_by(OptOut.id))
        return [(row.person_id, row.way, row.everything_at is not None) for row in rows]


def letters(db: Database) -> list[PostedLetter]:
    with db.read() as session:
        return list(session.scalars(select(PostedLetter)))


def to(stage: Stage, links: Links) -> str:
    return links.mail_leave(stage.una, DOMAIN)


def refusal(client: smtplib.SMTP, recipient: str, mail: bytes = STOP) -> tuple[int, bytes]:
    refused = (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException)
    with pytest.raises(refused) as caught:
        client.sendmail("jo@firm.example", [recipient], mail)
    error = caught.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return error.recipients[recipient]
    return error.smtp_code, bytes(error.smtp_error)


@pytest.mark.parametrize("is_lmtp", [False, True], ids=["SMTP", "LMTP"])
def test_any_mail_to_the_address_of_a_copy_is_an_opt_out_and_the_same_twice_is_one(
    stage: Stage, db: Database, desk: Desk, links: Links, *, is_lmtp: bool
) -> None:
    with served(desk, is_lmtp=is_lmtp) as client:
        for address in (to(stage, links), to(stage, links).upper()):
            client.sendmail("jo@firm.example", [address], STOP)
    assert opt_outs(db) == [(stage.una.person_id, "mail", False)]
    (letter,) = letters(db)
    assert (letter.kind, letter.in_reply_to) == ("goodbye", "<1@firm.example>")


def test_rfc_3834_an_automatic_mail_to_a_token_is_an_opt_out_that_is_not_answered(
    stage: Stage, db: Database, desk: Desk, links: Links
) -> None:
    with served(desk) as client:
        client.sendmail("jo@firm.example", [to(stage, links)], b"Auto-Submitted: auto-replied\r\n" + STOP)
    assert opt_outs(db) == [(stage.una.person_id, "mail", False)]
    assert letters(db) == []


def test_fault_21_a_forged_or_cut_address_is_refused_and_nothing_is_stored(
    stage: Stage, db: Database, desk: Desk, links: Links
) -> None:
    before = everything(db)
    good, other = to(stage, links), Links("https://x.example", Signer((b"another key of 32 octets or more",)))
    with served(desk) as client:
        for address in (
            good.replace("@", "a@"),
            good[:8] + good[9:],
            good.replace("leave+", ""),
            good.replace(DOMAIN, "elsewhere.example"),
            f"leave+{links.opt_out_token(stage.una)}@{DOMAIN}",
            f"service@{DOMAIN}",
            other.mail_leave(stage.una, DOMAIN),
            other.return_path(stage.una.delivery_id, DOMAIN),
            other.letter_path(1, DOMAIN),
        ):
            assert refusal(client, address) == (550, b"5.1.1 This address takes no mail.")
            client.rset()
    assert everything(db) == before


def complaint(*lines: str, kind: str = "abuse") -> bytes:
    """A report about a mail that had these fields."""
    head = ARF[: ARF.index(b"Return-Path: <bounce+xyz")].replace(b"Abuse", kind.encode())
    head = head.replace(b"Original-Mail-From: <bounce+abc@acme.example>\r\n", b"")
    return head + "\r\n".join([*lines, "Subject: x", "", "--part1_13d.2e68ed54_boundary--", ""]).encode()


def test_rfc_5965_a_complaint_takes_its_person_off_everything_for_good_and_is_not_answered(
    stage: Stage, db: Database, desk: Desk, links: Links
) -> None:
    for number, field in enumerate(
        (
            f"List-Unsubscribe: <{links.opt_out(stage.una)}>",
            f"List-Unsubscribe: <https://cut.example/leave/x>,\r\n <mailto:{links.mail_leave(stage.nora, DOMAIN)}>",
            f"Return-Path: <{links.return_path(stage.ines.delivery_id, DOMAIN)}>",
        ),
        1,
    ):
        with served(desk) as client:
            for _ in range(2):
                client.sendmail("fbl@provider.example", [f"Complaints@{DOMAIN}"], complaint(field))
        assert len(opt_outs(db)) == number
    assert opt_outs(db) == [(link.person_id, "complaint", True) for link in (stage.una, stage.nora, stage.ines)]
    assert letters(db) == []
    with db.read() as session:
        reasons = session.scalars(
            select(Suppression.reason).where(Suppression.address_key == stage.cast.una.address_key)
        )
        assert list(reasons) == ["complaint"]


def test_a_complaint_after_leaving_is_kept_as_one(stage: Stage, db: Database, desk: Desk, links: Links) -> None:
    with served(desk) as client:
        client.sendmail("jo@firm.example", [to(stage, links)], STOP)
        report = complaint(f"List-Unsubscribe: <{links.opt_out(stage.una)}>")
        client.sendmail("fbl@provider.example", [f"complaints@{DOMAIN}"], report)
    assert [(way, is_all) for _, way, is_all in opt_outs(db)] == [("mail", False), ("complaint", True)]


@pytest.mark.parametrize(
    ("mail", "code"),
    [
        (STOP, 550),
        (complaint("List-Unsubscribe: <https://news.vendor.example/leave/AQEB>"), 550),
        (complaint("Message-ID: <seed.1@news.acme.example>"), 550),
        (complaint(f"Return-Path: <bounce+aeaq@{DOMAIN}>"), 550),
    ],
    ids=["no report", "forged link", "only a Message-ID", "forged return path"],
)
def test_fault_21_a_complaint_without_our_token_is_refused(
    stage: Stage, db: Database, desk: Desk, mail: bytes, code: int
) -> None:
    assert stage
    before = everything(db)
    with served(desk) as client:
        assert refusal(client, f"complaints@{DOMAIN}", mail)[0] == code
    assert everything(db) == before


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "something-new"])
def test_rfc_5965_only_abuse_takes_anybody_off(stage: Stage, db: Database, desk: Desk, links: Links, kind: str) -> None:
    report = complaint(f"List-Unsubscribe: <{links.opt_out(stage.una)}>", kind=kind)
    with served(desk) as client:
        client.sendmail("fbl@provider.example", [f"complaints@{DOMAIN}"], report)
    assert opt_outs(db) == []


def test_a_mail_of_a_person_we_forgot_is_taken_and_changes_nothing(
    stage: Stage, db: Database, desk: Desk, links: Links
) -> None:
    stranger = OptOutLink(9_999, stage.una.topic_id, 0)
    with served(desk) as client:
        client.sendmail("jo@firm.example", [links.mail_leave(stranger, DOMAIN)], STOP)
    assert opt_outs(db) == []


def test_too_large_a_mail_and_a_second_recipient_are_refused(
    stage: Stage, db: Database, desk: Desk, links: Links
) -> None:
    with served(desk) as client:
        code, _ = refusal(client, to(stage, links), STOP + b"x" * 70 + b"\r\nx" * LARGEST)
        assert code == 552
    with served(desk) as client:
        client.ehlo()
        client.mail("jo@firm.example")
        assert client.rcpt(to(stage, links))[0] == 250
        assert client.rcpt(links.mail_leave(stage.nora, DOMAIN))[0] == 452
    assert opt_outs(db) == []


def test_while_the_database_is_away_a_mail_is_put_off(sqlite_db: Database, links: Links, now: datetime) -> None:
    del sqlite_db
    away = Desk(Database("sqlite:////nowhere/at/all.db"), links, DOMAIN, None, lambda: now)
    with served(away) as client:
        assert refusal(client, links.mail_leave(OptOutLink(1, 1, 1), DOMAIN))[0] == 451


@pytest.mark.parametrize("url", ["smtp://127.0.0.1:2525", "lmtp://[::1]:2424"])
def test_where_mail_is_taken(url: str) -> None:
    where = read_where(url)
    assert (where.host, where.port) == (urlsplit(url).hostname, urlsplit(url).port)


@pytest.mark.parametrize(
    "url", ["http://a:1", "smtp://a", "smtp://:25", "smtp://a:b", "smtp://a:25/x", "smtp://u@a:25"]
)
def test_nonsense_is_refused(url: str) -> None:
    with pytest.raises(Misconfigured):
        read_where(url)


def everything(db: Database) -> dict[str, list[tuple[object, ...]]]:
    with db.read() as session:
        return {
            table.name: [tuple(row) for row in session.execute(table.select())]
            for table in tables.metadata.sorted_tables
        }
