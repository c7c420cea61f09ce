from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, Select, case, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.bulletin.trial import Measure, Trial
from newsletter.bulletin.variant import A, B
from newsletter.db import Base
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, BatchKey, Run
from newsletter.ledger.wave import first_batch

TRIED = 1
"""The wave that tries both variants; the one after it gets the winner."""


class RunTrial(Base):
    """How a run tries two variants, and what came of it. Everything but the last four is fixed when it is ordered.

    `share` is of `bulletin.waves.WHOLE`, `wait` in seconds. `winner` is the variant that goes on, empty before
    `decided_at`; `because` is the reason in words, `decided_by` the engine that came by the rule, or the colleague who
    chose.
    """

    __tablename__ = "trial"

    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"), primary_key=True, autoincrement=False)
    share: Mapped[int]
    wait: Mapped[int]
    measure: Mapped[str]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str] = mapped_column(default="")
    winner: Mapped[str] = mapped_column(default="")
    because: Mapped[str] = mapped_column(default="")

    @property
    def plan(self) -> Trial:
        """As it was ordered."""
        return Trial(self.share, timedelta(seconds=self.wait), Measure(self.measure))


def plan_trial(session: Session, run_id: int, trial: Trial) -> None:
    """Write down how a run is to try its variants. Does not commit."""
    wait = int(trial.wait.total_seconds())
    session.add(RunTrial(run_id=run_id, share=trial.share, wait=wait, measure=trial.measure))


def part_in_halves(session: Session, run_id: int) -> None:
    """Give the new batches of those who try their variants, as `trial_layout` lays them. Does not commit."""
    its = update(Batch).where(Batch.run_id == run_id, Batch.number < first_batch(TRIED + 1))
    halves = its.values(variant=case((Batch.number % 2 == 0, A), else_=B))
    session.execute(halves.execution_options(synchronize_session=False))


def is_undecided(session: Session, run_id: int) -> bool:
    """Whether a run tries two variants and nobody knows yet which one goes on."""
    query = select(RunTrial.run_id).where(RunTrial.run_id == run_id, RunTrial.decided_at.is_(None))
    return session.scalar(query) is not None


def winner_of(session: Session, run_id: int) -> str:
    """The variant that goes on, empty where none was chosen or none was tried."""
    return session.scalar(select(RunTrial.winner).where(RunTrial.run_id == run_id)) or ""


def winner_of_version(session: Session, version_id: int) -> str:
    """What somebody reads of a bulletin who has no copy: the winner of its newest trial, else as the source stands."""
    newest = select(RunTrial.winner).join(Run, Run.id == RunTrial.run_id).where(Run.version_id == version_id)
    return session.scalar(newest.where(RunTrial.winner != "").order_by(RunTrial.run_id.desc()).limit(1)) or ""


def variant_of_batch(session: Session, batch: BatchKey) -> str:
    """The variant that the copies of a batch get; empty where there is one text only."""
    query = select(Batch.variant).where(Batch.run_id == batch[0], Batch.number == batch[1])
    return session.scalar(query) or ""


def variant_of(session: Session, copy: Delivery) -> str:
    """The variant of one copy; empty where there is one text only."""
    return variant_of_batch(session, (copy.run_id, copy.batch))


def undecided() -> Select[RunTrial]:
    """The trials of which nobody knows the end."""
    return select(RunTrial).where(RunTrial.decided_at.is_(None))
