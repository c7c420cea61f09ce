"""Writing hits down: many at once after the answer has left, or one in the transaction of an act."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.domain import domain_of
from newsletter.hit.hit import Hit
from newsletter.hit.tap import Tap
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.states import State

_log = logging.getLogger(__name__)


def keep(session: Session, taps: Sequence[Tap]) -> None:
    """Write these taps down, with what the ledger knows of their copies. Does not commit."""
    copies = _copies(session, {tap.delivery_id for tap in taps if tap.delivery_id})
    people = _addresses(session, {tap.person_id for tap in taps if tap.person_id})
    # Not by objects: a page load is worth 50 microseconds, not 500.
    session.execute(insert(Hit), [_row(tap, copies.get(tap.delivery_id or 0), people) for tap in taps])


def keep_calmly(session: Session, tap: Tap | None) -> None:
    """Keep the tap of an act in the act's own transaction. What fails here fails alone: the act stands."""
    if tap is None:
        return
    try:
        with session.begin_nested():
            keep(session, [tap])
    except SQLAlchemyError:
        _log.exception("An act stands, but the hit that led to it could not be kept.")


def _row(tap: Tap, copy: "_Copy | None", people: Mapping[int, str]) -> dict[str, Any]:
    # A token names person and copy. Should the copy be another person's, it tells nothing of this one.
    known = copy if copy and tap.person_id in (None, copy[0]) else None
    # Somebody who was erased since is nobody: their old links still open pages.
    person_id = tap.person_id if tap.person_id in people else None
    address = (known[1] if known else people[person_id]) if person_id else ""
    return {
        "at": tap.at,
        "method": tap.method,
        "kind": tap.kind,
        "person_id": person_id,
        "delivery_id": tap.delivery_id or None,
        "domain": domain_of(address) if address else "",
        "pressed": tap.pressed,
        "typed": tap.typed,
        "shown": tap.shown,
        "since": (tap.at - known[2]).total_seconds() if known and known[2] else None,
        "network": tap.network,
        "user_agent": tap.user_agent,
        "verdict": "",
        "why": "",
    }


_Copy = tuple[int, str, datetime | None]
"""Whose it is, where it went, and when the server accepted it."""


def _copies(session: Session, delivery_ids: Collection[int]) -> dict[int, _Copy]:
    if len(delivery_ids) == 1:  # the act that this tap led to has most likely read the copy just now
        found = [session.get(Delivery, id_) for id_ in delivery_ids]
    else:
        found = list(session.scalars(select(Delivery).where(Delivery.id.in_(delivery_ids))))
    return {copy.id: (copy.person_id, copy.address, _accepted_at(copy)) for copy in found if copy}


def _accepted_at(copy: Delivery) -> datetime | None:
    return copy.settled_at if copy.state == State.ACCEPTED else None


def _addresses(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """Of those who are not erased; nobody erases them before the transaction ends."""
    if not person_ids:
        return {}
    held = select(Person.id, Person.address_key).where(Person.id.in_(person_ids)).order_by(Person.id)
    rows = session.execute(held.with_for_update(read=True, key_share=True))
    return {id_: address for id_, address in rows}  # noqa: C416 - dict() cannot tell a row from a pair
