"""Why people leave, by month and by bulletin, with what is too little left unsaid."""

from datetime import date, datetime, timedelta

import pytest

from newsletter.db import Database
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.question.reasons import Question, Reason
from newsletter.report.why_over_time import FEWEST, MONTHS, Said, reasons_by_bulletin, reasons_by_month
from tests.optout.copies import NUMBER, Stage

JULY, NOVEMBER = date(2026, 7, 1), date(2026, 11, 1)


def left(
    db: Database, stage: Stage, at: datetime, *reasons: Reason, undone: bool = False, by_copy: bool = True
) -> None:
    """One opt-out, and what was tapped one after the other."""
    with db.write() as session:
        act = OptOut(
            person_id=stage.nora.person_id,
            topic_id=stage.cast.bulletins.id,
            delivery_id=stage.nora.delivery_id if by_copy else None,
            way="page",
            left_at=at,
            undone_at=at if undone else None,
        )
        session.add(act)
        session.flush()
        for reason in reasons:
            tap = Answer(
                opt_out_id=act.id, question=Question.WHY, code=reason, wording_version=1, language="en", answered_at=at
            )
            session.add(tap)


@pytest.fixture
def told(db: Database, stage: Stage, now: datetime) -> Stage:
    july = datetime.fromisoformat("2026-07-04T12:00+00:00")
    left(db, stage, july, Reason.TOO_MANY)
    left(db, stage, july, Reason.TOO_MANY, Reason.BACKUP)  # the last word counts
    left(db, stage, july)
    left(db, stage, july, Reason.NOT_USED, undone=True)
    left(db, stage, now, Reason.BACKUP, by_copy=False)
    left(db, stage, now - timedelta(days=800), Reason.OTHER)
    return stage


@pytest.mark.usefixtures("told")
def test_each_month_has_its_reasons_and_a_quiet_month_is_there_too(db: Database, now: datetime) -> None:
    with db.read() as session:
        found = reasons_by_month(session, now)
    assert len(found.said) == MONTHS
    assert [month for month, said in found.said.items() if said.left] == [JULY, NOVEMBER]
    july = found.said[JULY]
    assert (july.left, july.answered, dict(july.reasons)) == (3, 2, {Reason.TOO_MANY: 1, Reason.BACKUP: 1})
    assert found.frequent[0] is Reason.BACKUP
    assert (found.together.left, found.together.answered) == (4, 3)


@pytest.mark.usefixtures("told")
def test_a_bulletin_has_those_who_left_by_it(db: Database, now: datetime) -> None:
    with db.read() as session:
        found = reasons_by_bulletin(session, now)
    assert {number: (said.left, said.answered) for number, said in found.said.items()} == {NUMBER: (3, 2)}


def test_a_share_is_said_only_of_enough_and_with_its_interval() -> None:
    few, enough = Said(90, {Reason.BACKUP: FEWEST - 1}), Said(90, {Reason.BACKUP: 5, Reason.OTHER: FEWEST - 5})
    assert not few.is_enough
    assert enough.is_enough
    assert enough.share(Reason.BACKUP).rate == 5 / FEWEST
    assert enough.between(Reason.BACKUP).low < 5 / FEWEST < enough.between(Reason.BACKUP).high
    assert enough.share(Reason.TOO_BUSY).answered == 0
