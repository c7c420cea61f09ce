"""Bulletins that were sent, for those who read them without a mail."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.write import write
from newsletter.ledger.run import Run, RunState

TEXT = "Hello {{ name }}, your {{ model }} {{ serial }} wants grease."


def source(number: str, *lines: str, text: str = TEXT, klass: str = "technical", languages: str = "en") -> str:
    """A bulletin; `lines` are further front matter."""
    front = [f"number: {number}", f"title: About {number}", f"class: {klass}", f"language: {languages}", *lines]
    return "\n".join(["---", *front, "---", text])


def sent(session: Session, text: str, topic: Topic, at: datetime, state: RunState = RunState.FINISHED) -> Run:
    """A run of a bulletin that began at a time."""
    version = write(session, text, "mara", at)
    version.frozen_at = at
    return run_of(session, version, topic, at, state)


def run_of(session: Session, version: Version, topic: Topic, at: datetime, state: RunState = RunState.FINISHED) -> Run:
    """The same for a version that is written down."""
    run = Run(
        version_id=version.id,
        topic_id=topic.id,
        state=state,
        due_at=at,
        seed=secrets.token_hex(8),
        author="mara",
        created_at=at,
        started_at=at if state is not RunState.SCHEDULED else None,
    )
    session.add(run)
    session.flush()
    return run
