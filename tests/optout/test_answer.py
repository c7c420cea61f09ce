from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound, Unavailable
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import CHANGEABLE, OfMachine, WhatBecame, Why, Word, answer
from newsletter.optout.opt_out import OptOut, Way
from newsletter.question.answer import Answer
from newsletter.question.reasons import Fate, Reason, UnitAnswer
from newsletter.question.said import Said
from newsletter.question.wording import WORDING_VERSION
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import standing_evidence, verdicts_of
from newsletter.signal.rules import State
from tests.optout.copies import NUMBER, Stage

SILENT = tuple(Reason)[4:]  # the first four tell of the machine


def _leave_and_say(db: Database, link: OptOutLink, now: datetime, *words: Word) -> Said:
    """Leave on the first day, then say one thing a minute; gives what is said in the end."""
    opt_out(db, link, Way.PAGE, now)
    said = Said()
    for minute, word in enumerate(words, 1):
        said = answer(db, link, word, now + timedelta(minutes=minute), language="de")
    return said


def _account(db: Database, account: Account, now: datetime) -> State:
    with db.read() as session:
        return verdicts_of(session, account.id, now + timedelta(days=1))[1].state


def _units(db: Database, account: Account, now: datetime) -> dict[int, State]:
    with db.read() as session:
        units, _ = verdicts_of(session, account.id, now + timedelta(days=1))
    return {unit_id: weighed.state for unit_id, weighed in units.items() if weighed.state != State.UNKNOWN}


def _evidence(db: Database, account: Account) -> list[Evidence]:
    """What stands of what was said in answer, oldest first."""
    with db.read() as session:
        return [e for e in standing_evidence(session, account.id) if e.kind != Kind.OPT_OUT]


def _count(db: Database, table: type[Answer | Evidence | OptOut]) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        (Reason.USED_OWN_SERVICE, State.IN_USE),
        (Reason.USED_OTHER_SERVICE, State.IN_USE),
        (Reason.BACKUP, State.BACKUP),
        (Reason.NOT_USED, State.NOT_IN_USE),
    ],
)
def test_an_answer_about_the_one_machine_is_that_machines_verdict(
    db: Database, stage: Stage, now: datetime, reason: Reason, state: State
) -> None:
    _leave_and_say(db, stage.una, now, Why(reason))
    assert _units(db, stage.cast.north, now) == {stage.cast.a100231.id: state}
    (evidence,) = _evidence(db, stage.cast.north)
    assert (evidence.kind, evidence.says, evidence.detail) == (Kind.OPT_OUT_ANSWER, state, reason)
    assert (evidence.person_id, evidence.source, evidence.bulletin_number) == (
        stage.cast.una.id,
        "opt-out page",
        NUMBER,
    )
    assert (evidence.delivery_id, evidence.wording_version) == (stage.una.delivery_id, WORDING_VERSION)


@pytest.mark.parametrize("reason", [None, *SILENT])
def test_no_answer_and_one_about_the_person_say_nothing_of_a_machine(
    db: Database, stage: Stage, now: datetime, reason: Reason | None
) -> None:
    for link in (stage.nora, stage.una, stage.pia, stage.ines):
        _leave_and_say(db, link, now, *([Why(reason)] if reason else []))
    for account in (stage.cast.north, stage.cast.gears, stage.cast.valves):
        assert (_account(db, account, now), _units(db, account, now)) == (State.UNKNOWN, {})


def test_who_is_the_wrong_person_is_a_contact_that_left(db: Database, stage: Stage, now: datetime) -> None:
    _leave_and_say(db, stage.una, now, Why(Reason.WRONG_PERSON))
    (evidence,) = _evidence(db, stage.cast.north)
    assert (evidence.kind, evidence.says, evidence.detail) == (Kind.CONTACT_LEFT, None, "wrong_person")


def test_of_several_machines_one_is_meant_and_which_was_not_said(db: Database, stage: Stage, now: datetime) -> None:
    _leave_and_say(db, stage.nora, now, Why(Reason.BACKUP))
    (evidence,) = _evidence(db, stage.cast.north)
    assert (evidence.unit_id, evidence.says) == (None, State.BACKUP)
    assert (_account(db, stage.cast.north, now), _units(db, stage.cast.north, now)) == (State.BACKUP, {})


