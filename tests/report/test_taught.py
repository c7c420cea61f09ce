from datetime import datetime

from newsletter.db import Database
from newsletter.ledger.run import Run
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Reason
from newsletter.report.taught import left_by, taught
from newsletter.signal.rules import State
from tests.optout.copies import NUMBER, Stage


def run_of(db: Database) -> int:
    with db.read() as session:
        return session.query(Run.id).scalar()


def test_a_run_taught_nothing_before_anybody_spoke(db: Database, stage: Stage) -> None:
    with db.read() as session:
        nothing = taught(session, run_of(db), NUMBER)
        assert (nothing.left, dict(nothing.machines)) == (0, {})
        assert stage.cast.nora.first_name == "Nora"


def test_reasons_count_the_last_word_of_each(db: Database, stage: Stage, now: datetime) -> None:
    for link in (stage.nora, stage.una, stage.pia):
        opt_out(db, link, Way.PAGE, now)
    for reason in (Reason.TOO_MANY, Reason.BACKUP):
        answer(db, stage.una, Why(reason), now, language="en")
    answer(db, stage.pia, Why(Reason.BACKUP), now, language="en")
    with db.read() as session:
        learnt = taught(session, run_of(db), NUMBER)
        assert dict(learnt.reasons) == {Reason.BACKUP: 2, None: 1}
        assert next(iter(learnt.reasons)) == Reason.BACKUP
        assert learnt.left == left_by(session, run_of(db)) == 3


def test_machines_are_counted_once_by_what_is_said_of_them_now(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    for reason in (Reason.USED_OWN_SERVICE, Reason.BACKUP):
        answer(db, stage.una, Why(reason), now, language="en")
    with db.read() as session:
        assert dict(taught(session, run_of(db), NUMBER).machines) == {State.BACKUP: 1}
        assert dict(taught(session, run_of(db), "TB-OTHER").machines) == {}


def test_who_left_by_another_run_did_not_leave_by_this_one(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    with db.read() as session:
        assert left_by(session, run_of(db) + 1) == 0
