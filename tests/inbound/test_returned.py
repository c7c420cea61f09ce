"""Mails that come back to the address they were sent from, and answers to them."""

from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from newsletter.audience.bounce import Bounce, Unreachable
from newsletter.audience.person import Person
from newsletter.audience.segment import Audience, Rule, candidates
from newsletter.db import Database
from newsletter.inbound.server import LARGEST
from newsletter.inbound.take import Answer, Desk
from newsletter.ledger.delivery import Delivery, DeliveryEvent
from newsletter.links import Links, OptOutLink
from newsletter.optout.opt_out import OptOut
from newsletter.post.post import post
from newsletter.post.posted import PostedLetter
from newsletter.post.wording import Text, Wording, Writer
from newsletter.signal.evidence import Evidence
from newsletter.signal.verdict import Verdict
from newsletter.tokens import Signer
from tests.bounce.mails import dsn, plain
from tests.bounce.test_absence import LEFT
from tests.optout.copies import Stage

DOMAIN = "news.acme.example"
REPLIES = "service@acme.example"
NOBODY = ""


@pytest.fixture
def desk(db: Database, links: Links, now: datetime) -> Desk:
    return Desk(db, links, DOMAIN, None, lambda: now, REPLIES)


def at(desk: Desk, now: datetime) -> Desk:
    return Desk(desk.db, desk.links, DOMAIN, None, lambda: now, REPLIES)


def path(desk: Desk, copy: OptOutLink) -> str:
    return desk.links.return_path(copy.delivery_id, DOMAIN)


def copy_state(db: Database, copy: OptOutLink) -> str:
    with db.read() as session:
        return session.get_one(Delivery, copy.delivery_id).state


def unreachable(db: Database) -> dict[int, str]:
    with db.read() as session:
        rows = session.scalars(select(Unreachable).where(Unreachable.lifted_at.is_(None)))
        return {row.person_id: row.because for row in rows}


def evidence(db: Database) -> list[tuple[str, int | None, int, str, str]]:
    with db.read() as session:
        rows = session.scalars(select(Evidence).order_by(Evidence.id))
        return [(e.kind, e.person_id, e.account_id, e.detail, e.note) for e in rows]


def counted(db: Database) -> tuple[int, ...]:
    with db.read() as session:
        return tuple(
            session.scalar(select(func.count()).select_from(table)) or 0
            for table in (Bounce, Unreachable, Evidence, DeliveryEvent, OptOut)
        )


def rule(db: Database, stage: Stage, person: Person, now: datetime, *, is_safety: bool = False) -> str | None:
    audience = Audience(stage.cast.bulletins.id, at=now, is_safety=is_safety)
    with db.read() as session:
        return session.execute(candidates(audience).where(Person.id == person.id)).one().rule


def test_fault_19_a_hard_bounce_marks_its_person_once_and_says_nothing_of_machines(
    stage: Stage, db: Database, desk: Desk, now: datetime
) -> None:
    una = stage.cast.una
    for _ in range(3):
        assert desk.take(path(desk, stage.una).upper(), NOBODY, dsn()) is Answer.NOTED
    assert (copy_state(db, stage.una), unreachable(db)) == ("bounced", {una.id: "5.1.1"})
    assert evidence(db) == [("bounce", una.id, stage.cast.north.id, "5.1.1", "")]
    assert counted(db)[:4] == (1, 1, 1, 1)
    assert [rule(db, stage, una, now, is_safety=safety) for safety in (False, True)] == [Rule.BOUNCED] * 2
    assert rule(db, stage, stage.cast.nora, now) is None
    with db.read() as session:
        assert set(session.scalars(select(Verdict.state))) == {"unknown"}
        assert "User unknown" in session.get_one(Delivery, stage.una.delivery_id).reply


@pytest.mark.parametrize(
    ("mail", "state"),
    [
        (dsn("5.7.1", "550 5.7.1 blocked for spam"), "bounced"),
        (dsn("5.3.4", "552 too large"), "bounced"),
        (dsn("5.0.0", "550 no"), "bounced"),
        (dsn("4.4.7", "expired"), "bounced"),
        (dsn("4.4.1", "", "delayed"), "accepted"),
        (plain("Automatic reply", "I am away until Monday", "una@toolroom-north.example"), "accepted"),
        (b"", "accepted"),
    ],
    ids=["policy", "size", "unclear", "soft", "delayed", "vacation", "nothing"],
)
def test_fault_53_what_is_not_about_a_mailbox_that_is_gone_marks_nobody(
    stage: Stage, db: Database, desk: Desk, mail: bytes, state: str
) -> None:
    assert desk.take(path(desk, stage.una), NOBODY, mail) is Answer.NOTED
    assert (copy_state(db, stage.una), unreachable(db), evidence(db)) == (state, {}, [])