def test_naming_the_machine_takes_the_place_of_not_naming_it(db: Database, stage: Stage, now: datetime) -> None:
    named = OfMachine(stage.cast.a103000.id, UnitAnswer.BACKUP)
    _leave_and_say(db, stage.nora, now, Why(Reason.BACKUP), named)
    assert _units(db, stage.cast.north, now) == {stage.cast.a103000.id: State.BACKUP}
    assert [(e.unit_id, e.says) for e in _evidence(db, stage.cast.north) if e.says] == [
        (stage.cast.a103000.id, State.BACKUP)
    ]


def test_a_machine_named_otherwise_leaves_open_which_one_was_meant(db: Database, stage: Stage, now: datetime) -> None:
    other = OfMachine(stage.cast.a103000.id, UnitAnswer.GONE)
    _leave_and_say(db, stage.nora, now, Why(Reason.USED_OWN_SERVICE), other)
    assert _units(db, stage.cast.north, now) == {stage.cast.a103000.id: State.NOT_IN_USE}
    assert _account(db, stage.cast.north, now) == State.IN_USE


def test_once_every_machine_was_gone_through_the_first_answer_says_no_more(
    db: Database, stage: Stage, now: datetime
) -> None:
    gone = [OfMachine(unit.id, UnitAnswer.GONE) for unit in (stage.cast.a100231, stage.cast.a103000)]
    _leave_and_say(db, stage.nora, now, Why(Reason.USED_OWN_SERVICE), *gone)
    assert {e.unit_id for e in _evidence(db, stage.cast.north) if e.says} == {word.unit_id for word in gone}


def test_of_machines_at_two_accounts_nothing_is_said_until_one_is_named(
    db: Database, stage: Stage, now: datetime
) -> None:
    _leave_and_say(db, stage.pia, now, Why(Reason.NOT_USED), WhatBecame(Fate.SOLD))
    assert [e.says for e in _evidence(db, stage.cast.gears)] == [None]
    assert [e.detail for e in _evidence(db, stage.cast.valves)] == ["sold"]
    answer(db, stage.pia, OfMachine(stage.cast.a100900.id, UnitAnswer.GONE), now, language="en")
    assert _account(db, stage.cast.gears, now) == State.UNKNOWN
    assert _account(db, stage.cast.valves, now) == State.NOT_IN_USE


def test_without_a_named_machine_the_one_we_know_at_the_account_is_spoken_of(
    db: Database, stage: Stage, now: datetime
) -> None:
    _leave_and_say(db, stage.ines, now, Why(Reason.TOO_MANY), OfMachine(stage.cast.a100500.id, UnitAnswer.IN_USE))
    assert _units(db, stage.cast.gears, now) == {stage.cast.a100500.id: State.IN_USE}
    with pytest.raises(BadAnswer, match="not named"):
        answer(db, stage.ines, OfMachine(stage.cast.a100231.id, UnitAnswer.IN_USE), now, language="en")


def test_where_no_machine_is_known_the_one_account_is_spoken_of(db: Database, stage: Stage, now: datetime) -> None:
    with db.write() as session:
        session.execute(delete(Unit).where(Unit.account_id == stage.cast.gears.id))
    _leave_and_say(db, stage.ines, now, Why(Reason.TOO_MANY), OfMachine(None, UnitAnswer.IN_USE))
    assert (_account(db, stage.cast.gears, now), _units(db, stage.cast.gears, now)) == (State.IN_USE, {})


def test_without_a_named_machine_nobody_guesses_between_three_accounts(
    db: Database, stage: Stage, now: datetime
) -> None:
    link = OptOutLink(stage.cast.pia.id, stage.cast.bulletins.id, 0)
    _leave_and_say(db, link, now, Why(Reason.NOT_USED))
    for account in (stage.cast.north, stage.cast.gears, stage.cast.valves):
        assert _account(db, account, now) == State.UNKNOWN
        assert [e.detail for e in _evidence(db, account)] == ["not_used"]
    with pytest.raises(BadAnswer, match="not named"):
        answer(db, link, OfMachine(None, UnitAnswer.GONE), now, language="en")


