"""Claiming where limits are in force: each copy gets the moment at which it may go, or waits and says what for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Table, Update, bindparam, func, select, update
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.db import Database, rows_changed
from newsletter.domain import domain_of
from newsletter.ledger.claim import BY_ID, Claimed, due, sending_about, take, withhold
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.queue import enqueue_batches
from newsletter.ledger.run import Batch, BatchKey, Run, RunState
from newsletter.ledger.states import State
from newsletter.pace.admission import Errand, Later, Slot, Wish
from newsletter.pace.admit import admit, give_back
from newsletter.pace.limits import Limits
from newsletter.pace.zones import zones_of

_DELIVERY: Final[Table] = Delivery.metadata.tables[Delivery.__tablename__]
_PUT_OFF: Final = (
    update(_DELIVERY)
    .where(_DELIVERY.c.id == bindparam("its"))
    .values(due_at=bindparam("until"), reply=bindparam("why"))
)
_AT_ONCE = 20  # batches in one transaction: who sends them waits for it, and on SQLite whoever writes


@dataclass(frozen=True, slots=True)
class PacedClaim:
    """Claimed copies with their slots; `wishes` are theirs. `stop`: the run or relay takes no more until then.

    `is_all`: no other copy of the batch was due. `put_off`: how many that were looked at wait for something.
    """

    copies: Sequence[Claimed]
    slots: Mapping[int, Slot]
    wishes: Mapping[int, Wish] = field(default_factory=dict)
    stop: Later | None = None
    is_all: bool = False
    put_off: int = 0


def claim_paced(
    session: Session, limits: Limits, errand: Errand, batch: BatchKey, engine: str, limit: int, now: datetime
) -> PacedClaim:
    """Up to `limit` due copies of a leased batch that the limits let go within a second. Does not commit.

    Copies that have to wait are due later, and their row says why.
    """
    about = sending_about(session, batch[0])
    if about is None:
        return PacedClaim((), {})
    withhold(session, about, batch, now)
    wishes = _wishes(session, limits, errand, batch, limit, now)
    admission = admit(session, limits, errand, list(wishes.values()), now)
    _put_off(session, admission.later)
    copies = take(session, about, Delivery.id.in_(list(admission.slots)), engine, now) if admission.slots else []
    is_all = len(wishes) < limit
    return PacedClaim(copies, admission.slots, wishes, admission.stop, is_all, len(admission.later))


def wake_put_off(db: Database, now: datetime) -> None:
    """Let copies that wait for a limit ask again, because the limits have changed. Raises Unavailable.

    A copy that was never settled waits for nothing else, but one without words for the clock of its reader; one that
    was may be waiting for its next try.
    """
    open_batches = select(Batch.run_id, Batch.number).join(Run)
    open_batches = open_batches.where(Run.state == RunState.SENDING, Batch.due_at.is_not(None))
    with db.read() as session:
        batches = [(run, number) for run, number in session.execute(open_batches.order_by(Batch.run_id, Batch.number))]
    for first in range(0, len(batches), _AT_ONCE):
        some = batches[first : first + _AT_ONCE]
        with db.write() as session:
            enqueue_batches(session, [batch for batch in some if _wake(session, batch, now)], now)


def _wake(session: Session, batch: BatchKey, now: datetime) -> bool:
    """Let the copies of a batch ask again; whether the batch was waiting for them.

    Its row is locked first: whoever is putting copies off, or giving the batch back by when they are due, began before
    the limits changed. Without this the copies would be woken and their batch sleep on.
    """
    mine = (Batch.run_id == batch[0]) & (Batch.number == batch[1])
    session.execute(select(Batch.due_at).where(mine).with_for_update())
    put_off = (Delivery.run_id == batch[0]) & (Delivery.batch == batch[1]) & (Delivery.state == State.WAITING)
    put_off &= Delivery.settled_at.is_(None) & (Delivery.due_at > now) & (Delivery.reply != "")
    session.execute(_in_bulk(update(Delivery).where(put_off).values(due_at=now)))
    has_due = select(Delivery.id).where(due(batch, now)).exists()
    asking = update(Batch).where(mine, Batch.due_at > now, has_due).values(due_at=now)
    return rows_changed(session, _in_bulk(asking)) == 1


def _in_bulk(change: Update) -> Update:
    return change.execution_options(synchronize_session=False)


def give_back_slots(
    session: Session, limits: Limits, errand: Errand, claim: PacedClaim, returned: Sequence[int], at: datetime
) -> None:
    """Take copies that did not go after all off the counts of the day. Does not commit."""
    wishes = [claim.wishes[id_] for id_ in returned if id_ in claim.wishes]
    if wishes:
        give_back(session, limits, errand, wishes, at)


def _wishes(
    session: Session, limits: Limits, errand: Errand, batch: BatchKey, limit: int, now: datetime
) -> dict[int, Wish]:
    chosen = select(Delivery.id, Delivery.person_id, Delivery.address, Delivery.units).where(due(batch, now))
    rows = session.execute(chosen.order_by(BY_ID).limit(limit)).all()
    accounts = _accounts(session, rows) if limits.counts_accounts or limits.has_hours else {}
    zones = _zones(session, rows, accounts, errand) if limits.has_hours else {}
    return {id_: Wish(id_, domain_of(address), accounts.get(id_), zones.get(id_, ())) for id_, _, address, _ in rows}


def _accounts(session: Session, rows: Sequence[tuple[int, int, str, str]]) -> dict[int, int]:
    """The account a copy counts for: that of its first machine, or the first its person stands at."""
    units = {id_: int(units.partition(",")[0]) for id_, _, _, units in rows if units}
    owners = dict(session.execute(select(Unit.id, Unit.account_id).where(Unit.id.in_(set(units.values())))).all())
    stands = select(Affiliation.person_id, func.min(Affiliation.account_id)).group_by(Affiliation.person_id)
    firsts = dict(session.execute(stands.where(Affiliation.person_id.in_({row[1] for row in rows}))).all())
    found = {id_: owners.get(units.get(id_, 0)) or firsts.get(person_id) for id_, person_id, _, _ in rows}
    return {id_: account for id_, account in found.items() if account is not None}


def _zones(
    session: Session, rows: Sequence[tuple[int, int, str, str]], accounts: Mapping[int, int], errand: Errand
) -> dict[int, tuple[str, ...]]:
    own = dict(session.execute(select(Person.id, Person.zone).where(Person.id.in_({row[1] for row in rows}))).all())
    places = select(Account.id, Account.zone, Account.country).where(Account.id.in_(set(accounts.values())))
    where = {id_: (zone, country) for id_, zone, country in session.execute(places)}
    return {
        id_: zones_of(own.get(person_id, ""), *where.get(accounts.get(id_, 0), ("", "")), errand.house_zone)
        for id_, person_id, _, _ in rows
    }


def _put_off(session: Session, later: Mapping[int, Later]) -> None:
    rows = [{"its": id_, "until": later[id_].until, "why": later[id_].why} for id_ in sorted(later)]
    if rows:
        session.connection().execute(_PUT_OFF, rows)
