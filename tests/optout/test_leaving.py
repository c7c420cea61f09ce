from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, text

from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import CHANGEABLE, OfMachine, Why, answer
from newsletter.optout.leaving import Leaving, NamedMachine, leaving
from newsletter.optout.opt_out import Way
from newsletter.question.reasons import Question, Reason, UnitAnswer
from tests.optout.copies import Stage


def _leaving(db: Database, link: OptOutLink, now: datetime) -> Leaving:
    with db.read() as session:
        return leaving(session, link, now)


def test_before_leaving_the_page_knows_who_and_what(db: Database, stage: Stage, now: datetime) -> None:
    seen = _leaving(db, stage.nora, now)
    assert (seen.address, seen.topic) == ("n•••@toolroom-north.example", "Technical bulletins")
    assert (seen.has_left, seen.has_left_everything, seen.asked) == (False, False, None)
    assert seen.languages == ("", "en")


def test_after_leaving_it_asks_and_knows_until_when(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.nora, Way.PAGE, now)
    seen = _leaving(db, stage.nora, now + timedelta(days=1))
    assert seen.has_left
    assert seen.asked
    assert (seen.asked.until, seen.asked.is_changeable, seen.asked.open) == (
        now + CHANGEABLE,
        True,
        (Question.MACHINE,),
    )
    machines = [(m.model, m.serial, m.answer) for m in seen.asked.machines]
    assert machines == [("VX-500", "A1002••", None), ("VX-500i", "A1030••", None)]
    assert not getattr(_leaving(db, stage.nora, now + timedelta(days=31)).asked, "is_changeable", True)


def test_it_shows_what_was_said(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.nora, Way.PAGE, now)
    answer(db, stage.nora, Why(Reason.BACKUP), now, language="de")
    answer(db, stage.nora, OfMachine(stage.cast.a103000.id, UnitAnswer.BACKUP), now, language="de")
    asked = _leaving(db, stage.nora, now).asked
    assert asked
    assert (asked.said.reason, asked.open) == (Reason.BACKUP, (Question.MACHINE,))
    assert [machine.answer for machine in asked.machines] == [None, UnitAnswer.BACKUP]


def test_where_the_mail_named_no_machine_those_known_at_the_accounts_are_listed(
    db: Database, stage: Stage, now: datetime
) -> None:
    pia = OptOutLink(stage.cast.pia.id, stage.cast.bulletins.id, 0)
    for link in (stage.ines, pia):
        opt_out(db, link, Way.PAGE, now)
    (ines,) = asked_machines(_leaving(db, stage.ines, now))
    assert (ines.unit_id, ines.serial) == (stage.cast.a100500.id, "A1005••")
    assert len(asked_machines(_leaving(db, pia, now))) == 5  # at K1, K2 and K3


def asked_machines(seen: Leaving) -> tuple[NamedMachine, ...]:
    """The machines that are asked about before a reason is given."""
    assert seen.asked
    assert seen.asked.open == (Question.MACHINE,)
    return seen.asked.machines


def test_a_machine_without_a_name_is_asked_about_where_one_account_has_it(
    db: Database, stage: Stage, now: datetime
) -> None:
    with db.write() as session:
        session.execute(delete(Unit))
    for link in (stage.ines, OptOutLink(stage.cast.pia.id, stage.cast.bulletins.id, 0)):
        opt_out(db, link, Way.PAGE, now)
        answer(db, link, Why(Reason.TOO_MANY), now, language="de")
    ines = _leaving(db, stage.ines, now).asked
    pia = _leaving(db, OptOutLink(stage.cast.pia.id, stage.cast.bulletins.id, 0), now).asked
    assert ines
    assert pia
    assert ([m.unit_id for m in ines.machines], ines.open) == ([None], (Question.MACHINE,))
    assert (pia.machines, pia.open) == ((), ())


def test_who_left_everything_is_told_so(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.nora, Way.PAGE, now, everything=True)
    assert _leaving(db, stage.nora, now).has_left_everything
    other_topic = OptOutLink(stage.nora.person_id, stage.cast.safety.id, 0)
    assert _leaving(db, other_topic, now).has_left_everything


def test_without_answers_to_read_the_opt_out_is_still_shown(
    db: Database, stage: Stage, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    opt_out(db, stage.nora, Way.PAGE, now)
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE answer RENAME TO away"))
    seen = _leaving(db, stage.nora, now)
    assert (seen.has_left, seen.asked) == (True, None)
    assert "cannot be read" in caplog.text


def test_a_forgotten_person_is_not_found(db: Database, stage: Stage, now: datetime) -> None:
    with pytest.raises(NotFound):
        _leaving(db, OptOutLink(4711, stage.cast.bulletins.id, 0), now)