def test_what_became_of_the_machine_is_the_evidences_detail(db: Database, stage: Stage, now: datetime) -> None:
    _leave_and_say(db, stage.una, now, Why(Reason.NOT_USED))
    for fate in Fate:
        said = answer(db, stage.una, WhatBecame(fate), now, language="de")
        assert (said.reason, said.fate) == (Reason.NOT_USED, fate)
        assert [(e.says, e.detail) for e in _evidence(db, stage.cast.north)] == [(State.NOT_IN_USE, fate)]


def test_a_fate_from_an_old_page_says_the_reason_too(db: Database, stage: Stage, now: datetime) -> None:
    said = _leave_and_say(db, stage.una, now, Why(Reason.BACKUP), WhatBecame(Fate.SCRAPPED))
    assert (said.reason, said.fate) == (Reason.NOT_USED, Fate.SCRAPPED)
    assert _units(db, stage.cast.north, now) == {stage.cast.a100231.id: State.NOT_IN_USE}


def test_the_second_question_answers_what_the_reason_left_open(db: Database, stage: Stage, now: datetime) -> None:
    _leave_and_say(db, stage.una, now, Why(Reason.TOO_MANY), OfMachine(stage.cast.a100231.id, UnitAnswer.BACKUP))
    assert _units(db, stage.cast.north, now) == {stage.cast.a100231.id: State.BACKUP}


def test_a_changed_answer_takes_the_former_one_back(db: Database, stage: Stage, now: datetime) -> None:
    _leave_and_say(db, stage.una, now, Why(Reason.NOT_USED), Why(Reason.USED_OTHER_SERVICE))
    assert _units(db, stage.cast.north, now) == {stage.cast.a100231.id: State.IN_USE}
    (evidence,) = _evidence(db, stage.cast.north)
    with db.read() as session:
        former = session.get_one(Evidence, evidence.supersedes_id)
    assert (former.says, former.detail) == (State.NOT_IN_USE, "not_used")
    assert _count(db, Answer) == 2