def test_three_soft_bounces_over_two_weeks_mark_and_closer_ones_do_not(
    stage: Stage, db: Database, desk: Desk, now: datetime
) -> None:
    full = dsn("5.2.2", "552 mailbox full")
    with db.write() as session:
        for day in range(4):
            person = stage.cast.una
            session.add(
                PostedLetter(
                    key=f"x{day}",
                    kind="x",
                    address=person.address,
                    person_id=person.id,
                    language="en",
                    subject="",
                    text="",
                    html="",
                    posted_at=now,
                    due_at=now,
                )
            )
        session.flush()
        letters = list(session.scalars(select(PostedLetter.id)))
    found = []
    for letter, days in zip(letters, (0, 0, 10, 20), strict=True):
        at(desk, now + timedelta(days=days)).take(desk.links.letter_path(letter, DOMAIN), NOBODY, full)
        found.append(bool(unreachable(db)))
    assert found == [False, False, False, True]
    assert evidence(db)[0][:2] == ("bounce", stage.cast.una.id)


def test_another_address_or_a_word_from_them_lifts_it(stage: Stage, db: Database, desk: Desk, now: datetime) -> None:
    una, ines = stage.cast.una, stage.cast.ines
    for copy in (stage.una, stage.ines):
        desk.take(path(desk, copy), NOBODY, dsn())
    with db.write() as session:
        session.get_one(Person, una.id).address_key = "new@toolroom-north.example"
    desk.take(path(desk, stage.ines), ines.address, plain("Re: Spindle", "Here I am", ines.address))
    assert rule(db, stage, una, now) is None
    assert rule(db, stage, ines, now) is None
    assert list(unreachable(db)) == [una.id]


def test_a_bounce_that_comes_before_the_acceptance_stands(stage: Stage, db: Database, desk: Desk) -> None:
    with db.write() as session:
        session.get_one(Delivery, stage.una.delivery_id).state = "claimed"
    desk.take(path(desk, stage.una), NOBODY, dsn())
    assert copy_state(db, stage.una) == "bounced"


def test_fault_21_a_forged_report_is_refused_or_comes_to_nothing(
    stage: Stage, db: Database, desk: Desk, links: Links
) -> None:
    before = counted(db)
    other = Links("https://x.example", Signer((b"another key of 32 octets or more",)))
    token = path(desk, stage.una)
    for forged in (
        other.return_path(stage.una.delivery_id, DOMAIN),
        token[:9] + "z" + token[10:],
        f"bounce@{DOMAIN}",
        token.replace("bounce+", "letter+"),
        token.replace("bounce+", "leave+"),
        f"letter+@{DOMAIN}",
    ):
        assert not desk.knows(forged)
    quoting = dsn(original=f"Return-Path: <{token}>\r\nMessage-ID: <seed.{stage.una.delivery_id}@{DOMAIN}>")
    assert desk.take(REPLIES, NOBODY, quoting) is Answer.NOTED
    assert desk.take(f"complaints@{DOMAIN}", NOBODY, quoting) is Answer.NOT_OURS
    assert desk.take(links.return_path(99_999, DOMAIN), NOBODY, dsn()) is Answer.NOTED
    assert desk.take(links.letter_path(99_999, DOMAIN), NOBODY, dsn()) is Answer.NOTED
    assert counted(db) == before


def test_a_letter_comes_back_too(stage: Stage, db: Database, desk: Desk, links: Links, now: datetime) -> None:
    una = stage.cast.una
    words = Wording(subject="Hello", parts=(Text("Hello"),), why="Because.")
    with db.write() as session:
        post(
            session,
            key="k",
            kind="x",
            address=una.address,
            person_id=una.id,
            language="en",
            wording=words,
            values={},
            house=Writer("Acme", "a@acme.example", REPLIES, "1 Works Road"),
            now=now,
        )
        letter_id = session.scalars(select(PostedLetter.id)).one()
    desk.take(links.letter_path(letter_id, DOMAIN), NOBODY, dsn())
    assert unreachable(db) == {una.id: "5.1.1"}
    with db.read() as session:
        assert session.get_one(PostedLetter, letter_id).outcome.startswith("came back")


def test_a_program_that_says_its_owner_left_is_evidence_about_the_person(
    stage: Stage, db: Database, desk: Desk
) -> None:
    words = plain("Automatic reply: Spindle", LEFT["de"], stage.cast.una.address)
    for _ in range(2):
        assert desk.take(path(desk, stage.una), stage.cast.una.address, words) is Answer.NOTED
    assert evidence(db) == [("contact_left", stage.cast.una.id, stage.cast.north.id, "left_firm", "")]
    assert unreachable(db) == {}


