from datetime import datetime, timedelta

from newsletter.db import Database
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import WhatBecame, Why, answer
from newsletter.optout.leaving import leaving
from newsletter.optout.listing import opt_outs
from newsletter.optout.no_contact import wish_contact
from newsletter.optout.opt_out import Way
from newsletter.optout.undo import Instead, undo
from newsletter.question.reasons import Fate, Reason
from newsletter.report.record import account_record
from tests.optout.copies import NUMBER, Stage


def _three_leave(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.nora, Way.ONE_CLICK, now)
    opt_out(db, stage.pia, Way.PAGE, now + timedelta(hours=1), everything=True)
    opt_out(db, OptOutLink(stage.cast.una.id, 4711, 0), Way.PAGE, now + timedelta(hours=2))
    answer(db, stage.nora, Why(Reason.BACKUP), now, language="de")
    answer(db, stage.nora, Why(Reason.OTHER, "too <b>loud</b>"), now, language="de")
    answer(db, stage.pia, WhatBecame(Fate.SOLD), now, language="en")


def test_staff_read_who_left_when_how_and_why_newest_first(db: Database, stage: Stage, now: datetime) -> None:
    _three_leave(db, stage, now)
    with db.read() as session:
        una, pia, nora = opt_outs(session, limit=10)
    assert (nora.name, nora.address, nora.way, nora.left_at) == (
        "Nora Frost",
        stage.cast.nora.address,
        "one_click",
        now,
    )
    assert (nora.topic, nora.bulletin_number, nora.is_from_everything) == ("Technical bulletins", NUMBER, False)
    assert (nora.said.reason, nora.said.text) == (Reason.OTHER, "too <b>loud</b>")
    assert [account.number for account in pia.accounts] == ["K1", "K2", "K3"]
    assert (pia.is_from_everything, pia.said.reason, pia.said.fate) == (True, Reason.NOT_USED, Fate.SOLD)
    assert (una.topic, una.bulletin_number, una.said.reason) == ("", "", None)


def test_a_page_begins_where_the_last_one_ended(db: Database, stage: Stage, now: datetime) -> None:
    _three_leave(db, stage, now)
    with db.read() as session:
        first = opt_outs(session, limit=2)
        rest = opt_outs(session, limit=2, before_id=first[-1].id)
    assert [row.name for row in first + rest] == ["Berg", "Pia Marsh", "Nora Frost"]


def test_only_the_last_reason_is_looked_for(db: Database, stage: Stage, now: datetime) -> None:
    _three_leave(db, stage, now)
    with db.read() as session:
        assert [row.name for row in opt_outs(session, limit=9, reason=Reason.OTHER)] == ["Nora Frost"]
        assert opt_outs(session, limit=9, reason=Reason.BACKUP) == []


def test_staff_see_who_took_it_back_and_who_wants_no_call(db: Database, stage: Stage, now: datetime) -> None:
    _three_leave(db, stage, now)
    with db.read() as session:
        mark = leaving(session, stage.nora, now).undo_mark
    undo(db, stage.nora, mark or 0, Instead.MONTHLY, now + timedelta(hours=3))
    wish_contact(db, stage.pia, now, wished=False)
    with db.read() as session:
        una, pia, nora = opt_outs(session, limit=10)
        record = account_record(session, "K1", now + timedelta(hours=4))
    assert [left.undone_at for left in (una, pia, nora)] == [None, None, now + timedelta(hours=3)]
    assert [left.no_contact for left in (una, pia, nora)] == [False, True, False]
    people = {person.name: person for person in record.people}
    assert (people["Nora Frost"].wishes, people["Pia Marsh"].no_contact) == (("once a month, all in one mail",), True)
    assert "Nora Frost came back after leaving by TB-2026-014" in [each.title for each in record.timeline]
