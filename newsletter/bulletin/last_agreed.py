"""The text that a new one is held against: the last that was approved or sent."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.approval import Approval
from newsletter.bulletin.bulletin import Version


@dataclass(frozen=True, slots=True)
class Agreed:
    """A text that was approved or frozen to be sent, and when; `words` says which of the two."""

    source: str
    words: str
    at: datetime


def last_agreed(session: Session, version: Version) -> Agreed | None:
    """The newest agreed text of a bulletin that is not the text of this version; None where there is none."""
    approved = (
        select(Approval.source, Approval.answered_at, Version.revision)
        .join(Version, Version.id == Approval.version_id)
        .where(
            Version.bulletin_id == version.bulletin_id,
            Approval.is_approved.is_(True),
            Approval.source != version.source,
        )
        .order_by(Approval.answered_at.desc())
        .limit(1)
    )
    sent = (
        select(Version.source, Version.frozen_at, Version.revision)
        .where(Version.bulletin_id == version.bulletin_id, Version.frozen_at.is_not(None), Version.id != version.id)
        .where(Version.source != version.source)
        .order_by(Version.frozen_at.desc())
        .limit(1)
    )
    found = [
        Agreed(source, f"version {revision} as it was {word}", at)
        for word, query in (("approved", approved), ("sent", sent))
        for source, at, revision in session.execute(query)
        if at is not None
    ]
    return max(found, key=lambda agreed: agreed.at, default=None)
