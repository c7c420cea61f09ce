"""How the questions are put to one reader: which version, in which words, in which order."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ScalarSelect, or_, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.errors import NotFound
from newsletter.question.arm import is_in_second
from newsletter.question.reasons import Fate, Question, Reason, UnitAnswer
from newsletter.question.version import Wording, WordingChoice, WordingExperiment
from newsletter.question.versions import Version, built_in, version
from newsletter.question.wording import BUILT_IN, WORDING_VERSION, line_of

_log = logging.getLogger(__name__)
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Asking:
    """The questions in one version and one language, ready to be shown.

    `reasons` are those to offer, in their order. `lines` holds every line of the wording by name, those of reasons that
    are not offered too. The words may be staff's: they are text, never a template.
    """

    version: int
    reasons: tuple[tuple[Reason, str], ...]
    lines: Mapping[str, str]

    @property
    def question(self) -> str:
        """The short why, as a heading."""
        return self.lines["why"]

    @property
    def intro(self) -> str:
        """What stands between the question and its answers."""
        return self.lines["intro"]

    @property
    def fates(self) -> tuple[tuple[Fate, str], ...]:
        """What can have become of a machine."""
        return tuple((code, self.lines[line_of(Question.FATE, code)]) for code in Fate)

    @property
    def unit_answers(self) -> tuple[tuple[UnitAnswer, str], ...]:
        """What one machine can be now."""
        return tuple((code, self.lines[line_of(Question.MACHINE, code)]) for code in UnitAnswer)


def asked_of(session: Session, topic_id: int, person_id: int, language: str, now: datetime) -> Asking:
    """How a person who left a topic is asked why, in a language we speak. Changes nothing.

    The same person is always asked in the same version while that version is in force or tried; where the versions of
    staff cannot be read it is the built-in one.
    """
    chosen = _if_readable(session, lambda: version(session, number_for(session, topic_id, person_id, now)))
    return put(chosen or built_in(WORDING_VERSION), language)


def as_worded(session: Session, number: int, language: str) -> Asking:
    """A version as it was asked, whatever is in force now; the built-in one where it cannot be read."""
    return put(_if_readable(session, lambda: version(session, number)) or built_in(WORDING_VERSION), language)


def version_given(session: Session, shown: int | None, topic_id: int, person_id: int, now: datetime) -> int:
    """The version an answer is given to: the one its form says, where readers ever saw that, else the one of now."""
    if shown is not None and shown in BUILT_IN:
        return shown
    wanted = _if_readable(session, lambda: shown if _was_seen(session, shown) else None)
    return wanted or _if_readable(session, lambda: number_for(session, topic_id, person_id, now)) or WORDING_VERSION


def number_for(session: Session, topic_id: int, person_id: int, now: datetime) -> int:
    """The version a person is asked in: that of a running experiment, of the topic, of all topics, or our own."""
    experiment = session.scalar(
        select(WordingExperiment)
        .where(WordingExperiment.topic_id == topic_id, WordingExperiment.started_at <= now)
        .where(or_(WordingExperiment.ended_at.is_(None), WordingExperiment.ended_at > now))
        .limit(1)
    )
    if experiment:
        is_second = is_in_second(experiment.id, person_id, experiment.share)
        return experiment.second if is_second else experiment.first
    of_topic, of_all = session.execute(select(_chosen(topic_id, now), _chosen(None, now))).one()
    return of_topic or of_all or WORDING_VERSION


def put(asked: Version, language: str) -> Asking:
    """A version in one language. Pure."""
    lines = asked.spoken(language)
    reasons = tuple((code, lines[line_of(Question.WHY, code)]) for code in asked.reasons)
    return Asking(asked.number, reasons, lines)


def _chosen(topic_id: int | None, now: datetime) -> ScalarSelect[int | None]:
    of_topic = WordingChoice.topic_id.is_(None) if topic_id is None else WordingChoice.topic_id == topic_id
    newest = WordingChoice.since.desc(), WordingChoice.id.desc()
    query = select(WordingChoice.number).where(of_topic, WordingChoice.since <= now).order_by(*newest)
    return query.limit(1).scalar_subquery()


def _was_seen(session: Session, number: int | None) -> bool:
    query = select(Wording.number).where(Wording.number == number, Wording.frozen_at.is_not(None))
    return session.scalar(query) is not None


def _if_readable(session: Session, read: Callable[[], _Read | None]) -> _Read | None:
    """What can be read; None where a table behind it is broken, for a question must not hide an opt-out."""
    try:
        with session.begin_nested():
            return read()
    except (SQLAlchemyError, NotFound):
        _log.exception("The versions of the question cannot be read.")
        return None
