"""Judging hits, and judging them anew when more of the same people was seen."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.hit.crowd import TOGETHER, Crowds, crowds
from newsletter.hit.doubt import take_back
from newsletter.hit.hit import Hit
from newsletter.hit.judge import Judged, Seen, judge, says_something
from newsletter.hit.keep import keep
from newsletter.hit.signs import TRAP_HOLDS, Sign
from newsletter.hit.tap import Tap

AT_ONCE = 2_000
"""So many hits are judged in one transaction."""

REACH = max(TRAP_HOLDS, TOGETHER)
"""How far around it a new hit may change what was thought of others."""


def sift(db: Database, now: datetime) -> int:
    """Judge what no one has judged so far, and its neighbours anew; how many hits were new."""
    total = 0
    while new := _sift_some(db, now):
        total += new
        if new < AT_ONCE:
            break
    return total


def keep_and_judge(db: Database, tap: Tap, now: datetime) -> None:
    """Keep the tap of an act that is committed, and take back at once what a program has said by it.

    The verdict is written by `sift`, which looks at the others of the domain too.
    """
    with db.write() as session:
        keep(session, [tap])
        for hits in _by_person(session, {tap.person_id} if tap.person_id else (), tap.at, tap.at):
            take_back(session, _doubted([(hit, _judged(hit, hits, Crowds())) for hit in hits]), now)


def _sift_some(db: Database, now: datetime) -> int:
    with db.write() as session:
        new = session.scalars(select(Hit).where(Hit.verdict == "").order_by(Hit.id).limit(AT_ONCE)).all()
        if new:
            times = min(hit.at for hit in new), max(hit.at for hit in new)
            crowd = crowds(session, {hit.domain for hit in new}, *times)
            for stranger in (hit for hit in new if hit.person_id is None):
                _write(stranger, _judged(stranger, (), crowd))
            people = {hit.person_id for hit in (*new, *_of_crowds(session, crowd, *times)) if hit.person_id}
            _judge_people(session, people, times, crowd, now)
        return len(new)


def _of_crowds(session: Session, crowd: Crowds, since: datetime, until: datetime) -> Sequence[Hit]:
    if not crowd.of:
        return ()
    around = Hit.at.between(since - TOGETHER, until + TOGETHER)
    return session.scalars(select(Hit).where(Hit.domain.in_(crowd.of), around)).all()


def _judge_people(
    session: Session, people: Collection[int], times: tuple[datetime, datetime], crowd: Crowds, now: datetime
) -> None:
    """Judge what these people did around these times, and take back what a program has said in their name."""
    doubted: list[Hit] = []
    for hits in _by_person(session, people, *times):
        verdicts = [(hit, _judged(hit, hits, crowd)) for hit in hits]
        for hit, judged in verdicts:
            _write(hit, judged)
        doubted += _doubted(verdicts)
    session.flush()
    take_back(session, doubted, now)


def _by_person(session: Session, people: Collection[int], since: datetime, until: datetime) -> Iterable[list[Hit]]:
    hits: dict[int | None, list[Hit]] = defaultdict(list)
    wanted = sorted(people)
    for first in range(0, len(wanted), AT_ONCE):
        some = Hit.person_id.in_(wanted[first : first + AT_ONCE]), Hit.at.between(since - REACH, until + REACH)
        for hit in session.scalars(select(Hit).where(*some).order_by(Hit.at, Hit.id)):
            hits[hit.person_id].append(hit)
    return hits.values()


def _doubted(verdicts: Iterable[tuple[Hit, Judged]]) -> list[Hit]:
    return [hit for hit, judged in verdicts if says_something(_seen(hit)) and not judged.is_believed]


def _judged(hit: Hit, among: Sequence[Hit], crowd: Crowds) -> Judged:
    # Who was found to be one of a crowd stays so when their own next hit is judged without looking at the crowd.
    in_crowd = Sign.CROWD in hit.why.split(",") or crowd.hold(hit.domain, hit.at)
    return judge(_seen(hit), [_seen(other) for other in among if other is not hit], in_crowd=in_crowd)


def _write(hit: Hit, judged: Judged) -> None:
    hit.verdict, hit.why = judged.verdict, ",".join(judged.why)


def _seen(hit: Hit) -> Seen:
    return Seen(hit.at, hit.method, hit.kind, hit.pressed, hit.typed, hit.shown, hit.since)
