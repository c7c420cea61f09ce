"""Which version readers are asked in: of a topic, or of every topic without a choice of its own."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.db import Database
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.question.version import WordingChoice, WordingExperiment
from newsletter.question.write import freeze
from newsletter.staff.audit import AuditEntry

RUNNING = "Two wordings are being tried on this topic."


def put_in_force(db: Database, number: int | None, topic_id: int | None, *, by: str, now: datetime) -> None:
    """Ask the readers of a topic, or with None of all topics without their own, in a version from now on.

    `number` None lets a topic follow all topics again; for all topics it is the built-in version. Raises NotFound for
    a version or topic that is not there, Conflict while an experiment runs on the topic.
    """
    with db.write() as session:
        if topic_id is not None:
            _hold_topic(session, topic_id)
            if _running(session, topic_id):
                raise Conflict(RUNNING, hint="End the experiment first; it asks which one to keep.")
        _choose(session, number, topic_id, by, now)


def start_experiment(
    db: Database, topic_id: int, first: int, second: int, *, share: int, by: str, now: datetime
) -> int:
    """Try two versions on a topic; its id. `share` per cent of the people are asked in the second.

    Raises Refused for a share outside 1 to 99 or twice the same version, NotFound for what is not there, Conflict
    while another one runs on the topic.
    """
    if not 1 <= share <= 99:
        raise Refused("The share is a number from 1 to 99.")
    if first == second:
        raise Refused("Choose two different versions.")
    try:
        with db.write() as session:
            _hold_topic(session, topic_id)
            for number in sorted((first, second)):
                freeze(session, number, now)
            row = WordingExperiment(
                topic_id=topic_id,
                first=first,
                second=second,
                share=share,
                started_at=now,
                started_by=by,
                ended_by="",
            )
            session.add(row)
            session.add(AuditEntry(at=now, who=by, act=f"tried wordings {first} and {second}", subject=str(topic_id)))
            session.flush()
            return row.id
    except IntegrityError as error:
        raise Conflict(RUNNING, hint="End that experiment first.") from error


def end_experiment(db: Database, experiment_id: int, *, keep: int | None, by: str, now: datetime) -> None:
    """End an experiment and put one of its versions in force, or with None whatever was in force before.

    Raises NotFound; Refused where `keep` was not tried; Conflict where it is over.
    """
    with db.write() as session:
        row = session.get(WordingExperiment, experiment_id, with_for_update=True)
        if row is None:
            raise NotFound("There is no such experiment.")
        if row.ended_at:
            raise Conflict(f"{row.ended_by} ended this experiment already.")
        if keep is not None and keep not in (row.first, row.second):
            raise Refused("Only one of the two that were tried can be kept.")
        row.ended_at, row.ended_by = now, by
        session.add(AuditEntry(at=now, who=by, act="ended a trial of wordings", subject=str(experiment_id)))
        if keep is not None:
            _choose(session, keep, row.topic_id, by, now)


def _choose(session: Session, number: int | None, topic_id: int | None, by: str, now: datetime) -> None:
    if number is not None:
        freeze(session, number, now)
    session.add(WordingChoice(topic_id=topic_id, number=number, since=now, by=by))
    act = f"put wording {number} in force" if number else "put the usual wording in force"
    session.add(AuditEntry(at=now, who=by, act=act, subject=str(topic_id) if topic_id else "all topics"))


def _hold_topic(session: Session, topic_id: int) -> None:
    if session.get(Topic, topic_id, with_for_update={"key_share": True}) is None:
        raise NotFound("There is no such topic.")


def _running(session: Session, topic_id: int) -> bool:
    query = select(WordingExperiment.id)
    query = query.where(WordingExperiment.topic_id == topic_id, WordingExperiment.ended_at.is_(None))
    return session.scalar(query) is not None
