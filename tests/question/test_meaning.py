import pytest

from newsletter.question.meaning import Says, left_open, said_by_reason, said_of_unit
from newsletter.question.reasons import Fate, Question, Reason, UnitAnswer
from newsletter.question.wording import FATES, REASONS, UNIT_ANSWERS

SILENT = (
    Reason.TOO_MANY,
    Reason.TOO_BUSY,
    Reason.NOT_MY_MACHINE,
    Reason.NOT_USEFUL,
    Reason.WRONG_PERSON,
    Reason.NEVER_ASKED,
    Reason.OTHER,
)


@pytest.mark.parametrize(
    ("reason", "says"),
    [
        (Reason.USED_OWN_SERVICE, Says.IN_USE),
        (Reason.USED_OTHER_SERVICE, Says.IN_USE),
        (Reason.BACKUP, Says.BACKUP),
        (Reason.NOT_USED, Says.NOT_IN_USE),
        *((reason, None) for reason in SILENT),
    ],
)
def test_what_a_reason_says_of_the_machine(reason: Reason, says: Says | None) -> None:
    assert said_by_reason(reason) is says


def test_what_an_answer_about_one_machine_says() -> None:
    assert [said_of_unit(answer) for answer in UnitAnswer] == [Says.IN_USE, Says.BACKUP, Says.NOT_IN_USE]


@pytest.mark.parametrize("reason", [Reason.TOO_MANY, Reason.TOO_BUSY, Reason.NOT_USEFUL, Reason.OTHER])
def test_a_reason_that_says_nothing_leaves_open_whether_the_machine_is_used(reason: Reason) -> None:
    assert left_open(reason, machines=1) == (Question.MACHINE,)


@pytest.mark.parametrize("reason", [Reason.USED_OWN_SERVICE, Reason.USED_OTHER_SERVICE, Reason.BACKUP])
def test_a_reason_that_tells_already_asks_nothing_more_of_one_machine(reason: Reason) -> None:
    assert left_open(reason, machines=1) == ()


def test_of_several_machines_it_is_open_which_one_was_meant() -> None:
    assert left_open(Reason.BACKUP, machines=2) == (Question.MACHINE,)


def test_a_machine_no_longer_used_leaves_open_what_became_of_it() -> None:
    assert left_open(Reason.NOT_USED, machines=1) == (Question.FATE,)
    assert left_open(Reason.NOT_USED, machines=3) == (Question.FATE, Question.MACHINE)


@pytest.mark.parametrize("reason", [Reason.WRONG_PERSON, Reason.NOT_MY_MACHINE, Reason.NEVER_ASKED])
@pytest.mark.parametrize("machines", [0, 1, 5])
def test_who_moved_on_has_other_machines_or_never_asked_is_asked_nothing_more(reason: Reason, machines: int) -> None:
    assert left_open(reason, machines) == ()


def test_every_answer_has_its_words() -> None:
    assert (list(REASONS), list(FATES), list(UNIT_ANSWERS)) == (list(Reason), list(Fate), list(UnitAnswer))
