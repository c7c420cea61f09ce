"""What the rooms do by themselves, how often, and with what. A `timekeeper` beside every engine rings for each.

Whoever adds a line: the act hears the bell in several engines at once, again after every restart, and late after a
host was down. So it claims each row that is due by a conditional UPDATE in the transaction of its consequence, and
never takes the bell for the time of day. What needs much memory, it imports when there is something to do.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from newsletter.audience.let_go import let_go
from newsletter.audience.segment import Rule
from newsletter.bulletin.checking import is_anything_asked
from newsletter.bulletin.compose import Sender
from newsletter.bulletin.unsaved import forget_old_drafts
from newsletter.burst.find import find_bursts
from newsletter.checkin.reached import find_again
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.digest.slots import may_be_due
from newsletter.engine.choosing import choose
from newsletter.followup.desk import WorkDigest
from newsletter.followup.ending import open_for_endings
from newsletter.hit.clicks import note_clicks
from newsletter.hit.forget import forget_traces
from newsletter.hit.sift import sift
from newsletter.ledger.delivery import Omission
from newsletter.ledger.reminding import due_reminders
from newsletter.ledger.rush import is_rushing
from newsletter.ledger.tally import tally_idle
from newsletter.links import Links
from newsletter.post.wording import Writer
from newsletter.results.run_figures import due_figures
from newsletter.retention.keep_verdicts import are_verdicts_due, keep_verdicts
from newsletter.retention.reckoning import Figures, is_due
from newsletter.schedule.series import Became, Occurrence

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Means:
    """What timed work may need of its engine. `zone` is where the days of the house begin."""

    db: Database
    sender: Sender
    links: Links
    zone: str

    @property
    def writer(self) -> Writer:
        """Who writes the letters that are no bulletin."""
        sender = self.sender
        return Writer(sender.vendor, sender.address, sender.reply_address, sender.postal_address)


@dataclass(frozen=True, slots=True)
class Timed:
    """One line: a name for the log, the seconds between two bells, and the act.

    What takes a core for minutes `stands_back` while a run rushes.
    """

    name: str
    seconds: int
    act: Callable[[Means, datetime], None]
    stands_back: bool = False


def _remind(means: Means, now: datetime) -> None:
    if due_reminders(means.db, now):
        from newsletter.checkin.remind import remind_due  # noqa: PLC0415 - most days there is nothing to remind of

        remind_due(means.db, means.links, means.writer, now)


def _gather_digests(means: Means, now: datetime) -> None:
    if not may_be_due(now):
        return
    with means.db.read() as session:
        if session.scalar(select(Omission.run_id).where(Omission.rule == Rule.DIGEST).limit(1)) is None:
            return
    from newsletter.digest.gather import gather_digests  # noqa: PLC0415 - 2 MB where nobody ever asked for a digest

    if posted := gather_digests(means.db, means.writer, means.links, means.zone, now):
        log.info("%d digests posted", posted)


def _gather_series(means: Means, now: datetime) -> None:
    with means.db.read() as session:
        if session.scalar(select(Occurrence.day).where(Occurrence.became == Became.GATHERING).limit(1)) is None:
            return
    from newsletter.schedule.gather import Means as Gathering  # noqa: PLC0415 - where no series gathers it needs no memory
    from newsletter.schedule.gather import gather_due  # noqa: PLC0415 - the same

    posted = gather_due(means.db, Gathering(means.writer, means.links, means.zone, choose), now)
    log.info("%d digests of series posted", posted)


def _post_work_digests(means: Means, now: datetime) -> None:
    with means.db.read() as session:
        if session.scalar(select(WorkDigest.user_id).where(WorkDigest.due_at <= now).limit(1)) is None:
            return
    from newsletter.followup.digest import post_due_digests  # noqa: PLC0415 - a few times a day

    post_due_digests(means.db, means.writer, means.links, means.zone, now)


def _keep_figures(means: Means, now: datetime) -> None:
    if not due_figures(means.db, now):
        return
    from newsletter.results.keep import keep_figures  # noqa: PLC0415 - it needs most of the reports

    keep_figures(means.db, means.zone, now)


def _look_outside(means: Means, _now: datetime) -> None:
    if is_anything_asked(means.db):
        from newsletter.bulletin.answer_outside import Eyes, answer_outside  # noqa: PLC0415 - when somebody asks

        answer_outside(means.db, Eyes(), utc_now)


TIMED: tuple[Timed, ...] = (
    Timed("gather_digests", 60, _gather_digests),
    Timed("gather_series", 10, _gather_series),
    Timed("judge_hits", 5, lambda means, now: _judge_hits(means.db, now)),
    Timed("note_clicks", 30, lambda means, now: _note_clicks(means.db, now)),
    Timed("find_again", 60, lambda means, now: _find_again(means.db, now)),
    Timed("tally_idle", 5, lambda means, now: _tally_idle(means.db, now)),
    Timed("keep_figures", 20, _keep_figures),
    Timed("look_outside", 3, _look_outside),
    Timed("let_go", 3600, lambda means, now: let_go(means.db, now)),
    Timed("forget_drafts", 3600, lambda means, now: forget_old_drafts(means.db, now)),
    Timed("forget_hits", 3600, lambda means, now: _forget_hits(means.db, now)),
    Timed("remind", 30, _remind),
    Timed("open_for_endings", 3600, lambda means, now: _open_for_endings(means.db, now)),
    Timed("post_work_digests", 60, _post_work_digests),
    Timed("keep_months", 60, lambda means, now: _keep_months(means.db, now), stands_back=True),
    Timed("keep_verdicts", 60, lambda means, now: _keep_verdicts(means.db, now), stands_back=True),
    Timed("keep_reach", 60, lambda means, now: _keep_reach(means.db, now), stands_back=True),
    Timed("keep_calibration", 60, lambda means, now: _keep_calibration(means.db, now), stands_back=True),
)
"""All timed work that is not the engine's own."""


