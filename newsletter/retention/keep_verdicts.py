"""Weighing every account anew: once a day, because what we know fades, and as soon as other rules are switched on.

With it, agreements that were read before they were evidence become so.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.importing.agreements import note_missing
from newsletter.ledger.concerned import hold_accounts
from newsletter.retention.reckoning import Figures, claim, reckoned_at, release, settle, today
from newsletter.signal.in_force import switched_on_at
from newsletter.signal.part import next_accounts
from newsletter.signal.weigh_many import weigh_many

Progress = Callable[[int], None]
"""Called with the number of accounts weighed so far."""

_EVER = datetime.max.replace(tzinfo=UTC)
_AT_ONCE = 100  # accounts a transaction, so that nobody who answers has to wait
_log = logging.getLogger(__name__)


def are_verdicts_due(db: Database, now: datetime) -> bool:
    """Whether there are accounts that were not weighed today, or not by the rules in force."""
    with db.read() as session:
        last = reckoned_at(session, Figures.VERDICTS)
        is_old = last is None or last < _older_than(session, now)
        return is_old and session.scalar(select(Account.id).limit(1)) is not None


def keep_verdicts(db: Database, now: datetime) -> None:
    """Weigh everybody if that is due. Any number of engines may do so at once; one weighs."""
    with db.read() as session:
        older_than = _older_than(session, now)
    if claim(db, Figures.VERDICTS, now, older_than=older_than):
        _log.info("weighed %d accounts anew", _weigh_everybody(db, now, None))


def weigh_everybody(db: Database, now: datetime, progress: Progress | None = None) -> int:
    """Weigh every account by the rules in force; how many there are. Raises Conflict while somebody else does.

    Whoever does so notices afterwards which rules were switched on meanwhile, and begins again.
    """
    if not claim(db, Figures.VERDICTS, now, older_than=_EVER):
        raise Conflict(
            "All accounts are being weighed just now.", hint="By the new rules they are weighed next, without you."
        )
    return _weigh_everybody(db, now, progress)


def _older_than(session: Session, now: datetime) -> datetime:
    switched = switched_on_at(session)
    return max(today(now), switched) if switched else today(now)


def _weigh_everybody(db: Database, now: datetime, progress: Progress | None) -> int:
    after, weighed = 0, 0
    try:
        while ids := _weigh_next(db, after, now):
            after, weighed = ids[-1], weighed + len(ids)
            if progress:
                progress(weighed)
            db.give_way()
        with db.write() as session:
            settle(session, Figures.VERDICTS, now)
    except BaseException:
        release(db, Figures.VERDICTS)
        raise
    return weighed


def _weigh_next(db: Database, after: int, now: datetime) -> Sequence[int]:
    """The next accounts, each weighed with all it agreed to."""
    with db.write() as session:
        ids = next_accounts(session, after, _AT_ONCE)
        if ids:
            hold_accounts(session, ids)
            note_missing(session, ids, now)
            weigh_many(session, ids, now)
    return ids
