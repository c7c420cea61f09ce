"""Looking outside for whoever asked: by an engine's timekeeper, never by the web."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from newsletter.bulletin.checking import DomainCheck, LinkCheck
from newsletter.db import Database, rows_changed
from newsletter.probe.answer import Answer
from newsletter.probe.look import Care, look
from newsletter.probe.names import texts_of
from newsletter.probe.sender_domain import Ask, look_up

_AT_ONCE = 16
_ABANDONED = timedelta(minutes=10)  # longer than any look takes


@dataclass(frozen=True, slots=True)
class Eyes:
    """How we look: at links, and into DNS."""

    care: Care = field(default_factory=Care)
    ask: Ask = texts_of


def answer_outside(db: Database, eyes: Eyes, clock: Callable[[], datetime]) -> int:
    """Answer some of what waits, so that it is over soon; how many questions that were."""
    answered, urls = _answer_domain(db, eyes, clock), _claim_links(db, clock())
    if not urls:
        return answered
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as looking:
        seen = looking.map(lambda url: look(url, eyes.care), [url for _, url in urls])
        answers = list(zip(urls, seen, strict=True))
    with db.write() as session:
        for (version_id, url), answer in answers:
            _keep(session, version_id, url, answer, clock())
    return answered + len(urls)


def _claim_links(db: Database, now: datetime) -> Sequence[tuple[int, str]]:
    free = (LinkCheck.checked_at.is_(None), _is_free(LinkCheck, now))
    waiting = select(LinkCheck.version_id, LinkCheck.url).where(*free).limit(_AT_ONCE)
    with db.write() as session:
        found = session.execute(waiting.order_by(LinkCheck.asked_at, LinkCheck.version_id, LinkCheck.url)).all()
        return [
            (version_id, url)
            for version_id, url in found
            if rows_changed(
                session,
                update(LinkCheck)
                .where(LinkCheck.version_id == version_id, LinkCheck.url == url, *free)
                .values(claimed_at=now),
            )
        ]


def _keep(session: Session, version_id: int, url: str, answer: Answer, now: datetime) -> None:
    row = update(LinkCheck).where(LinkCheck.version_id == version_id, LinkCheck.url == url)
    outcome, status, octets, words = astuple(answer)
    session.execute(row.values(checked_at=now, outcome=outcome, status=status, octets=octets, words=words[:500]))


def _answer_domain(db: Database, eyes: Eyes, clock: Callable[[], datetime]) -> int:
    now = clock()
    free = (DomainCheck.checked_at.is_(None), _is_free(DomainCheck, now))
    with db.read() as session:
        waiting = session.scalars(select(DomainCheck).where(*free)).all()
    for own in waiting:
        this = (DomainCheck.domain == own.domain, DomainCheck.asked_at == own.asked_at)
        with db.write() as session:
            if not rows_changed(session, update(DomainCheck).where(*this, *free).values(claimed_at=now)):
                continue
        found = json.dumps([astuple(one) for one in look_up(own.domain, own.return_path, own.keys.split(), eyes.ask)])
        with db.write() as session:
            session.execute(update(DomainCheck).where(*this).values(found=found, checked_at=clock()))
    return len(waiting)


def _is_free(row: type[LinkCheck | DomainCheck], now: datetime) -> ColumnElement[bool]:
    return or_(row.claimed_at.is_(None), row.claimed_at < now - _ABANDONED)