def bells(means: Means, clock: Callable[[], datetime]) -> Iterator[tuple[int, Callable[[], None]]]:
    """For `Bells`: the seconds between two bells, and what to do then."""
    for line in TIMED:
        yield line.seconds, _job(line, means, clock)


def _judge_hits(db: Database, now: datetime) -> None:
    sift(db, now)
    for burst_id in find_bursts(db, now):
        log.warning("many left at once: burst %d", burst_id)


def _note_clicks(db: Database, now: datetime) -> None:
    note_clicks(db, now)


def _tally_idle(db: Database, now: datetime) -> None:
    tally_idle(db, now)


def _find_again(db: Database, now: datetime) -> None:
    if found := find_again(db, now):
        log.info("%d people whose mail came back answered since", found)


def _forget_hits(db: Database, now: datetime) -> None:
    forget_traces(db, now)


def _open_for_endings(db: Database, now: datetime) -> None:
    if opened := open_for_endings(db, now):
        log.info("%d follow-ups opened for agreements that end", opened)


def _keep_months(db: Database, now: datetime) -> None:
    if is_due(db, Figures.MONTHS, now):
        from newsletter.retention.keep_months import keep_months  # noqa: PLC0415 - once a day

        keep_months(db, now)


def _keep_reach(db: Database, now: datetime) -> None:
    if is_due(db, Figures.REACH, now):
        from newsletter.retention.count_reach import keep_reach  # noqa: PLC0415 - once a day

        keep_reach(db, now)


def _keep_verdicts(db: Database, now: datetime) -> None:
    if are_verdicts_due(db, now):
        keep_verdicts(db, now)


def _keep_calibration(db: Database, now: datetime) -> None:
    if is_due(db, Figures.CALIBRATION, now):
        from newsletter.retention.keep_calibration import keep_calibration  # noqa: PLC0415 - once a day

        keep_calibration(db, now)


def _job(line: Timed, means: Means, clock: Callable[[], datetime]) -> Callable[[], None]:
    def job() -> None:
        now = clock()
        if not (line.stands_back and is_rushing(means.db, now)):
            line.act(means, now)

    job.__name__ = line.name
    return job
