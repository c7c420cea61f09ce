"""What somebody says now, gathered from every tap they made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.question.answer import Answer
from newsletter.question.reasons import Fate, Question, Reason, UnitAnswer
from newsletter.question.wording import WORDING_VERSION


@dataclass(frozen=True, slots=True)
class Said:
    """The last word on each question.

    `fate` belongs to the reason it was given with. `machines` is by unit id, None standing for "the machine" of a mail
    that named none. `machine_came_last` tells whether a machine was spoken of after the reason was given.

    `reason_wording` is the version of the wording the reason was given to, `last_wording` that of the last tap; the
    same word to another wording is still the same word.
    """

    reason: Reason | None = None
    fate: Fate | None = None
    text: str = ""
    machines: Mapping[int | None, UnitAnswer] = field(default_factory=dict)
    machine_came_last: bool = False
    reason_wording: int = field(default=WORDING_VERSION, compare=False)
    last_wording: int = field(default=WORDING_VERSION, compare=False)

    def after(self, answer: Answer) -> "Said":
        """What is said once one more answer was given."""
        said = replace(self, last_wording=answer.wording_version)
        match Question(answer.question):
            case Question.WHY:
                reason, wording = Reason(answer.code), answer.wording_version
                said = replace(said, reason=reason, reason_wording=wording, fate=None, text=answer.text)
                return replace(said, machine_came_last=False)
            case Question.FATE:
                return replace(said, fate=Fate(answer.code), machine_came_last=False)
            case Question.MACHINE:
                machines = {**self.machines, answer.unit_id: UnitAnswer(answer.code)}
                return replace(said, machines=machines, machine_came_last=True)


def gathered(answers: Iterable[Answer]) -> Said:
    """What the answers to one opt-out, oldest first, add up to."""
    said = Said()
    for answer in answers:
        said = said.after(answer)
    return said


def what_was_said(session: Session, opt_out_id: int) -> Said:
    """What somebody says now about why they left."""
    return gathered(session.scalars(select(Answer).where(Answer.opt_out_id == opt_out_id).order_by(Answer.id)))
