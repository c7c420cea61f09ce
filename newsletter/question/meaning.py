"""What an answer says about a machine, and what it leaves open. Pure."""

from enum import StrEnum

from newsletter.question.reasons import Question, Reason, UnitAnswer


class Says(StrEnum):
    """What an answer says of a machine."""

    IN_USE = "in_use"
    BACKUP = "backup"
    NOT_IN_USE = "not_in_use"


_OF_REASON = {
    Reason.USED_OWN_SERVICE: Says.IN_USE,
    Reason.USED_OTHER_SERVICE: Says.IN_USE,
    Reason.BACKUP: Says.BACKUP,
    Reason.NOT_USED: Says.NOT_IN_USE,
}
_OF_UNIT = {UnitAnswer.IN_USE: Says.IN_USE, UnitAnswer.BACKUP: Says.BACKUP, UnitAnswer.GONE: Says.NOT_IN_USE}

# Somebody who moved on, or works with other machines, cannot know; who never asked for our mail is not asked for more.
_NOT_ASKED_FURTHER = frozenset({Reason.WRONG_PERSON, Reason.NOT_MY_MACHINE, Reason.NEVER_ASKED})


def said_by_reason(reason: Reason) -> Says | None:
    """What a reason says about the machine; None where it says nothing."""
    return _OF_REASON.get(reason)


def said_of_unit(answer: UnitAnswer) -> Says:
    """What an answer about one machine says."""
    return _OF_UNIT[answer]


def left_open(reason: Reason, machines: int) -> tuple[Question, ...]:
    """The questions a reason leaves open for somebody whose copy named so many machines.

    One machine, or none by name, is asked about only where the reason does not tell already; of several it is always
    open which one they meant.
    """
    if reason in _NOT_ASKED_FURTHER:
        return ()
    fate = (Question.FATE,) if reason is Reason.NOT_USED else ()
    machine = (Question.MACHINE,) if machines > 1 or said_by_reason(reason) is None else ()
    return fate + machine
