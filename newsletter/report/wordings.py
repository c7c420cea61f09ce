"""The versions of the questions: which there are, and where each is asked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from newsletter.audience.topic import Topic
from newsletter.question.answer import Answer
from newsletter.question.reasons import Question, Reason
from newsletter.question.version import Wording, WordingChoice, WordingExperiment, WordingLine
from newsletter.question.wording import BUILT_IN, WORDING_VERSION


@dataclass(frozen=True, slots=True)
class Place:
    """Where a version is asked: a topic, or with `topic_id` None all topics without a choice of their own.

    `number` None follows all topics. `since` and `by` are None and empty where nobody chose. `experiment_id` is the
    one that runs there, which goes before the choice.
    """

    topic_id: int | None
    name: str
    number: int | None
    since: datetime | None = None
    by: str = ""
    experiment_id: int | None = None


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """One version: `places` names where it is asked now, `languages` those it has words of its own in."""

    number: int
    name: str
    base: int | None
    author: str
    written_at: datetime | None
    is_frozen: bool
    places: tuple[str, ...]
    languages: tuple[str, ...]

    @property
    def is_built_in(self) -> bool:
        """Whether it is one of ours."""
        return self.number in BUILT_IN


@dataclass(frozen=True, slots=True)
class ReasonsGiven:
    """How often each reason was the last word, by the version it was given to."""

    versions: tuple[int, ...]
    counts: Mapping[tuple[Reason, int], int]


def places(session: Session) -> tuple[Place, ...]:
    """All topics first, then each by name."""
    chosen = {row.topic_id: row for row in session.scalars(_newest_choices())}
    running = {row.topic_id: row.id for row in session.scalars(_running())}
    named = session.execute(select(Topic.id, Topic.name).order_by(Topic.name)).all()
    return tuple(_place(id_, name, chosen, running) for id_, name in ((None, "All topics"), *named))


def versions(session: Session) -> tuple[ListedVersion, ...]:
    """Every version, the newest first and the built-in ones last."""
    asked = _asked_at(session, places(session))
    languages: dict[int, list[str]] = {}
    for number, language in session.execute(select(WordingLine.number, WordingLine.language).distinct()):
        languages.setdefault(number, []).append(language)
    written = [
        ListedVersion(
            row.number,
            row.name,
            row.base,
            row.author,
            row.written_at,
            row.frozen_at is not None,
            asked.get(row.number, ()),
            tuple(sorted(languages.get(row.number, ()))),
        )
        for row in session.scalars(select(Wording).order_by(Wording.number.desc()))
    ]
    ours = [
        ListedVersion(number, "Built-in", None, "", None, is_frozen=True, places=asked.get(number, ()), languages=())
        for number in sorted(BUILT_IN, reverse=True)
    ]
    return (*written, *ours)


def reasons_given(session: Session) -> ReasonsGiven:
    """The last word of everybody who left, by reason and version."""
    word = aliased(Answer)
    newer = select(word.id).where(
        word.opt_out_id == Answer.opt_out_id, word.question == Question.WHY, word.id > Answer.id
    )
    query = (
        select(Answer.code, Answer.wording_version, func.count())
        .where(Answer.question == Question.WHY, ~newer.exists())
        .group_by(Answer.code, Answer.wording_version)
    )
    counts = Counter({(Reason(code), number): count for code, number, count in session.execute(query)})
    return ReasonsGiven(tuple(sorted({number for _, number in counts})), counts)


def _place(
    topic_id: int | None, name: str, chosen: Mapping[int | None, WordingChoice], running: Mapping[int, int]
) -> Place:
    choice = chosen.get(topic_id)
    number = choice.number if choice else None
    if topic_id is None:
        number = number or WORDING_VERSION
    since, by = (choice.since, choice.by) if choice else (None, "")
    return Place(topic_id, name, number, since, by, running.get(topic_id) if topic_id else None)


def _newest_choices() -> Select[WordingChoice]:
    newest = select(func.max(WordingChoice.id)).group_by(WordingChoice.topic_id)
    return select(WordingChoice).where(WordingChoice.id.in_(newest))


def _running() -> Select[WordingExperiment]:
    return select(WordingExperiment).where(WordingExperiment.ended_at.is_(None))


def _asked_at(session: Session, where: Sequence[Place]) -> Mapping[int, tuple[str, ...]]:
    asked: dict[int, tuple[str, ...]] = {}
    names = {place.topic_id: place.name for place in where}
    for place in where:
        if place.number and not place.experiment_id:
            asked[place.number] = (*asked.get(place.number, ()), place.name)
    for row in session.scalars(_running()):
        for number in (row.first, row.second):
            asked[number] = (*asked.get(number, ()), f"tried on {names.get(row.topic_id, 'a former topic')}")
    return asked
