"""Four eyes: who may say yes, to what exactly, and for how long it holds."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.approval import Approval
from newsletter.bulletin.approve import Shown, Standing, answer_approval, ask_for_approval, seal_of, standing
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.last_agreed import last_agreed
from newsletter.bulletin.write import newest_of, write
from newsletter.db import Database
from newsletter.errors import Conflict, NewsletterError, NotFound, Refused
from newsletter.staff.audit import AuditEntry
from tests.bulletin.drafts import SENDER, draft

WRITER, ASKER, BOSS, OTHER = "writer@a.example", "asker@a.example", "boss@a.example", "other@a.example"


def seal(_session: Session, version: Version) -> str:
    return seal_of(version.source, SENDER, "bulletins", "")


def written(db: Database, text: str, now: datetime, by: str = WRITER) -> None:
    with db.write() as session:
        write(session, text, by, now)


def asked(db: Database, now: datetime) -> int:
    with db.read() as session:
        shown = Shown(seal(session, newest_of(session, "TB-1")), 12, "all fine")
    return ask_for_approval(db, "TB-1", shown, seal, note="Look at the torque.", by=ASKER, now=now)


def stands(db: Database) -> Standing:
    with db.read() as session:
        version = newest_of(session, "TB-1")
        return standing(session, version.id, seal(session, version))[0]


def test_a_colleague_says_yes_and_it_is_written_down_who_saw_what(db: Database, now: datetime) -> None:
    written(db, draft(), now)
    assert stands(db) is Standing.NOT_ASKED
    question = asked(db, now)
    assert stands(db) is Standing.ASKED
    answer_approval(db, question, seal, yes=True, words="", by=BOSS, now=now)
    assert stands(db) is Standing.APPROVED
    with db.read() as session:
        row = session.get_one(Approval, question)
        assert (row.audience, row.preflight, row.asked_by, row.answered_by) == (12, "all fine", ASKER, BOSS)
        assert [
            (entry.who, entry.act, entry.subject)
            for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        ] == [
            (ASKER, "ask for approval", "bulletin TB-1 version 1"),
            (BOSS, "approve", "bulletin TB-1 version 1"),
        ]


@pytest.mark.parametrize("by", [WRITER, ASKER, WRITER.upper()])
def test_who_wrote_it_or_asked_is_no_second_pair_of_eyes(by: str, db: Database, now: datetime) -> None:
    written(db, draft(), now)
    question = asked(db, now)
    with pytest.raises(Refused, match="somebody else"):
        answer_approval(db, question, seal, yes=True, words="", by=by, now=now)
    assert stands(db) is Standing.ASKED


def test_an_edit_voids_the_question_and_the_yes(db: Database, now: datetime) -> None:
    written(db, draft(), now)
    question = asked(db, now)
    written(db, draft("Another text of some length."), now)
    with pytest.raises(Conflict, match="changed after"):
        answer_approval(db, question, seal, yes=True, words="", by=BOSS, now=now)
    again = asked(db, now)
    answer_approval(db, again, seal, yes=True, words="", by=BOSS, now=now)
    written(db, draft("Yet another."), now)
    assert stands(db) is Standing.NOT_ASKED
    written(db, draft("Another text of some length."), now)
    assert stands(db) is Standing.APPROVED  # to the letter what was approved


@pytest.mark.parametrize(
    "changed",
    [
        seal_of(draft(), replace(SENDER, vendor="Other"), "bulletins", ""),
        seal_of(draft(), replace(SENDER, address="other@acme.example"), "bulletins", ""),
        seal_of(draft(), replace(SENDER, reply_address="other@acme.example"), "bulletins", ""),
        seal_of(draft(), replace(SENDER, postal_address="Elsewhere"), "bulletins", ""),
        seal_of(draft(), SENDER, "offers", ""),
        seal_of(draft(), SENDER, "bulletins", '{"and": []}'),
        seal_of(draft() + " ", SENDER, "bulletins", ""),
    ],
)
def test_a_seal_is_of_text_sender_topic_and_segment(changed: str) -> None:
    assert changed != seal_of(draft(), SENDER, "bulletins", "")


def test_a_no_needs_a_reason_and_may_be_asked_about_again(db: Database, now: datetime) -> None:
    written(db, draft(), now)
    question = asked(db, now)
    with pytest.raises(Refused, match="reason"):
        answer_approval(db, question, seal, yes=False, words="  ", by=BOSS, now=now)
    answer_approval(db, question, seal, yes=False, words="The torque is wrong.", by=BOSS, now=now)
    assert stands(db) is Standing.REFUSED
    asked(db, now)
    assert stands(db) is Standing.ASKED


def test_what_is_asked_about_is_what_was_seen(db: Database, now: datetime) -> None:
    written(db, draft(), now)
    with pytest.raises(Conflict, match="changed since"):
        ask_for_approval(db, "TB-1", Shown("of another text", 1, ""), seal, note="", by=ASKER, now=now)
    with pytest.raises(NotFound):
        answer_approval(db, 99, seal, yes=True, words="", by=BOSS, now=now)


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What became of acts that two colleagues do at the same time: "done", or the kind of error."""
    came: list[str] = []

    def run(act: Callable[[], object]) -> None:
        try:
            act()
            came.append("done")
        except NewsletterError as error:
            came.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(came)


def test_two_who_answer_at_once_are_one_answer(db: Database, now: datetime) -> None:
    written(db, draft(), now)
    question = asked(db, now)

    def answer(by: str, *, yes: bool) -> Callable[[], None]:
        return lambda: answer_approval(db, question, seal, yes=yes, words="so", by=by, now=now)

    assert at_once(answer(BOSS, yes=True), answer(OTHER, yes=False)) == ["Conflict", "done"]
    with db.read() as session:
        acts = session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
        row = session.get_one(Approval, question)
    assert len(acts) == 2
    assert acts[1] == ("approve" if row.is_approved else "refuse approval")


def test_two_who_ask_at_once_ask_once(db: Database, now: datetime) -> None:
    written(db, draft(), now)
    assert at_once(lambda: asked(db, now), lambda: asked(db, now)) == ["Conflict", "done"]


def test_a_text_is_held_against_the_last_that_was_approved_or_sent(db: Database, now: datetime) -> None:
    written(db, draft("First text."), now)
    with db.read() as session:
        assert last_agreed(session, newest_of(session, "TB-1")) is None
    answer_approval(db, asked(db, now), seal, yes=True, words="", by=BOSS, now=now)
    written(db, draft("Second text."), now)
    with db.read() as session:
        agreed = last_agreed(session, newest_of(session, "TB-1"))
    assert agreed is not None
    assert (agreed.source, agreed.words) == (draft("First text."), "version 1 as it was approved")
    with db.write() as session:
        newest_of(session, "TB-1").frozen_at = now + timedelta(hours=1)
    written(db, draft("Third text."), now)
    with db.read() as session:
        agreed = last_agreed(session, newest_of(session, "TB-1"))
    assert agreed is not None
    assert (agreed.source, agreed.words) == (draft("Second text."), "version 1 as it was sent")
