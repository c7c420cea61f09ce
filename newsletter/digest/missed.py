"""What somebody has not had of some topics, whatever the reason, for a letter that brings them up to date.

Whoever asked for digests is not among them: theirs tell of it. Nobody is told of what they left, paused, muted, or are
too new to be named by.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.archive.published import SENT
from newsletter.audience.chosen import Choose
from newsletter.audience.consent import MAY_WRITE, Subscription
from newsletter.audience.person import Person
from newsletter.audience.segment import candidates
from newsletter.bulletin.bulletin import Version
from newsletter.digest.pending import KEPT, News, news_of
from newsletter.errors import BadBulletin
from newsletter.ledger.digest import DigestEntry
from newsletter.ledger.run import Run
from newsletter.ledger.start import audience_of, chosen_by


def agreed_to(session: Session, topic_ids: Collection[int], *, after: int, limit: int) -> list[int]:
    """The ids of the people who agreed to any of these topics, in order, from the one after `after` on."""
    theirs = select(Subscription.person_id).where(
        Subscription.topic_id.in_(topic_ids), Subscription.state.in_(MAY_WRITE), Subscription.person_id > after
    )
    return list(session.scalars(theirs.distinct().order_by(Subscription.person_id).limit(limit)))


def missed_news(
    session: Session, topic_ids: Collection[int], person_ids: Collection[int], choose: Choose, now: datetime
) -> dict[int, list[News]]:
    """What each of these people would get if it were sent today, and has not had; the oldest first."""
    told = select(DigestEntry.person_id, DigestEntry.bulletin_id).where(DigestEntry.person_id.in_(person_ids))
    known = {(person_id, bulletin_id) for person_id, bulletin_id in session.execute(told)}
    found: dict[int, list[News]] = defaultdict(list)
    for news in _sent_of(session, topic_ids, now):
        for person_id in _would_get(session, news, person_ids, choose, now):
            if (person_id, news.bulletin_id) not in known:
                found[person_id].append(news)
    return found


def _sent_of(session: Session, topic_ids: Collection[int], now: datetime) -> list[News]:
    """The bulletins of these topics that were sent, each in the version that was sent last."""
    query = select(Run, Version).join(Version, Version.id == Run.version_id)
    query = query.where(Run.topic_id.in_(topic_ids), Run.state.in_(SENT), Run.started_at.between(now - KEPT, now))
    latest = {version.bulletin_id: (run, version) for run, version in session.execute(query.order_by(Run.id))}
    found = (news_of(session, run, version) for run, version in latest.values())
    return sorted((news for news in found if news is not None), key=lambda news: news.sent_at)


def _would_get(
    session: Session, news: News, person_ids: Collection[int], choose: Choose, now: datetime
) -> Collection[int]:
    try:
        chosen = chosen_by(session, news.source, choose, now)
    except BadBulletin:  # its segment is gone, and nobody knows any more whom it is for
        return ()
    named = candidates(audience_of(news.source, news.topic, news.bulletin_id, now, chosen))
    return [row.person_id for row in session.execute(named.where(Person.id.in_(person_ids))) if row.rule is None]
