"""What somebody says now, gathered from every tap they made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.question.answer import Answer
from newsletter.question.reasons import Fate, Question, Reason, UnitAnswer


@dataclass(frozen=True, slots=True)
class Said:
    """The last word on each question.

    `fate` belongs to the reason it was given with. `machines` is by unit id, None standing for "the machine" of a mail
    that named none. `machine_came_last` tells whether a machine was spoken of after the reason was given.
    """

    reason: Reason | None = None
    fate: Fate | None = None
    text: str = ""
    machines: Mapping[int | None, UnitAnswer] = field(default_factory=dict)
    machine_came_last: bool = False

    def after(self, answer: Answer) -> "Said":
        """What is said once one more answer was given."""
        match Question(answer.question):
            case Question.WHY:
                return replace(self, reason=Reason(answer.code), fate=None, text=answer.text, machine_came_last=False)
            case Question.FATE:
                return replace(self, fate=Fate(answer.code), machine_came_last=False)
            case Question.MACHINE:
                machines = {**self.machines, answer.unit_id: UnitAnswer(answer.code)}
                return replace(self, machines=machines, machine_came_last=True)


def gathered(answers: Iterable[Answer]) -> Said:
    """What the answers to one opt-out, oldest first, add up to."""
    said = Said()
    for answer in answers:
        said = said.after(answer)
    return said


def what_was_said(session: Session, opt_out_id: int) -> Said:
    """What somebody says now about why they left."""
    return gathered(session.scalars(select(Answer).where(Answer.opt_out_id == opt_out_id).order_by(Answer.id)))
