"""The words of the questions, in English for the catalogues: what is asked where staff have written nothing else.

A wording has *lines*, each under a name: "why" and its "intro", "fate", "machine" and "machines" are the questions, and
"why.backup" is the answer `backup` to "why". Only the list of reasons has an order of its own.
"""

from collections.abc import Mapping, Sequence

from newsletter.language import sentence
from newsletter.question.reasons import Fate, Question, Reason, UnitAnswer

_BEFORE_OFFERS = (
    Reason.USED_OWN_SERVICE,
    Reason.USED_OTHER_SERVICE,
    Reason.BACKUP,
    Reason.NOT_USED,
    Reason.TOO_MANY,
    Reason.NOT_USEFUL,
    Reason.WRONG_PERSON,
    Reason.NEVER_ASKED,
    Reason.OTHER,
)

BUILT_IN: Mapping[int, Sequence[Reason]] = {1: _BEFORE_OFFERS, 2: tuple(Reason)}
"""Which reasons each version of ours asks, in their order."""

WORDING_VERSION = max(BUILT_IN)
"""The version in force where staff chose none. There is a new one when a sentence changes its meaning for readers."""

FIRST_OF_STAFF = 101
"""Lower numbers are ours, so that a later release can bring another version."""

REASONS = {
    Reason.USED_OWN_SERVICE: sentence("We use the machine; our own people look after it"),
    Reason.USED_OTHER_SERVICE: sentence("We use the machine; another company services it"),
    Reason.BACKUP: sentence("It is only a back-up now"),
    Reason.NOT_USED: sentence("We no longer use it"),
    Reason.TOO_MANY: sentence("Too many mails"),
    Reason.TOO_BUSY: sentence("No time for it at the moment"),
    Reason.NOT_MY_MACHINE: sentence("Not about my machines"),
    Reason.NOT_USEFUL: sentence("Not useful to me"),
    Reason.WRONG_PERSON: sentence("I am not the right person, or have moved on"),
    Reason.NEVER_ASKED: sentence("I never asked for this"),
    Reason.OTHER: sentence("Something else"),
}

FATES = {
    Fate.SOLD: sentence("Sold"),
    Fate.REPLACED: sentence("Replaced by another machine"),
    Fate.SCRAPPED: sentence("Scrapped"),
    Fate.STORED: sentence("In storage"),
}

UNIT_ANSWERS = {
    UnitAnswer.IN_USE: sentence("In use"),
    UnitAnswer.BACKUP: sentence("Back-up"),
    UnitAnswer.GONE: sentence("No longer in use"),
}


def line_of(question: Question, code: str) -> str:
    """The name of the line that words an answer."""
    return f"{question}.{code}"


LINES: Mapping[str, str] = {
    "why": sentence("One short question: why?"),
    "intro": sentence(
        "Skip it if you like. One tap is enough; it tells our service team whether the machine still matters to you."
    ),
    **{line_of(Question.WHY, code): words for code, words in REASONS.items()},
    "fate": sentence("What became of the machine?"),
    **{line_of(Question.FATE, code): words for code, words in FATES.items()},
    "machine": sentence("Is the machine still in use?"),
    "machines": sentence("Which of your machines are still in use?"),
    **{line_of(Question.MACHINE, code): words for code, words in UNIT_ANSWERS.items()},
}
"""Every line in English, in the order in which a reader meets them."""
