import pytest
from hypothesis import given
from hypothesis import strategies as some

from newsletter.errors import BadAnswer
from newsletter.question.answer import Answer
from newsletter.question.reasons import Fate, Question, Reason, UnitAnswer
from newsletter.question.said import Said, gathered
from newsletter.question.text import LONGEST_TEXT, kept_text


def _why(reason: Reason, text: str = "") -> Answer:
    return Answer(question=Question.WHY, code=reason, text=text)


def _fate(fate: Fate) -> Answer:
    return Answer(question=Question.FATE, code=fate, text="")


def _machine(unit_id: int | None, answer: UnitAnswer) -> Answer:
    return Answer(question=Question.MACHINE, unit_id=unit_id, code=answer, text="")


def test_nothing_was_said_at_first() -> None:
    assert gathered([]) == Said()


def test_the_last_reason_counts_and_takes_its_fate_along() -> None:
    taps = [_why(Reason.NOT_USED), _fate(Fate.SOLD), _why(Reason.BACKUP)]
    assert gathered(taps) == Said(reason=Reason.BACKUP)


def test_each_machine_keeps_its_own_last_word() -> None:
    taps = [_machine(1, UnitAnswer.IN_USE), _machine(2, UnitAnswer.GONE), _machine(1, UnitAnswer.BACKUP)]
    assert gathered(taps).machines == {1: UnitAnswer.BACKUP, 2: UnitAnswer.GONE}


def test_it_is_known_whether_a_machine_was_spoken_of_last() -> None:
    taps = [_why(Reason.OTHER, "why"), _machine(None, UnitAnswer.GONE)]
    assert gathered(taps).machine_came_last
    assert not gathered([*taps, _why(Reason.BACKUP)]).machine_came_last


@given(some.text(max_size=LONGEST_TEXT // 2))
def test_a_text_of_any_script_is_kept_to_the_letter(text: str) -> None:
    text = text.replace("\x00", "")
    assert kept_text(text) == text


@pytest.mark.parametrize(
    "text",
    ["x" * LONGEST_TEXT, "👩‍🔧" * 666, "مرحبا\u202e" * 300, "\r\n" * LONGEST_TEXT],
    ids=["as long as may be", "emoji", "right to left", "a line break is one character"],
)
def test_a_long_text_is_kept(text: str) -> None:
    assert kept_text(text) == text


@pytest.mark.parametrize(
    "text",
    ["x" * (LONGEST_TEXT + 1), "x" * 1_000_000, "a\x00b", "half \ud83d a character"],
    ids=["one too many", "a megabyte", "NUL", "a lone surrogate"],
)
def test_what_cannot_be_kept_is_refused_in_a_sentence_that_says_the_opt_out_stands(text: str) -> None:
    with pytest.raises(BadAnswer, match="you are off the list all the same"):
        kept_text(text)
