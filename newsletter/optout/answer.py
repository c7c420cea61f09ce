from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import BadAnswer, Unavailable
from newsletter.language import sentence
from newsletter.ledger.concerned import OTHER_MACHINE, Concerned
from newsletter.links import OptOutLink
from newsletter.optout.about import asked_about
from newsletter.optout.claims import can_be_placed
from newsletter.optout.opt_out import OptOut
from newsletter.optout.standing import hold, standing
from newsletter.optout.tell import tell_accounts
from newsletter.question.answer import Answer
from newsletter.question.asking import version_given
from newsletter.question.reasons import Fate, Question, Reason, UnitAnswer
from newsletter.question.said import Said, what_was_said
from newsletter.question.text import kept_text

CHANGEABLE = timedelta(days=30)

NOT_LEFT = sentence("Press “Stop these mails” first; the question comes after it.")
TOO_LATE = sentence("The answer could be changed for 30 days, and they are over.")
NOT_KEPT = sentence("Your answer could not be kept just now. Please try again in a moment.")


@dataclass(frozen=True, slots=True)
class Why:
    """A reason. `text` None was not asked for; an empty one was left empty."""

    reason: Reason
    text: str | None = None


@dataclass(frozen=True, slots=True)
class WhatBecame:
    """What became of the machine that is no longer used."""

    fate: Fate


@dataclass(frozen=True, slots=True)
class OfMachine:
    """What one machine is now; `unit_id` None where the mail named none."""

    unit_id: int | None
    answer: UnitAnswer


Word = Why | WhatBecame | OfMachine


def answer(
    db: Database, link: OptOutLink, word: Word, now: datetime, *, language: str, wording: int | None = None
) -> Said:
    """Keep one tap and what it is evidence of; gives what they say now. The same tap twice is one.

    `wording` is the version they read, as their form says; without it, it is the one they would read now.

    Raises BadAnswer before they left, after 30 days, for another machine, or for text we cannot keep; NotFound when the
    person is gone; Unavailable when it cannot be kept. The opt-out stands in every case.
    """
    try:
        with db.write() as session:
            return _answer(session, link, word, now, language, wording)
    except (SQLAlchemyError, Unavailable) as error:
        raise Unavailable(NOT_KEPT) from error


def changeable_until(left: OptOut) -> datetime:
    """Until when the answer to an opt-out can be given and changed."""
    return max(left.left_at, left.everything_at or left.left_at) + CHANGEABLE


def _answer(session: Session, link: OptOutLink, word: Word, now: datetime, language: str, wording: int | None) -> Said:
    hold(session, link.person_id)
    left = standing(session, link)
    if left is None:
        raise BadAnswer(NOT_LEFT)
    if now > changeable_until(left):
        raise BadAnswer(TOO_LATE)
    if isinstance(word, Why) and word.text:
        kept_text(word.text)
    about = asked_about(session, left.person_id, left.delivery_id)
    _refuse_other_machines(word, about)
    former = said = what_was_said(session, left.id)
    version = version_given(session, wording, link.topic_id, link.person_id, now)
    for row in _rows(word, former):
        row.opt_out_id, row.language, row.answered_at, row.wording_version = left.id, language, now, version
        after = said.after(row)
        if after != former:
            session.add(row)
            said = after
    session.flush()
    tell_accounts(session, left, said, about, now)
    return said


def _refuse_other_machines(word: Word, about: Concerned) -> None:
    if not isinstance(word, OfMachine):
        return
    named = {machine.unit_id for machine in about.machines}
    if word.unit_id not in named and not (word.unit_id is None and can_be_placed(about.machines, about.account_ids)):
        raise BadAnswer(OTHER_MACHINE)


def _rows(word: Word, said: Said) -> Iterator[Answer]:
    match word:
        case Why(reason, text):
            kept = said.text if text is None and reason is said.reason else text
            yield _row(Question.WHY, reason, text=kept or "")
        case WhatBecame(fate):
            # Two tabs: a page from before another answer still offers this one, which says both.
            if said.reason is not Reason.NOT_USED:
                yield _row(Question.WHY, Reason.NOT_USED)
            yield _row(Question.FATE, fate)
        case OfMachine(unit_id, unit_answer):
            yield _row(Question.MACHINE, unit_answer, unit_id=unit_id)


def _row(question: Question, code: str, *, unit_id: int | None = None, text: str = "") -> Answer:
    return Answer(question=question, unit_id=unit_id, code=code, text=text)
