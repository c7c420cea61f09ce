"""The results of one run beside those of the bulletins of its class before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.errors import BadBulletin
from newsletter.ledger.run import Run
from newsletter.ledger.states import State
from newsletter.ledger.tally import counted
from newsletter.question.rates import Tally
from newsletter.results.count import count
from newsletter.results.figures import Figures
from newsletter.results.keep import kept
from newsletter.results.rates import Measure, Usual, confirmed, rates, usual

LARGE = 5_000
"""Copies: the figures of a smaller run are counted when somebody looks."""

COMPARED = 12
"""Bulletins."""

_LOOKED_THROUGH = 60  # runs before this one, of any class

_Former = tuple[Mapping[Measure, Tally], int | None]


@dataclass(frozen=True, slots=True)
class Results:
    """What came of a run. `figures` is None before they were counted; `is_live`: they are of this moment.

    `usual` has the rates of so many (`compared`) former bulletins of the same class, None where they are too few.
    """

    copies: Mapping[State, int]
    figures: Figures | None
    is_live: bool
    rates: Mapping[Measure, Tally]
    usual: Mapping[Measure, Usual | None]
    confirmed: int | None
    confirmed_usual: Usual | None
    compared: int


def results(session: Session, run_id: int, klass: BulletinClass, zone: str, now: datetime) -> Results:
    """What came of a run that exists."""
    copies = counted(session, [run_id])[run_id]
    figures = figures_of(session, run_id, copies.total(), zone, now)
    former = _former(session, session.get_one(Run, run_id), klass, zone, now)
    return Results(
        copies=copies,
        figures=figures,
        is_live=copies.total() <= LARGE,
        rates=rates(copies, figures),
        usual={measure: usual(_shares(former, measure)) for measure in Measure},
        confirmed=confirmed(figures),
        confirmed_usual=usual([machines for _, machines in former if machines is not None]),
        compared=len(former),
    )


def _shares(former: Sequence[_Former], measure: Measure) -> list[float]:
    return [tallies[measure].rate for tallies, _ in former if measure in tallies and tallies[measure].asked]


def figures_of(session: Session, run_id: int, copies: int, zone: str, now: datetime) -> Figures | None:
    """The figures of a run: of this moment where it is small, else as they were counted last."""
    return count(session, run_id, zone, now) if copies <= LARGE else kept(session, run_id)


def _former(session: Session, run: Run, klass: BulletinClass, zone: str, now: datetime) -> Sequence[_Former]:
    """The last bulletins of a class before a run: of each its largest run, as it was counted last."""
    chosen = _runs_before(session, run, klass)
    copies = counted(session, [run_id for run_ids in chosen for run_id in run_ids])
    found = []
    for run_ids in chosen:
        largest = max(run_ids, key=lambda run_id: copies[run_id].total())
        figures = kept(session, largest) or figures_of(session, largest, copies[largest].total(), zone, now)
        found.append((rates(copies[largest], figures), confirmed(figures)))
    return found


def _runs_before(session: Session, run: Run, klass: BulletinClass) -> list[list[int]]:
    """The runs of each of the last bulletins of a class that were started before this one, the newest first."""
    ours = session.get_one(Version, run.version_id).bulletin_id
    query = (
        select(Run.id, Version.bulletin_id, Version.source)
        .join(Version, Version.id == Run.version_id)
        .where(Run.started_at < (run.started_at or run.due_at), Version.bulletin_id != ours)
        .order_by(Run.started_at.desc(), Run.id.desc())
    )
    found: dict[int, list[int]] = {}
    for run_id, bulletin_id, source in session.execute(query.limit(_LOOKED_THROUGH)):
        if bulletin_id in found:
            found[bulletin_id].append(run_id)
        elif len(found) < COMPARED and _is_of(source, klass):
            found[bulletin_id] = [run_id]
    return list(found.values())


def _is_of(source: str, klass: BulletinClass) -> bool:
    try:
        return read_source(source).klass is klass
    except BadBulletin:  # written before an upgrade, and can be read no more
        return False