def test_taking_an_answer_back_leaves_the_machine_unknown(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    for reason in SILENT:
        answer(db, stage.una, WhatBecame(Fate.SOLD), now, language="de")
        assert _units(db, stage.cast.north, now) == {stage.cast.a100231.id: State.NOT_IN_USE}
        answer(db, stage.una, Why(reason), now, language="de")
        assert (_account(db, stage.cast.north, now), _units(db, stage.cast.north, now)) == (State.UNKNOWN, {})


def test_of_one_machine_the_last_word_counts(db: Database, stage: Stage, now: datetime) -> None:
    gone = OfMachine(stage.cast.a100231.id, UnitAnswer.GONE)
    _leave_and_say(db, stage.una, now, Why(Reason.BACKUP), gone)
    assert _units(db, stage.cast.north, now) == {stage.cast.a100231.id: State.NOT_IN_USE}
    answer(db, stage.una, Why(Reason.USED_OWN_SERVICE), now, language="de")
    assert _units(db, stage.cast.north, now) == {stage.cast.a100231.id: State.IN_USE}


def test_the_same_tap_twice_is_one(db: Database, stage: Stage, now: datetime) -> None:
    _leave_and_say(db, stage.una, now, Why(Reason.BACKUP), Why(Reason.BACKUP))
    assert (_count(db, Answer), _count(db, Evidence)) == (1, 2)  # one of the evidence is the opt-out's


def test_taps_at_once_leave_one_word_standing(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    words = [Why(Reason.BACKUP), Why(Reason.NOT_USED), Why(Reason.USED_OWN_SERVICE), Why(Reason.TOO_MANY)]
    with ThreadPoolExecutor(4) as taps:
        list(taps.map(lambda word: answer(db, stage.una, word, now, language="de"), words))
    assert len(_evidence(db, stage.cast.north)) == 1
    assert _count(db, Answer) == 4


def test_colleagues_who_answer_at_once_are_both_heard(db: Database, stage: Stage, now: datetime) -> None:
    for link in (stage.una, stage.nora):
        opt_out(db, link, Way.PAGE, now)
    unit = stage.cast.a100231.id
    with ThreadPoolExecutor(2) as taps:
        said = [
            taps.submit(answer, db, link, OfMachine(unit, UnitAnswer.IN_USE), now, language="de")
            for link in (stage.una, stage.nora)
        ]
        assert [one.result().machines for one in said] == [{unit: UnitAnswer.IN_USE}] * 2
    assert sum(e.says == State.IN_USE for e in _evidence(db, stage.cast.north)) == 2


def test_an_answer_before_leaving_is_refused(db: Database, stage: Stage, now: datetime) -> None:
    with pytest.raises(BadAnswer, match="first"):
        answer(db, stage.una, Why(Reason.BACKUP), now, language="en")
    assert (_count(db, Answer), _count(db, OptOut)) == (0, 0)


def test_an_answer_can_be_changed_for_30_days_and_no_longer(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    answer(db, stage.una, Why(Reason.BACKUP), now + CHANGEABLE, language="en")
    with pytest.raises(BadAnswer, match="30 days"):
        answer(db, stage.una, Why(Reason.NOT_USED), now + CHANGEABLE + timedelta(seconds=1), language="en")
    assert _units(db, stage.cast.north, now + CHANGEABLE) == {stage.cast.a100231.id: State.BACKUP}


def test_a_machine_the_mail_did_not_name_is_refused(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    for foreign in (stage.cast.a103000.id, stage.cast.c90.id, 4711, None):
        with pytest.raises(BadAnswer, match="not named"):
            answer(db, stage.una, OfMachine(foreign, UnitAnswer.GONE), now, language="en")
    assert _count(db, Answer) == 0


def test_a_forgotten_person_has_nothing_to_answer(db: Database, stage: Stage, now: datetime) -> None:
    with pytest.raises(NotFound):
        answer(db, OptOutLink(4711, stage.cast.bulletins.id, 0), Why(Reason.BACKUP), now, language="en")


def test_their_own_words_are_kept_to_the_letter(db: Database, stage: Stage, now: datetime) -> None:
    words = "  Zu laut! 👩‍🔧\r\nمرحبا \u202eabc\u202c <b>&amp;</b> 'x'; --  "  # noqa: RUF001 - Arabic on purpose
    said = _leave_and_say(db, stage.una, now, Why(Reason.OTHER), Why(Reason.OTHER, words))
    with db.read() as session:
        row = session.scalars(select(Answer).order_by(Answer.id.desc()).limit(1)).one()
    assert (said.text, row.text, row.language, row.wording_version) == (words, words, "de", WORDING_VERSION)


def test_the_same_reason_again_keeps_their_words_and_an_empty_box_takes_them_back(
    db: Database, stage: Stage, now: datetime
) -> None:
    _leave_and_say(db, stage.una, now, Why(Reason.OTHER, "too loud"))
    assert answer(db, stage.una, Why(Reason.OTHER), now, language="de").text == "too loud"
    assert answer(db, stage.una, Why(Reason.OTHER, ""), now, language="de").text == ""


def test_words_we_cannot_keep_change_nothing_and_the_opt_out_stands(db: Database, stage: Stage, now: datetime) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    for words in ("x" * 2_001, "a\x00b", "\udc00"):
        with pytest.raises(BadAnswer):
            answer(db, stage.una, Why(Reason.OTHER, words), now, language="en")
    assert (_count(db, Answer), _count(db, OptOut)) == (0, 1)


@pytest.mark.parametrize("table", ["answer", "evidence"])
def test_an_opt_out_stands_when_answers_cannot_be_kept(db: Database, stage: Stage, now: datetime, table: str) -> None:
    opt_out(db, stage.una, Way.PAGE, now)
    with db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    with pytest.raises(Unavailable, match="could not be kept just now"):
        answer(db, stage.una, Why(Reason.BACKUP), now, language="en")
    assert _count(db, OptOut) == 1
