"""What staff decide about copies that need a decision: send again, release, try the refused once more, or let be.

Each act is about all copies of a run that it can be about, or only about those whose ids are given; it says how many it
moved, and raises NotFound where there is no such run and Conflict where the run was cancelled.
"""

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.ledger.again import hold_batches
from newsletter.ledger.control import need_run, note, wake
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.refusal import Refusal, is_refused_for
from newsletter.ledger.run import Batch, RunState
from newsletter.ledger.shift import shift
from newsletter.ledger.states import Event, State
from newsletter.ledger.tally import batches_of

_BATCHES_AT_ONCE = 10  # in one transaction: so long nobody else writes on SQLite

Copies = Collection[int]
"""Delivery ids; empty for all."""


def resend_in_doubt(db: Database, run_id: int, author: str, now: datetime, *, copies: Copies = ()) -> int:
    """Send copies in doubt once more, with the same Message-ID."""
    return _send(db, run_id, _stand(State.IN_DOUBT, copies), "resend in doubt", author, now)


def let_be(db: Database, run_id: int, author: str, now: datetime, *, copies: Copies = ()) -> int:
    """Leave copies in doubt as they are: nobody is asked about them any more, and no run sends them again."""
    with db.write() as session:
        need_run(session, run_id)
        settled = shift(session, _of(run_id, _stand(State.IN_DOUBT, copies)), Event.LET_BE, author, now)
        note(session, author, f"let be {settled} in doubt", run_id, now)
        return settled


def release(db: Database, run_id: int, author: str, now: datetime, *, copies: Copies = ()) -> int:
    """Send copies that were held, now that what they needed is there."""
    return _send(db, run_id, _stand(State.HELD, copies), "release held", author, now)


def retry_expired(db: Database, run_id: int, author: str, now: datetime, *, copies: Copies = ()) -> int:
    """Begin anew with copies that were given up after days of being put off."""
    return _send(db, run_id, _stand(State.EXPIRED, copies), "retry expired", author, now)


def retry_refused(
    db: Database,
    run_id: int,
    author: str,
    now: datetime,
    *,
    causes: Collection[Refusal] = tuple(Refusal),
    domain: str = "",
) -> int:
    """Send copies once more that were refused for good, for one of these causes, at this domain if one is given."""
    which = _stand(State.REFUSED) & is_refused_for(causes, domain)
    return _send(db, run_id, which, "retry refused", author, now)


def _send(db: Database, run_id: int, which: ColumnElement[bool], act: str, author: str, now: datetime) -> int:
    """Some batches at a time: whoever wants to leave need not wait until half a million copies are moved."""
    sent = 0
    for numbers in _portions(db, _of(run_id, which)):
        with db.write() as session:
            _need_alive(session, run_id)
            hold_batches(session, (Batch.run_id == run_id) & Batch.number.in_(numbers))
            moved = shift(session, _of(run_id, which) & Delivery.batch.in_(numbers), Event.RESEND, author, now)
            wake(session, run_id, numbers, now)
            note(session, author, f"{act}: {moved}", run_id, now)
        sent += moved
    return sent


def _portions(db: Database, which: ColumnElement[bool]) -> Iterator[list[int]]:
    """The numbers of the batches that hold such copies, some at a time; where none does, once none."""
    with db.read() as session:
        numbers = sorted(number for _, number in batches_of(session, which))
    yield numbers[:_BATCHES_AT_ONCE]
    for first in range(_BATCHES_AT_ONCE, len(numbers), _BATCHES_AT_ONCE):
        db.give_way()
        yield numbers[first : first + _BATCHES_AT_ONCE]


def _of(run_id: int, which: ColumnElement[bool]) -> ColumnElement[bool]:
    return (Delivery.run_id == run_id) & which


def _stand(state: State, copies: Copies = ()) -> ColumnElement[bool]:
    stands = Delivery.state == state
    return stands & Delivery.id.in_(copies) if copies else stands


def _need_alive(session: Session, run_id: int) -> None:
    if need_run(session, run_id) == RunState.CANCELLED:
        raise Conflict(f"Run {run_id} is cancelled.", hint="Send the bulletin again to reach the rest.")
