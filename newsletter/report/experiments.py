"""What became of two wordings that were tried against each other: who was asked, who answered, what it proves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.errors import NotFound
from newsletter.optout.opt_out import OptOut, Way
from newsletter.optout.undo import SOURCE as BY_THEMSELVES
from newsletter.question.answer import Answer
from newsletter.question.arm import is_in_second
from newsletter.question.rates import FEWEST, Finding, Interval, Tally, always_valid, finding, newcombe, wilson
from newsletter.question.reasons import Question
from newsletter.question.version import WordingExperiment


@dataclass(frozen=True, slots=True)
class Arm:
    """One of the two versions, and how those answered who were asked in it."""

    number: int
    share: int  # per cent of the people
    tally: Tally

    @property
    def interval(self) -> Interval:
        """Where the rate lies (Wilson)."""
        return wilson(self.tally)


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment with its two arms."""

    id: int
    topic: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    ended_by: str
    first: Arm
    second: Arm

    @property
    def finding(self) -> Finding:
        """What can be said."""
        return finding(self.first.tally, self.second.tally)

    @property
    def gain(self) -> Interval:
        """Where the rate of the second less that of the first lies, seen once (Newcombe)."""
        return newcombe(self.first.tally, self.second.tally)

    @property
    def sure_gain(self) -> Interval:
        """The same, however often somebody looks."""
        return always_valid(self.first.tally, self.second.tally)

    @property
    def sentence(self) -> str:
        """What it proves, in words."""
        return _SENTENCES[self.finding].format(
            first=self.first.number,
            second=self.second.number,
            fewest=FEWEST,
            asked=min(self.first.tally.asked, self.second.tally.asked),
        )


_SENTENCES = {
    Finding.TOO_EARLY: "Too early to say: in one version only {asked} people were asked, and each needs {fewest}.",
    Finding.NO_DIFFERENCE: "No difference can be seen. If there is one, it lies within the interval below.",
    Finding.PERHAPS: (
        "One may be better, but it is not settled: who looks again and again sees a difference of this size by chance. "
        "Let it run on."
    ),
    Finding.FIRST: "Version {first} gets more answers than version {second}.",
    Finding.SECOND: "Version {second} gets more answers than version {first}.",
}


def trial(session: Session, experiment_id: int) -> Trial:
    """One experiment. Raises NotFound."""
    row = session.get(WordingExperiment, experiment_id)
    if row is None:
        raise NotFound("There is no such experiment.")
    return _trial(session, row)


def trials(session: Session, limit: int = 20) -> tuple[Trial, ...]:
    """The newest experiments, those that run first."""
    query = select(WordingExperiment).order_by(WordingExperiment.ended_at.is_not(None), WordingExperiment.id.desc())
    return tuple(_trial(session, row) for row in session.scalars(query.limit(limit)).all())


def tallied(experiment_id: int, share: int, asked: Iterable[tuple[int, bool]]) -> tuple[Tally, Tally]:
    """Both arms of an experiment, from every person asked and whether they answered. Pure."""
    counts = [[0, 0], [0, 0]]
    for person_id, has_answered in asked:
        arm = counts[is_in_second(experiment_id, person_id, share)]
        arm[0] += 1
        arm[1] += has_answered
    return Tally(*counts[0]), Tally(*counts[1])


def _trial(session: Session, row: WordingExperiment) -> Trial:
    asked = ((person_id, bool(answers)) for person_id, answers in session.execute(_asked(row)) if person_id)
    first, second = tallied(row.id, row.share, asked)
    topic = session.get(Topic, row.topic_id)
    return Trial(
        id=row.id,
        topic=topic.name if topic else "a former topic",
        started_at=row.started_at,
        started_by=row.started_by,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
        first=Arm(row.first, 100 - row.share, first),
        second=Arm(row.second, row.share, second),
    )


def _asked(row: WordingExperiment) -> Select[int | None, int]:
    """Who left the topic by the page while it ran, once each, and how often they said why while it ran.

    A page that is shown writes nothing, so who was asked is told from who left: the page after it asks everybody. Left
    out are those whom a colleague put back, for they were machines, and those who were forgotten since.
    """
    answered = select(func.count()).where(Answer.opt_out_id == OptOut.id, Answer.question == Question.WHY)
    if row.ended_at:
        answered = answered.where(Answer.answered_at < row.ended_at)
    answers = func.sum(answered.correlate(OptOut).scalar_subquery())
    asked = (
        select(OptOut.person_id, answers)
        .where(OptOut.topic_id == row.topic_id, OptOut.way == Way.PAGE, OptOut.left_at >= row.started_at)
        .where(OptOut.person_id.is_not(None), OptOut.undone_by.in_(("", BY_THEMSELVES)))
        .group_by(OptOut.person_id)
    )
    return asked.where(OptOut.left_at < row.ended_at) if row.ended_at else asked
