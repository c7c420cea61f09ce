"""Asking for a look outside, and what came of it. The web writes these rows; `answer_outside` does the looking."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.checking import DomainCheck, LinkCheck
from newsletter.bulletin.checks.links import MOST, is_followed
from newsletter.bulletin.composed import Composed
from newsletter.bulletin.write import lock
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.probe.answer import Answer, Outcome
from newsletter.probe.sender_domain import Found
from newsletter.staff.audit import AuditEntry

OFTEN = timedelta(seconds=30)
"""So long after a question it is not asked anew: two who press the button at once ask once."""


@dataclass(frozen=True, slots=True)
class Sending:
    """The sender as DNS knows it: the domain of From, that of return paths, and the names of DKIM records."""

    domain: str
    return_path: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenOutside:
    """What is known. `waiting` questions are open; `checked_at` is when the last was answered, None where none was."""

    answers: Mapping[str, Answer]
    domain: Sequence[Found] | None
    waiting: int
    checked_at: datetime | None


def ask_outside(db: Database, version_id: int, whole: Composed, sending: Sending, by: str, now: datetime) -> int:
    """Have every link of a version and the sender's domain looked at; how many questions that is.

    Raises Conflict where they were asked a moment ago.
    """
    urls = followed(whole)
    with db.write() as session:
        version = session.get_one(Version, version_id)
        lock(session, version.bulletin_id)
        asked = session.scalar(select(LinkCheck.asked_at).where(LinkCheck.version_id == version_id).limit(1))
        own = session.get(DomainCheck, sending.domain)
        if (asked and asked > now - OFTEN) or (not urls and own and own.asked_at > now - OFTEN):
            raise Conflict("It was asked a moment ago.", hint="Reload the page for the answers.")
        session.execute(delete(LinkCheck).where(LinkCheck.version_id == version_id))
        session.add_all(LinkCheck(version_id=version_id, url=url, asked_by=by, asked_at=now) for url in urls)
        _ask_domain(session, sending, by, now)
        session.add(AuditEntry(at=now, who=by, act="check links", subject=f"version {version_id}"))
    return len(urls) + 1


def followed(whole: Composed) -> list[str]:
    """The links and images that are looked at, each once."""
    mentions = [mention for told in whole.told for mention in told.mentions[:MOST] if is_followed(mention)]
    return list(dict.fromkeys(mention.url for mention in mentions))[:MOST]


def seen_outside(session: Session, version_id: int | None, domain: str) -> SeenOutside:
    """What was asked and answered so far about a version and the sender's domain."""
    rows = session.scalars(select(LinkCheck).where(LinkCheck.version_id == version_id)).all() if version_id else []
    own = session.get(DomainCheck, domain)
    asked: list[LinkCheck | DomainCheck] = [*rows, *([own] if own else [])]
    answered = [row.checked_at for row in asked if row.checked_at]
    return SeenOutside(
        {row.url: Answer(Outcome(row.outcome), row.status, row.octets, row.words) for row in rows if row.checked_at},
        [Found(*found) for found in json.loads(own.found)] if own and own.found else None,
        sum(row.checked_at is None for row in asked),
        max(answered, default=None),
    )


def _ask_domain(session: Session, sending: Sending, by: str, now: datetime) -> None:
    """What was found before stays until there is a new answer."""
    keys = " ".join(sending.keys)
    own = session.get(DomainCheck, sending.domain, with_for_update=True)
    if own is None:
        row = DomainCheck(domain=sending.domain, return_path=sending.return_path, keys=keys, asked_by=by, asked_at=now)
        session.add(row)
    else:
        own.return_path, own.keys, own.asked_by, own.asked_at = sending.return_path, keys, by, now
        own.claimed_at = own.checked_at = None
