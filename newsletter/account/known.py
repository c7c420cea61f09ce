"""What we know of an account's needs: the subjects, their values, and what somebody's answer tells of them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

LONGEST = 2_000
"""Characters of anything a colleague writes down."""


class Subject(StrEnum):
    """What a fact is about."""

    WHY_BOUGHT = "why_bought"
    VALUES = "values"
    RENEWAL = "renewal"
    TRADE_IN = "trade_in"
    REBUILD = "rebuild"
    AUDIT = "audit"
    WORKSHOP = "workshop"
    MOOD = "mood"
    COMPETITOR = "competitor"
    NO_AGREEMENT = "no_agreement"


class Interest(StrEnum):
    """Whether they want something of ours."""

    YES = "yes"
    NO = "no"
    ASKED = "asked"  # and did not say so far


class Mood(StrEnum):
    """How content they are: the answers of the yearly question, kept as the `detail` of its evidence."""

    CONTENT = "content"
    LOOKING_AROUND = "looking_around"
    COMPLICATED = "complicated"


class NoAgreement(StrEnum):
    """Why there is no agreement."""

    OWN_FITTERS = "own_fitters"
    NOT_CRITICAL = "not_critical"
    NEVER_BREAKS = "never_breaks"
    THIRD_PARTY = "third_party"
    BACKUP = "backup"


INTERESTS = (Subject.TRADE_IN, Subject.REBUILD, Subject.AUDIT, Subject.WORKSHOP)

_INTEREST = {Interest.YES: "yes", Interest.NO: "no", Interest.ASKED: "asked, no answer yet"}

CODES: Mapping[Subject, Mapping[str, str]] = {
    **{subject: {str(code): words for code, words in _INTEREST.items()} for subject in INTERESTS},
    Subject.MOOD: {
        Mood.CONTENT: "content",
        Mood.LOOKING_AROUND: "looking around",
        Mood.COMPLICATED: "it is complicated",
    },
    Subject.NO_AGREEMENT: {
        NoAgreement.OWN_FITTERS: "their own fitters look after it",
        NoAgreement.NOT_CRITICAL: "the machine is not critical",
        NoAgreement.NEVER_BREAKS: "it never breaks",
        NoAgreement.THIRD_PARTY: "another company services it",
        NoAgreement.BACKUP: "it is only a back-up",
    },
}
"""The values of a subject in words. A subject that is not named here takes free words."""

TITLES: Mapping[Subject, str] = {
    Subject.WHY_BOUGHT: "Why they bought",
    Subject.VALUES: "What they value",
    Subject.RENEWAL: "Renewal talk",
    Subject.TRADE_IN: "Interest in a trade-in",
    Subject.REBUILD: "Interest in a rebuild",
    Subject.AUDIT: "Interest in an audit",
    Subject.WORKSHOP: "Interest in a workshop",
    Subject.MOOD: "How content they are",
    Subject.COMPETITOR: "Competitor in touch",
    Subject.NO_AGREEMENT: "Why no agreement",
}

DATED = frozenset({Subject.RENEWAL, Subject.COMPETITOR})
"""Subjects that name a day."""


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of one subject, by whom and since when. `source` says where it comes from if no colleague noted it.

    `value` is a code of `CODES` or free words; `words` were added to it.
    """

    subject: Subject
    value: str
    on_day: date | None
    words: str
    author: str
    at: datetime
    source: str = ""

    @property
    def title(self) -> str:
        """The subject in words."""
        return TITLES[self.subject]

    @property
    def says(self) -> str:
        """The value in words; empty where it is not known any more."""
        return CODES.get(self.subject, {}).get(self.value, self.value)


def newest(facts: Iterable[Known]) -> dict[Subject, Known]:
    """The latest on each subject, in the order of the subjects; of two at one time the later named."""
    latest: dict[Subject, Known] = {}
    for fact in facts:
        if fact.subject not in latest or fact.at >= latest[fact.subject].at:
            latest[fact.subject] = fact
    return {subject: latest[subject] for subject in Subject if subject in latest}


def told(detail: str, says: str | None) -> tuple[Subject, str] | None:
    """What somebody's own answer tells of a subject: its code, and what it says of the machine."""
    if detail in _WANTED:
        return Subject(detail), Interest.YES
    if detail in set(Mood):
        return Subject.MOOD, detail
    if detail in _RIVALS:
        return Subject.COMPETITOR, _RIVALS[detail]
    why = _WITHOUT_US.get(detail) or _WITHOUT_US.get(says or "")
    return (Subject.NO_AGREEMENT, why) if why else None


_WANTED = frozenset(map(str, INTERESTS))
_RIVALS = {"competitor": "somebody, they did not say who", "no_competitor": "nobody"}
_WITHOUT_US = {
    "used_own_service": NoAgreement.OWN_FITTERS,
    "used_other_service": NoAgreement.THIRD_PARTY,
    "backup": NoAgreement.BACKUP,
}
