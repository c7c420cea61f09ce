"""What the builder of segments offers, in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin
from newsletter.language import LANGUAGES
from newsletter.question.wording import FATES, REASONS
from newsletter.report.narrowing import choices as known
from newsletter.segment.definition import HOWS as _HOWS
from newsletter.segment.definition import IN_MONTHS, About, How
from newsletter.segment.listing import lists
from newsletter.web.staff.show import STATES, country, language

_BULLETINS = 200

ABOUTS: Mapping[About, str] = {
    About.MODEL: "Model",
    About.SERIALS: "Serial numbers",
    About.FIRMWARE: "Firmware",
    About.COUNTRY: "Country",
    About.AGREEMENT: "Agreement",
    About.VERDICT: "Verdict",
    About.SIGN: "Last sign of life",
    About.TOPIC: "Topic",
    About.LANGUAGE: "Language",
    About.REASON: "Reason given",
    About.BULLETIN: "Earlier bulletin",
    About.LIST: "In a list",
}
"""What can be chosen, those about machines first."""

_IN_WORDS = {
    How.PLAIN: "is",
    How.BELOW: "is older than",
    How.FROM: "is, or is newer than",
    How.RUNNING: "runs",
    How.NONE: "none runs",
    How.ENDS: "ends within so many months",
    How.OLDER: "none for so many months",
    How.YOUNGER: "within so many months",
    How.RECEIVED: "was received",
    How.CLICKED: "a link was opened, by a person",
}
HOWS: Mapping[About, Mapping[How, str]] = {
    about: {how: _IN_WORDS[how] for how in hows} for about, hows in _HOWS.items()
}

COUNTED = frozenset(about for about, hows in _HOWS.items() if IN_MONTHS.intersection(hows))
"""What may be meant in months."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What there is to choose from, by what it is about; `topics` are those to count for."""

    values: Mapping[About, Mapping[str, str]]
    topics: Mapping[str, str]


def choices(session: Session) -> Choices:
    """The values on record."""
    there_is = known(session)
    topics = dict(session.execute(select(Topic.key, Topic.name).order_by(Topic.name)).all())
    numbers = session.scalars(select(Bulletin.number).order_by(Bulletin.id.desc()).limit(_BULLETINS))
    offered: dict[About, dict[str, str]] = {
        About.MODEL: {model: model for model in there_is.models},
        About.COUNTRY: dict(sorted(((code, country(code)) for code in there_is.countries), key=lambda one: one[1])),
        About.TOPIC: topics,
        About.LANGUAGE: {code: language(code) for code in LANGUAGES},
        About.VERDICT: {state.value: words for state, words in STATES.items()},
        About.REASON: {str(code): words for code, words in (*REASONS.items(), *FATES.items())},
        About.BULLETIN: {number: number for number in numbers},
        About.LIST: {one.key: f"{one.name} ({one.kind})" for one in lists(session)},
    }
    return Choices(offered, topics)


TYPED: Mapping[About, tuple[str, str]] = {
    About.SERIALS: ("Ranges", "Such as A100000-A104000, B7."),
    About.FIRMWARE: ("Versions", "Such as 4.2, 4.10; to compare with, one."),
}
"""What is typed as a list with commas, not ticked: the label, and what helps to type it."""
