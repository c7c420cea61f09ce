"""The questions and their answers by code. Codes are kept for ever; wording and order may change."""

from enum import StrEnum


class Question(StrEnum):
    """What was asked."""

    WHY = "why"
    FATE = "fate"  # what became of the machine
    MACHINE = "machine"  # is it still in use?


class Reason(StrEnum):
    """Why somebody leaves."""

    USED_OWN_SERVICE = "used_own_service"
    USED_OTHER_SERVICE = "used_other_service"
    BACKUP = "backup"
    NOT_USED = "not_used"
    TOO_MANY = "too_many"
    TOO_BUSY = "too_busy"
    NOT_MY_MACHINE = "not_my_machine"
    NOT_USEFUL = "not_useful"
    WRONG_PERSON = "wrong_person"
    NEVER_ASKED = "never_asked"
    OTHER = "other"


class Fate(StrEnum):
    """What became of a machine that is no longer used."""

    SOLD = "sold"
    REPLACED = "replaced"
    SCRAPPED = "scrapped"
    STORED = "stored"


class UnitAnswer(StrEnum):
    """What one machine is now."""

    IN_USE = "in_use"
    BACKUP = "backup"
    GONE = "gone"
