"""One run as staff watch it: what it sends, to whom it goes, and what stands in its way."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.errors import NotFound
from newsletter.ledger.delivery import Delivery, Omission
from newsletter.ledger.run import Batch, Run, RunState
from newsletter.ledger.states import State
from newsletter.pace.rule import RunHours
from newsletter.pace.span import in_words
from newsletter.report.standing_copies import ids_standing

ERASED = "somebody who was erased"


@dataclass(frozen=True, slots=True)
class RunHead:
    """What a run sends, on whose word and when. `ordinal` counts the bulletin's runs from 1, up to `runs`."""

    id: int
    number: str
    title: str
    klass: BulletinClass
    topic: str
    revision: int
    ordinal: int
    runs: int
    state: RunState
    author: str
    due_at: datetime
    due_local: str
    zone: str
    started_at: datetime | None
    finished_at: datetime | None
    next_due_at: datetime | None
    start_by: datetime | None = None
    is_theirs: bool = False
    until: datetime | None = None  # when it is time where the last readers are
    hours: str = ""  # those of the run itself, in words


@dataclass(frozen=True, slots=True)
class DomainFigures:
    """The copies to one mail domain."""

    domain: str
    copies: int
    accepted: int
    retry: int
    refused: int
    in_doubt: int = 0


@dataclass(frozen=True, slots=True)
class Domains:
    """The domains with the most copies, and what is left as one row; `others` is how many domains that row holds."""

    largest: tuple[DomainFigures, ...]
    others: int
    rest: DomainFigures


@dataclass(frozen=True, slots=True)
class NamedCopy:
    """One copy by name. `at` is when its state was last recorded, None where nothing happened yet."""

    id: int
    name: str
    address: str
    state: State
    at: datetime | None
    due_at: datetime
    reply: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody a run left out, and the rule."""

    person_id: int
    name: str
    address: str
    rule: str


def run_head(session: Session, run_id: int) -> RunHead:
    """What a run sends. Raises NotFound."""
    query = (
        select(Run, Version, Bulletin.number, Topic.name)
        .join(Version, Version.id == Run.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
        .join(Topic, Topic.id == Run.topic_id)
        .where(Run.id == run_id)
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", hint="The bulletins page lists all runs.")
    run, version, number, topic = row
    siblings = select(Run.id).join(Version).where(Version.bulletin_id == version.bulletin_id).order_by(Run.id)
    ids = session.scalars(siblings).all()
    return RunHead(
        id=run.id,
        number=number,
        title=version.title,
        klass=read_source(version.source).klass,
        topic=topic,
        revision=version.revision,
        ordinal=ids.index(run.id) + 1,
        runs=len(ids),
        state=RunState(run.state),
        author=run.author,
        due_at=run.due_at,
        due_local=run.due_local,
        zone=run.zone,
        started_at=run.started_at,
        finished_at=run.finished_at,
        next_due_at=session.scalar(select(func.min(Batch.due_at)).where(Batch.run_id == run_id)),
        start_by=run.start_by,
        is_theirs=run.is_theirs,
        until=run.until,
        hours=_own_hours(session, run_id),
    )


def _own_hours(session: Session, run_id: int) -> str:
    row = session.get(RunHours, run_id)
    return in_words(row.hours) if row else ""


def domains(session: Session, run_id: int, limit: int = 10) -> Domains:
    """The copies of a run by mail domain, the largest domains first."""
    domain = domain_of_copy(session).label("domain")
    standing = (State.ACCEPTED, State.DEFERRED, State.REFUSED, State.IN_DOUBT)
    counts = [func.count().filter(Delivery.state == state).label(state) for state in standing]
    by_domain = (
        select(domain, func.count().label("copies"), *counts)
        .where(Delivery.run_id == run_id)
        .group_by(domain)
        .subquery()
    )
    columns = (by_domain.c.copies, *(by_domain.c[state] for state in standing))
    totals = (func.count().over(), *(func.sum(column).over() for column in columns))
    query = select(by_domain.c.domain, *columns, *totals).order_by(by_domain.c.copies.desc(), by_domain.c.domain)
    rows = session.execute(query.limit(limit)).all()
    largest = tuple(DomainFigures(*row[:6]) for row in rows)
    count, *sums = rows[0][6:] if rows else (0, 0, 0, 0, 0, 0)
    shown = [sum(row[index] for row in rows) for index in range(1, 6)]
    rest = DomainFigures("", *(int(total) - part for total, part in zip(sums, shown, strict=True)))
    return Domains(largest, count - len(rows), rest)


def copies(
    session: Session, run_id: int, states: Collection[State], *, limit: int, after_id: int = 0
) -> list[NamedCopy]:
    """The copies of a run in one of these states, at most `limit`, those after the copy `after_id`."""
    ids = ids_standing(session, run_id, states, limit=limit, after_id=after_id)
    query = select(Delivery, Person).outerjoin(Person, Person.id == Delivery.person_id).where(Delivery.id.in_(ids))
    return [
        NamedCopy(
            id=copy.id,
            name=person.name if person else ERASED,
            address=copy.address,
            state=State(copy.state),
            at=copy.settled_at or copy.claimed_at,
            due_at=copy.due_at,
            reply=copy.reply,
        )
        for copy, person in session.execute(query.order_by(Delivery.batch, Delivery.id))
    ]


def left_out_of(session: Session, run_id: int, rule: str, *, limit: int, after_id: int = 0) -> Sequence[LeftOut]:
    """Whom a run left out by a rule (an empty one is any), by person id, those after the id `after_id`."""
    query = select(Person, Omission.rule).join(Omission, Omission.person_id == Person.id)
    query = query.where(Omission.run_id == run_id, Omission.person_id > after_id)
    if rule:
        query = query.where(Omission.rule == rule)
    rows = session.execute(query.order_by(Omission.person_id).limit(limit))
    return [LeftOut(person.id, person.name, person.address, by) for person, by in rows]


def copies_of(run: Run, delivery_id: InstrumentedAttribute[int | None]) -> ColumnElement[bool]:
    """Whether an id, in a table of few rows beside the ledger, is that of a copy of this run."""
    # The span lets the database begin at the few, and no join lets it begin at every copy of the run.
    between = delivery_id.between(run.first_copy_id or 0, run.last_copy_id or 0)
    its_run = select(Delivery.run_id).where(Delivery.id == delivery_id).correlate_except(Delivery)
    return between & (its_run.scalar_subquery() == run.id)


def domain_of_copy(session: Session) -> ColumnElement[str]:
    """The mail domain a copy goes to."""
    find = func.instr if session.get_bind().dialect.name == "sqlite" else func.strpos
    return func.substr(Delivery.address, find(Delivery.address, "@") + 1)
