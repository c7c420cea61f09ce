"""Who gets digests: how often, in which language, and by whose clock."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import Frequency, Preference
from newsletter.pace.zones import zones_of


@dataclass(frozen=True, slots=True)
class DigestReader:
    """One person. `zones` are several where we know the country only."""

    person_id: int
    address: str
    language: str
    frequency: Frequency
    zones: tuple[str, ...]


def digest_readers(session: Session, person_ids: Collection[int], house_zone: str) -> list[DigestReader]:
    """The readers of these ids, in order. Nobody takes them off a list before the transaction ends."""
    held = select(Person).where(Person.id.in_(person_ids)).order_by(Person.id)
    people = session.scalars(held.with_for_update(key_share=True)).all()
    wishes = select(Preference.person_id, Preference.frequency).where(Preference.person_id.in_(person_ids))
    frequencies: dict[int, str] = {row.person_id: row.frequency for row in session.execute(wishes)}
    places = _places(session, person_ids)
    return [
        DigestReader(
            person.id,
            person.address,
            person.language,
            Frequency(frequencies.get(person.id, Frequency.EACH)),
            zones_of(person.zone, *places.get(person.id, ("", "")), house_zone),
        )
        for person in people
    ]


def _places(session: Session, person_ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Zone and country of the first account at which each stands that has one of them."""
    query = select(Affiliation.person_id, Account.zone, Account.country).join(
        Account, Account.id == Affiliation.account_id
    )
    found: dict[int, tuple[str, str]] = {}
    for person_id, zone, country in session.execute(
        query.where(Affiliation.person_id.in_(person_ids)).order_by(Account.id)
    ):
        if zone or country:
            found.setdefault(person_id, (zone, country))
    return found
