"""How many of those who left were asked why, and how many answered: the rest are unanswered, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, and_, case, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from newsletter.optout.opt_out import OptOut, Way
from newsletter.optout.receipt import GOODBYE
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.question.answer import Answer
from newsletter.question.reasons import Question

_NEVER_LEFT = (LetterState.REFUSED, LetterState.GIVEN_UP, LetterState.TAKEN_BACK)


@dataclass(frozen=True, slots=True)
class Asked:
    """Those who left one way. Who answers without having been asked counts as asked."""

    left: int = 0
    asked: int = 0
    answered: int = 0

    @property
    def unanswered(self) -> int:
        """How many were asked and said nothing."""
        return self.asked - self.answered


def asked_why(session: Session) -> Mapping[Way, Asked]:
    """By the way they left, every way in its order. Opt-outs that were taken back do not count."""
    answered = _answered()
    counted = select(
        OptOut.way, func.count(), func.sum(_one(or_(_was_asked(), answered))), func.sum(_one(answered))
    ).where(OptOut.undone_at.is_(None))
    rows = session.execute(counted.group_by(OptOut.way))
    found = {way: Asked(left, int(asked), int(told)) for way, left, asked, told in rows}
    return {way: found.get(way, Asked()) for way in Way}


def _was_asked() -> ColumnElement[bool]:
    """By the page itself; elsewhere by a letter that may have arrived."""
    letter = exists().where(
        and_(
            PostedLetter.key == literal(f"{GOODBYE}:").concat(cast(OptOut.id, Text)),
            PostedLetter.state.not_in(_NEVER_LEFT),
        )
    )
    return or_(OptOut.way == Way.PAGE, letter)


def _answered() -> ColumnElement[bool]:
    return exists().where(Answer.opt_out_id == OptOut.id, Answer.question == Question.WHY)


def _one(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)
