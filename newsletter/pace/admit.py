"""Asking for copies to go: the one door of this room for the ledger's claim."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from newsletter.pace.admission import Admission, Errand, Wish
from newsletter.pace.books import close_books, open_books
from newsletter.pace.limits import Limits
from newsletter.pace.meter import DayCount
from newsletter.pace.placing import place
from newsletter.pace.plan import Planner
from newsletter.pace.tick import Tick, shared_tick


def admit(
    session: Session,
    limits: Limits,
    errand: Errand,
    wishes: Sequence[Wish],
    now: datetime,
    tick: Callable[[Session], Tick] = shared_tick,
) -> Admission:
    """Which of these copies may go, and when. A step of the claim's transaction.

    Slots reach at most a second ahead. The rows it locks are those every engine on this relay or run wants: commit
    soon. `now` decides about days and hours, `tick` about spacing.
    """
    planner = Planner(limits, errand, now)
    may_go, later = planner.allowed(wishes)
    if not may_go:
        return Admission(later=later)
    counted = planner.counted(may_go)
    books = open_books(session, planner.rates(may_go), counted, planner.day, tick)
    before = dict(books.counts)
    admission = place(planner, may_go, books)
    close_books(session, books, [key for key in counted if books.counts[key] != before[key]], planner.day)
    admission.later |= later
    return admission


def give_back(session: Session, limits: Limits, errand: Errand, wishes: Iterable[Wish], admitted_at: datetime) -> None:
    """Take copies that never went on the wire off the counts of the day they were admitted on; their slots are lost."""
    planner = Planner(limits, errand, admitted_at)
    less = Counter(key for wish in wishes for key in planner.counted([wish]))
    if less:
        mine = (DayCount.key == bindparam("its")) & (DayCount.day == planner.day)
        rows = [{"its": key, "less": less[key]} for key in sorted(less)]
        session.connection().execute(
            update(DayCount).where(mine).values(count=DayCount.count - bindparam("less")), rows
        )
