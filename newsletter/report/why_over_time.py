"""Why people leave: by month and by bulletin, of those who said why."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.question.rates import Interval, Tally, wilson
from newsletter.question.reasons import Question, Reason
from newsletter.retention.months import month_of, months_later

FEWEST = 20
"""Answers below which there is no share, only their number."""

MONTHS = 12
BULLETINS = 12

_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Said:
    """Who left, and how many of them gave which reason. Opt-outs that were taken back do not count."""

    left: int
    reasons: Mapping[Reason, int]

    @property
    def answered(self) -> int:
        """How many gave a reason."""
        return sum(self.reasons.values())

    @property
    def is_enough(self) -> bool:
        """Whether enough answered to speak of shares."""
        return self.answered >= FEWEST

    def share(self, reason: Reason) -> Tally:
        """Of those who answered, how many gave this reason."""
        return Tally(self.answered, self.reasons.get(reason, 0))

    def between(self, reason: Reason) -> Interval:
        """Where that share lies, with 95 % confidence."""
        return wilson(self.share(reason))


@dataclass(frozen=True, slots=True)
class Reasons(Generic[_Key]):
    """Reasons in order, by month or bulletin; `frequent` has the most frequent reason first."""

    said: Mapping[_Key, Said]

    @property
    def frequent(self) -> list[Reason]:
        """The reasons that were given at all."""
        counted = Counter[Reason]()
        for said in self.said.values():
            counted.update(said.reasons)
        return [reason for reason, _ in counted.most_common()]

    @property
    def together(self) -> Said:
        """All of them as one."""
        counted = Counter[Reason]()
        for said in self.said.values():
            counted.update(said.reasons)
        return Said(sum(said.left for said in self.said.values()), counted)


def reasons_by_month(session: Session, now: datetime) -> Reasons[date]:
    """The last months, the running one included, oldest first; one without opt-outs is there, too."""
    months = [months_later(month_of(now), -ago) for ago in range(MONTHS - 1, -1, -1)]
    begins = [datetime.combine(month, time(), UTC) for month in months]
    # The two databases cut a time to its month in different words, and in their own zone; comparing is the same in all.
    of_month = case(*((OptOut.left_at < begin, place) for place, begin in enumerate(begins[1:])), else_=MONTHS - 1)
    left, reasons = _counted(session, of_month, begins[0], select(OptOut))
    return Reasons({month: Said(left[place], reasons[place]) for place, month in enumerate(months)})


def reasons_by_bulletin(session: Session, now: datetime) -> Reasons[str]:
    """The bulletins sent last by which somebody left in the last months, by number, the newest first."""
    sent = (
        select(Bulletin.id, Bulletin.number, func.max(Run.id).label("run_id"))
        .join(Version, Version.bulletin_id == Bulletin.id)
        .join(Run, Run.version_id == Version.id)
        .group_by(Bulletin.id, Bulletin.number)
        .order_by(func.max(Run.id).desc())
        .limit(BULLETINS)
    )
    numbers = {id_: number for id_, number, _ in session.execute(sent)}
    by_copy = (
        select(OptOut)
        .join(Delivery, Delivery.id == OptOut.delivery_id)
        .join(Run, Run.id == Delivery.run_id)
        .join(Version, Version.id == Run.version_id)
        .where(Version.bulletin_id.in_(numbers))
    )
    since = datetime.combine(months_later(month_of(now), 1 - MONTHS), time(), UTC)
    left, reasons = _counted(session, Version.bulletin_id, since, by_copy)
    return Reasons({number: Said(left[id_], reasons[id_]) for id_, number in numbers.items() if left[id_]})


def _counted(
    session: Session, key: ColumnElement[int] | InstrumentedAttribute[int], since: datetime, among: Select[OptOut]
) -> tuple[Counter[int], Mapping[int, Mapping[Reason, int]]]:
    """Of the opt-outs `among` these, by `key`: how many left since, and how many gave which reason in the end."""
    # Looked up one by one: SQLite would go through all answers for each.
    last = select(Answer.code).where(Answer.opt_out_id == OptOut.id, Answer.question == Question.WHY)
    code = last.order_by(Answer.id.desc()).limit(1).correlate(OptOut).scalar_subquery()
    lately = among.where(OptOut.left_at >= since, OptOut.undone_at.is_(None))
    each = lately.with_only_columns(key.label("key"), code.label("code")).subquery()
    counted = select(each.c.key, each.c.code, func.count()).group_by(each.c.key, each.c.code)
    left, reasons = Counter[int](), defaultdict[int, dict[Reason, int]](dict)
    for value, said, count in session.execute(counted):
        left[value] += count
        if said:
            reasons[value][Reason(said)] = count
    return left, reasons
