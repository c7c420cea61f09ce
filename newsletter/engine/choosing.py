"""The segment of a key, looked up by tools that an engine loads when something first goes to one: they take 1.5 MB."""

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.chosen import Chosen


def choose(session: Session, key: str, at: datetime) -> Chosen:
    """What `audience.chosen.Choose` promises."""
    from newsletter.segment import choosing  # noqa: PLC0415 - see above

    return choosing.choose(session, key, at)
