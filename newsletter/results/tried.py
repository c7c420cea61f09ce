"""What both halves of a trial brought: a `ledger.trial_deciding.Count`."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.trial import Measure
from newsletter.bulletin.variant import A, B
from newsletter.hit.hit import Hit
from newsletter.hit.judge import Verdict
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run
from newsletter.ledger.states import State
from newsletter.ledger.tally import counted_by_variant
from newsletter.ledger.trial import TRIED
from newsletter.ledger.trial_rule import Halves
from newsletter.ledger.wave import first_batch
from newsletter.optout.opt_out import OptOut
from newsletter.question.rates import Tally
from newsletter.report.runs import copies_of
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind

_REST = first_batch(TRIED + 1)


def halves(session: Session, run_id: int, measure: Measure, until: datetime) -> Halves:
    """Of the copies of each half that arrived, those that did what is measured until a moment."""
    return each_half(session, run_id, [measure], until)[measure]


def each_half(session: Session, run_id: int, measures: list[Measure], until: datetime) -> dict[Measure, Halves]:
    """The same by several measures."""
    run = session.get_one(Run, run_id)
    arrived = arrived_of(session, run_id)
    found = {}
    for measure in measures:
        did = _by_variant(session, _COPIES[measure](session, run, until))
        # A copy in doubt may have arrived, and its reader may click.
        a, b = (Tally(max(arrived[name], did.get(name, 0)), did.get(name, 0)) for name in (A, B))
        found[measure] = Halves(a, b)
    return found


def arrived_of(session: Session, run_id: int) -> dict[str, int]:
    """How many copies of each half a server accepted, those that came back later too."""
    copies = counted_by_variant(session, run_id, _REST)
    return {name: copies[name][State.ACCEPTED] + copies[name][State.BOUNCED] for name in (A, B)}


def _by_variant(session: Session, copies: Select[int | None]) -> Mapping[str, int]:
    """These copies counted by their variant, without those of the rest."""
    chosen = copies.distinct().subquery("chosen")
    query = (
        select(Batch.variant, func.count())
        .select_from(chosen)
        .join(Delivery, Delivery.id == chosen.c.delivery_id)
        .join(Batch, (Batch.run_id == Delivery.run_id) & (Batch.number == Delivery.batch))
        .where(Batch.number < _REST)
        .group_by(Batch.variant)
    )
    return dict(session.execute(query).all())


def _opened(_session: Session, run: Run, until: datetime) -> Select[int | None]:
    by_people = Hit.verdict == Verdict.HUMAN.value, Hit.at <= until
    return select(Hit.delivery_id).where(copies_of(run, Hit.delivery_id), *by_people)


def _left(_session: Session, run: Run, until: datetime) -> Select[int | None]:
    has_left = OptOut.undone_at.is_(None), OptOut.left_at <= until
    return select(OptOut.delivery_id).where(copies_of(run, OptOut.delivery_id), *has_left)


def _acknowledged(session: Session, run: Run, until: datetime) -> Select[int | None]:
    numbers = select(Bulletin.number).join(Version, Version.bulletin_id == Bulletin.id)
    number = session.scalar(numbers.where(Version.id == run.version_id))
    later = aliased(Evidence)
    said = (
        Evidence.bulletin_number == number,
        Evidence.kind == Kind.ACKNOWLEDGEMENT,
        Evidence.observed_at <= until,
        ~select(later.id).where(later.supersedes_id == Evidence.id).exists(),
    )
    return select(Evidence.delivery_id).where(copies_of(run, Evidence.delivery_id), *said)


_COPIES = {Measure.CLICKS: _opened, Measure.ACKNOWLEDGED: _acknowledged, Measure.OPT_OUTS: _left}
