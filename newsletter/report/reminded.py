"""Where the machines of a safety bulletin stand: done, gone, or open, and whom to call about those."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Person
from newsletter.bulletin.bulletin import Version
from newsletter.checkin.remaining import Done, done, gone
from newsletter.checkin.remind import Ended
from newsletter.ledger.delivery import Delivery, unit_ids
from newsletter.ledger.reminding import Reminding
from newsletter.ledger.run import Run
from newsletter.ledger.states import State

ENDED: dict[str, str] = {
    Ended.LIMIT: "the limit is reached",
    Ended.STOPPED: "a colleague stopped them",
    Ended.CANCELLED: "the run was cancelled",
}
_AT_ONCE = 500  # ids in one question to the database


@dataclass(frozen=True, slots=True)
class Reminders:
    """The reminders of one run: how many were sent to whoever had something open. `next_at` None: no more are."""

    run_id: int
    days: int
    at_most: int
    sent: int
    last_at: datetime | None
    next_at: datetime | None
    ended_because: str  # in words


@dataclass(frozen=True, slots=True)
class OpenMachine:
    """A machine nobody said to be done; `told` are the people who got the bulletin because of it."""

    model: str
    serial: str
    account_number: str
    account_name: str
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DoneMachine:
    """A machine that was done; `by` is empty where they were erased."""

    model: str
    serial: str
    account_number: str
    account_name: str
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Of how many machines a bulletin told, how many are done, gone and open; the first of them by name."""

    told_of: int
    done: int
    gone: int
    open: int
    reminders: tuple[Reminders, ...]
    call_list: tuple[OpenMachine, ...]
    done_list: tuple[DoneMachine, ...]


def where_machines_stand(session: Session, bulletin_id: int, number: str, limit: int = 200) -> Standing:
    """Where the machines stand of which somebody got this bulletin."""
    told = _told(session, bulletin_id)
    finished = {id_: how for id_, how in done(session, number).items() if id_ in told}
    lost = _gone(session, [id_ for id_ in told if id_ not in finished])
    still_open = sorted(id_ for id_ in told if id_ not in finished and id_ not in lost)
    return Standing(
        told_of=len(told),
        done=len(finished),
        gone=len(lost),
        open=len(still_open),
        reminders=_reminders(session, bulletin_id),
        call_list=_call_list(session, still_open[:limit], told),
        done_list=_done_list(session, dict(sorted(finished.items(), key=lambda one: one[1].at, reverse=True)[:limit])),
    )


def _told(session: Session, bulletin_id: int) -> Mapping[int, list[int]]:
    """The people who got a copy, by the unit it spoke of."""
    query = (
        select(Delivery.person_id, Delivery.units)
        .join(Run, Run.id == Delivery.run_id)
        .join(Version, Version.id == Run.version_id)
        .where(Version.bulletin_id == bulletin_id, Delivery.state == State.ACCEPTED, Delivery.units != "")
    )
    told: dict[int, list[int]] = defaultdict(list)
    for person_id, units in session.execute(query):
        for unit_id in unit_ids(units):
            told[unit_id].append(person_id)
    return told


def _gone(session: Session, units: Sequence[int]) -> set[int]:
    pieces = (units[at : at + _AT_ONCE] for at in range(0, len(units), _AT_ONCE))
    return {id_ for piece in pieces for id_ in gone(session, piece)}


def _reminders(session: Session, bulletin_id: int) -> tuple[Reminders, ...]:
    query = (
        select(Reminding)
        .join(Run, Run.id == Reminding.run_id)
        .join(Version, Version.id == Run.version_id)
        .where(Version.bulletin_id == bulletin_id)
        .order_by(Reminding.run_id.desc())
    )
    return tuple(
        Reminders(
            run_id=row.run_id,
            days=row.days,
            at_most=row.at_most,
            sent=row.number if row.after_delivery_id else row.number - 1,
            last_at=row.last_at,
            next_at=row.due_at,
            ended_because=ENDED.get(row.ended_because, ""),
        )
        for row in session.scalars(query)
    )


def _call_list(session: Session, units: Sequence[int], told: Mapping[int, list[int]]) -> tuple[OpenMachine, ...]:
    names = _people(session, {person_id for id_ in units for person_id in told[id_]})
    machines = _machines(session, units)
    listed = [
        OpenMachine(*machines[id_], tuple(names[p] for p in told[id_] if p in names))
        for id_ in units
        if id_ in machines
    ]
    return tuple(sorted(listed, key=lambda machine: (machine.account_number, machine.model, machine.serial)))


def _done_list(session: Session, finished: Mapping[int, Done]) -> tuple[DoneMachine, ...]:
    names = _people(session, {how.person_id for how in finished.values() if how.person_id})
    machines = _machines(session, list(finished))
    return tuple(
        DoneMachine(*machines[id_], how.at, names.get(how.person_id or 0, ""))
        for id_, how in finished.items()
        if id_ in machines
    )


def _people(session: Session, person_ids: set[int]) -> Mapping[int, str]:
    return {person.id: person.name for person in session.scalars(select(Person).where(Person.id.in_(person_ids)))}


def _machines(session: Session, units: Sequence[int]) -> Mapping[int, tuple[str, str, str, str]]:
    query = (
        select(Unit.id, Product.model, Unit.serial, Account.number, Account.name)
        .join(Product, Product.id == Unit.product_id)
        .join(Account, Account.id == Unit.account_id)
        .where(Unit.id.in_(units))
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in session.execute(query)}
