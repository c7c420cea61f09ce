"""What somebody was left out of because a digest tells them of it, and no digest has yet."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, literal_column, select
from sqlalchemy.orm import Session

from newsletter.archive.published import SENT
from newsletter.audience.person import Person
from newsletter.audience.segment import Rule, candidates
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import Source, read_source
from newsletter.errors import BadBulletin
from newsletter.ledger.delivery import Omission
from newsletter.ledger.digest import DigestEntry
from newsletter.ledger.run import Run
from newsletter.ledger.start import audience_of
from newsletter.ledger.trial import winner_of_version

KEPT = timedelta(days=100)
"""What was sent longer ago is no news: for somebody who paused for so long, it is in no digest."""

_GETS_IT = ("", Rule.DIGEST, Rule.MISSING_VALUE)
"""Today's rules for a bulletin that a digest may tell of: it greets nobody by a name that we do not know."""


@dataclass(frozen=True, slots=True)
class News:
    """A bulletin that was sent while somebody waited for their digest."""

    bulletin_id: int
    version_id: int
    topic: Topic
    source: Source
    sent_at: datetime


def waiting(session: Session, now: datetime, *, after: int, limit: int) -> list[int]:
    """The ids of the people for whom there may be news, in order, from the one after `after` on."""
    query = select(Omission.person_id).distinct().join(Run).join(Version, Version.id == Run.version_id)
    query = query.where(_is_pending(now), Omission.person_id > after)
    return list(session.scalars(query.order_by(Omission.person_id).limit(limit)))


def news_for(session: Session, person_ids: Collection[int], now: datetime) -> dict[int, list[News]]:
    """What each may be told of today, the oldest first. Who left, paused, or wants safety only is told of nothing."""
    query = select(Omission.person_id, Run, Version).join(Run, Run.id == Omission.run_id).join(Version)
    query = query.where(_is_pending(now), Omission.person_id.in_(person_ids)).order_by(Run.started_at, Run.id)
    runs: dict[int, tuple[Run, Version]] = {}
    left_out_of: dict[int, list[int]] = defaultdict(list)
    for person_id, run, version in session.execute(query):
        runs[run.id] = run, version
        left_out_of[run.id].append(person_id)
    news: dict[int, dict[int, News]] = defaultdict(dict)
    for run_id, (run, version) in runs.items():
        if (told := news_of(session, run, version)) is not None:
            for person_id in _named_today(session, told, left_out_of[run_id], now):
                news[person_id][told.bulletin_id] = told
    return {person_id: [*theirs.values()] for person_id, theirs in news.items()}


def news_of(session: Session, run: Run, version: Version) -> News | None:
    """None for a text that an upgrade made unreadable."""
    try:
        source = read_source(version.source, winner_of_version(session, version.id))
    except BadBulletin:
        return None
    assert run.started_at is not None  # noqa: S101 - or it is not pending
    return News(version.bulletin_id, version.id, session.get_one(Topic, run.topic_id), source, run.started_at)


def _named_today(session: Session, news: News, person_ids: Collection[int], now: datetime) -> list[int]:
    # Its segment had them when it was sent; what has changed since is no reason to keep the news from them.
    source = replace(news.source, segment="")
    named = candidates(audience_of(source, news.topic, news.bulletin_id, now)).where(Person.id.in_(person_ids))
    return [row.person_id for row in session.execute(named) if (row.rule or "").partition(":")[0] in _GETS_IT]


def _is_pending(now: datetime) -> ColumnElement[bool]:
    told = select(DigestEntry.digest_id).where(
        DigestEntry.person_id == Omission.person_id, DigestEntry.bulletin_id == Version.bulletin_id
    )
    return and_(
        Omission.rule == literal_column("'digest'"),  # as the partial index has it
        Run.state.in_(SENT),
        Run.started_at.between(now - KEPT, now),
        ~told.exists(),
    )
