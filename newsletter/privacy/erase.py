"""Forgetting a person (GDPR Art. 17). What tells of machines stays without them; a hash keeps them from coming back.

The hash is needed to keep the promise: without it the next import would bring them back (Art. 21(3)).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.audience.address import read_address
from newsletter.audience.barred import bar_the_erased
from newsletter.audience.erasure import Erasure
from newsletter.audience.person import Person
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.shift import shift
from newsletter.ledger.states import Event
from newsletter.privacy.holdings import HOLDINGS, Whose
from newsletter.staff.audit import AuditEntry
from newsletter.tokens import Signer

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Erased:
    """A line of the journal: enough to erase the same person again in a restored backup, and not who it was."""

    address_hash: str
    erased_at: datetime


def erase(db: Database, person_id: int, signer: Signer, now: datetime, *, by: str) -> Erased:
    """Forget somebody. Copies that wait are not sent. Raises NotFound where they are gone already."""
    with db.write() as session:
        person = session.get(Person, person_id, with_for_update=True)
        if person is None:
            raise NotFound("This link leads nowhere.")
        return _erase(session, person, signer, now, at=now, by=by)


def erase_address(db: Database, address: str, signer: Signer, now: datetime, *, by: str) -> Erased:
    """Forget whose address this is. Raises BadAddress, NotFound."""
    key = read_address(address).key
    with db.read() as session:
        person_id = session.scalar(select(Person.id).where(Person.address_key == key))
    if person_id is None:
        raise NotFound("We hold nobody with this address.", hint="Look at how it is spelled.")
    return erase(db, person_id, signer, now, by=by)


def erase_again(db: Database, journal: Iterable[Erased], signer: Signer, now: datetime, *, by: str) -> int:
    """Forget whom a restored backup brought back; how many there were.

    Somebody who came after their erasure came by themselves, and stays.
    """
    erased_at = {line.address_hash: line.erased_at for line in journal}
    again = 0
    with db.write() as session:
        for person_id in list(_brought_back(session, erased_at, signer)):
            person = session.get_one(Person, person_id, with_for_update=True)
            at = next(erased_at[hashed] for hashed in signer.hashes(person.address_key) if hashed in erased_at)
            _erase(session, person, signer, now, at=at, by=by)
            again += 1
    return again


def _brought_back(session: Session, erased_at: Mapping[str, datetime], signer: Signer) -> Iterator[int]:
    people = select(Person.id, Person.address_key, Person.created_at).execution_options(yield_per=_AT_ONCE)
    for person_id, key, created_at in session.execute(people):
        if any(created_at <= erased_at[hashed] for hashed in signer.hashes(key) if hashed in erased_at):
            yield person_id


def _erase(session: Session, person: Person, signer: Signer, now: datetime, *, at: datetime, by: str) -> Erased:
    whose = Whose(person.id, person.address, person.address_key)
    shift(session, Delivery.person_id == person.id, Event.WITHHOLD, by, now)
    hashed = bar_the_erased(session, person.address_key, signer, now, source=by)
    session.flush()
    session.expunge(person)
    for holding in HOLDINGS:
        rows = holding.rows(whose)
        if holding.left is None:
            session.execute(delete(holding.table).where(rows))
        elif holding.left:
            session.execute(update(holding.table).where(rows).values(holding.left))
    session.add(Erasure(address_hash=hashed, erased_at=at))
    session.add(AuditEntry(at=now, who=by, act="erased a person", subject=hashed[:12]))
    session.flush()
    return Erased(hashed, at)
