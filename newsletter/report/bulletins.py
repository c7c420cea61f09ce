"""The bulletins there are, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import OPEN, State
from newsletter.ledger.tally import counted


@dataclass(frozen=True, slots=True)
class RunInBrief:
    """One run in a list; `accepted` and `to_go` are of `copies`, which is 0 until it has started."""

    id: int
    state: RunState
    due_at: datetime
    author: str
    copies: int
    accepted: int
    to_go: int


@dataclass(frozen=True, slots=True)
class ListedBulletin:
    """One bulletin by its newest version; `last_run` is None where it was never sent."""

    id: int
    number: str
    title: str
    klass: BulletinClass
    author: str
    written_at: datetime
    last_run: RunInBrief | None


def bulletins(session: Session, *, limit: int, before_id: int | None = None) -> list[ListedBulletin]:
    """Bulletins, newest first, at most `limit`; `before_id` is the id of the last one of the page before."""
    later = aliased(Version)
    is_newest = Version.revision == (
        select(func.max(later.revision)).where(later.bulletin_id == Bulletin.id).correlate(Bulletin).scalar_subquery()
    )
    query = select(Bulletin, Version).join(Version, Version.bulletin_id == Bulletin.id).where(is_newest)
    if before_id is not None:
        query = query.where(Bulletin.id < before_id)
    rows = session.execute(query.order_by(Bulletin.id.desc()).limit(limit)).all()
    last = _last_runs(session, [bulletin.id for bulletin, _ in rows])
    return [
        ListedBulletin(
            id=bulletin.id,
            number=bulletin.number,
            title=version.title,
            klass=read_source(version.source).klass,
            author=version.author,
            written_at=version.written_at,
            last_run=last.get(bulletin.id),
        )
        for bulletin, version in rows
    ]


def newest_runs(session: Session, limit: int) -> list[tuple[str, RunInBrief]]:
    """The runs of all bulletins with the bulletin's number, newest first."""
    query = select(Bulletin.number, Run).join(Version, Version.bulletin_id == Bulletin.id)
    rows = session.execute(query.join(Run, Run.version_id == Version.id).order_by(Run.id.desc()).limit(limit)).all()
    briefs = _in_brief(session, [run for _, run in rows])
    return [(number, brief) for (number, _), brief in zip(rows, briefs, strict=True)]


def runs_of(session: Session, bulletin_id: int, limit: int = 20) -> list[RunInBrief]:
    """The runs of a bulletin over all its versions, newest first."""
    query = select(Run).join(Version, Version.id == Run.version_id).where(Version.bulletin_id == bulletin_id)
    runs = session.scalars(query.order_by(Run.id.desc()).limit(limit)).all()
    return _in_brief(session, runs)


def _last_runs(session: Session, bulletin_ids: Sequence[int]) -> Mapping[int, RunInBrief]:
    newest = (
        select(Version.bulletin_id, func.max(Run.id).label("run_id"))
        .join(Run, Run.version_id == Version.id)
        .where(Version.bulletin_id.in_(bulletin_ids))
        .group_by(Version.bulletin_id)
        .subquery()
    )
    query = select(newest.c.bulletin_id, Run).join(Run, Run.id == newest.c.run_id)
    rows = session.execute(query).all()
    briefs = _in_brief(session, [run for _, run in rows])
    return {bulletin_id: brief for (bulletin_id, _), brief in zip(rows, briefs, strict=True)}


def _in_brief(session: Session, runs: Sequence[Run]) -> list[RunInBrief]:
    copies = counted(session, [run.id for run in runs])
    return [
        RunInBrief(
            id=run.id,
            state=RunState(run.state),
            due_at=run.due_at,
            author=run.author,
            copies=copies[run.id].total(),
            accepted=copies[run.id][State.ACCEPTED],
            to_go=sum(copies[run.id][state] for state in OPEN),
        )
        for run in runs
    ]