def in_reply(stage: Stage, sender: str, subject: str = "Re: Spindle", text: str = "Thanks!", **fields: str) -> bytes:
    answered = f"<seed.{stage.una.delivery_id}@{DOMAIN}>"
    return plain(
        subject, text, f"Una Berg <{sender}>", **{"In_Reply_To": answered, "Message_ID": "<1@x.example>", **fields}
    )


def test_a_persons_answer_is_kept_by_its_subject_alone(stage: Stage, db: Database, desk: Desk) -> None:
    una = stage.cast.una
    for _ in range(2):
        mail = in_reply(stage, una.address, "=?utf-8?q?Re:_Gr=C3=BC=C3=9Fe?=")
        assert desk.take(REPLIES.upper(), una.address, mail) is Answer.NOTED
    assert evidence(db) == [("reply", una.id, stage.cast.north.id, "", "Re: Grüße")]
    with db.read() as session:
        assert set(session.scalars(select(Verdict.state))) == {"unknown"}


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        ("una@elsewhere.example", {}),
        ("una@toolroom-north.example", {"In_Reply_To": "<1@firm.example>"}),
        ("una@toolroom-north.example", {"In_Reply_To": f"<other.1@{DOMAIN}>"}),
        ("una@toolroom-north.example", {"Auto_Submitted": "auto-replied"}),
        ("una@toolroom-north.example", {"Precedence": "list"}),
    ],
    ids=["another firm", "another mail", "another run", "a program", "a list"],
)
def test_fault_21_what_only_claims_to_be_an_answer_is_none(
    stage: Stage, db: Database, desk: Desk, sender: str, fields: dict[str, str]
) -> None:
    assert desk.take(REPLIES, sender, in_reply(stage, sender, **fields)) is Answer.NOTED
    assert evidence(db) == []


def test_fault_23_our_own_mail_and_one_that_goes_in_circles_are_refused(stage: Stage, db: Database, desk: Desk) -> None:
    before = counted(db)
    ours = plain("TB-2026-014", "Hello", Message_ID=f"<0123456789abcdef.7@{DOMAIN}>")
    letter = plain("You are off the list", "Bye", Message_ID=f"<letter5.1795251600@{DOMAIN}>")
    circles = b"Received: from a by b\r\n" * 51 + plain("Stop", "please", "una@toolroom-north.example")
    for mail in (ours, letter, circles):
        for recipient in (desk.links.mail_leave(stage.una, DOMAIN), path(desk, stage.una), REPLIES):
            assert desk.take(recipient, "una@toolroom-north.example", mail) is Answer.LOOP
    assert counted(db) == before


_HEADS = st.sampled_from(
    ["From: a@b.example", "From: MAILER-DAEMON", "Subject: failure notice", "Subject: =?x?q?=", "Auto-Submitted: yes",
     "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Content-Type: text/html; charset=nope",
     "Content-Transfer-Encoding: base64", "Content-Type: ;;;=", "References: <a@b> <", "Received: x",
     "Content-Type: text/plain; charset*0=x", "In-Reply-To: <seed.1@news.acme.example>"]
)  # fmt: skip
_BODIES = st.sampled_from(
    ["--b\nContent-Type: message/delivery-status\n\n", "Action: failed\nStatus: 5.1.1\n", "\n\n", "--b--", "quota",
     "user unknown", "I have left the company", "Diagnostic-Code: smtp; 550 5.7.1 spam\n", "\0", "ÿ", "\ud7ff", "=?="]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(_HEADS), st.lists(_BODIES), st.binary(max_size=60), st.booleans())
def test_fault_22_odd_mails_of_every_shape_crash_nothing_and_suppress_nobody_else(
    stage: Stage,
    db: Database,
    desk: Desk,
    heads: list[str],
    bodies: list[str],
    junk: bytes,
    by_machine: bool,  # noqa: FBT001
) -> None:
    mail = "\n".join(heads).encode() + b"\n\n" + "".join(bodies).encode() + junk
    sender = NOBODY if by_machine else "jo@firm.example"
    for recipient in (path(desk, stage.una), REPLIES, f"complaints@{DOMAIN}"):
        assert desk.take(recipient, sender, mail[:LARGEST]) in Answer
    assert set(unreachable(db)) <= {stage.cast.una.id}
    with db.read() as session:
        assert session.scalars(select(OptOut)).all() == []
