"""What staff see of the archive: every topic, and what its switch would do."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.archive.published import left_to_topic, public_topics
from newsletter.audience.topic import Topic


@dataclass(frozen=True, slots=True)
class Archive:
    """One topic. `public` counts what everybody may read; `left_to_topic` are the titles that hang on the switch."""

    key: str
    name: str
    since: datetime | None
    public: int
    left_to_topic: tuple[str, ...]


def archives(session: Session) -> list[Archive]:
    """All topics, by name."""
    public = {topic.id: topic.bulletins for topic in public_topics(session)}
    return [
        Archive(
            topic.key, topic.name, topic.archive_since, public.get(topic.id, 0), tuple(left_to_topic(session, topic.id))
        )
        for topic in session.scalars(select(Topic).order_by(Topic.name, Topic.id))
    ]
