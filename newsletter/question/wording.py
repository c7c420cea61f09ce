"""The words of the questions, in English for the catalogues. An answer keeps the version it was given to."""

from newsletter.language import sentence
from newsletter.question.reasons import Fate, Reason, UnitAnswer

WORDING_VERSION = 1
"""Raised whenever a sentence below changes its meaning for the reader."""

REASONS = {
    Reason.USED_OWN_SERVICE: sentence("We use the machine; our own people look after it"),
    Reason.USED_OTHER_SERVICE: sentence("We use the machine; another company services it"),
    Reason.BACKUP: sentence("It is only a back-up now"),
    Reason.NOT_USED: sentence("We no longer use it"),
    Reason.TOO_MANY: sentence("Too many mails"),
    Reason.NOT_USEFUL: sentence("Not useful to me"),
    Reason.WRONG_PERSON: sentence("I am not the right person, or have moved on"),
    Reason.NEVER_ASKED: sentence("I never asked for this"),
    Reason.OTHER: sentence("Something else"),
}
"""In the order they are asked."""

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
