"""Why did she (not) get it? One sentence with what would have to change: the same for page, API and command line."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.address import read_address
from newsletter.audience.barred import bars
from newsletter.audience.chosen import Choose, no_segments
from newsletter.audience.person import Affiliation, Person
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.write import newest_of
from newsletter.errors import NotFound
from newsletter.ledger import lookup
from newsletter.ledger.run import Run
from newsletter.results import copy_told, never_targeted
from newsletter.tokens import Signer

LAST = 5
"""Bulletins that are answered for where none is named."""

FOUND = 20
"""People a part of a name finds at most."""

Moment = Callable[[datetime], str]
"""How a time is written."""


class Got(StrEnum):
    """The answer in a word."""

    YES = "yes"
    NO = "no"
    NOT_YET = "not_yet"
    IN_DOUBT = "in_doubt"


@dataclass(frozen=True, slots=True)
class Asking:
    """What it takes to answer: who knows the erased by their hash, the house's zone, and how times are written."""

    signer: Signer
    zone: str
    now: datetime
    moment: Moment = lambda at: f"{at:%Y-%m-%d %H:%M:%S} UTC"
    choose: Choose = no_segments


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer for one address and bulletin.

    `sentence` says it with the time and the server's words, or with the rule; `to_change` what would have to change,
    empty where nothing has to; `sentences` everything that is on record. `delivery_id` is the copy, None where there is
    none; `accounts` are number and name of those the person stands at.
    """

    address: str
    bulletin: str
    got: Got
    sentence: str
    to_change: str = ""
    sentences: tuple[str, ...] = ()
    targeted: bool = False
    rule: str | None = None
    state: str | None = None
    at: datetime | None = None
    reply: str = ""
    name: str = ""
    delivery_id: int | None = None
    accounts: tuple[tuple[str, str], ...] = ()


def answer(session: Session, address: str, number: str, asking: Asking) -> Answer:
    """Why an address did, did not or will get a bulletin. Raises BadAddress, and NotFound for an unknown bulletin."""
    if not number.isprintable():  # PostgreSQL refuses to look for a NUL
        raise NotFound("There is no such bulletin.", hint="The bulletins page lists all numbers.")
    version, key = newest_of(session, number), read_address(address).key
    person = session.scalar(select(Person).where(Person.address_key == key))
    if person is None:
        return _stranger(session, address, number, key, asking.signer)
    told = lookup.why(session, address, number, asking.now, asking.choose)
    base = Answer(
        address=told.address,
        bulletin=number,
        got=Got.NO,
        sentence="",
        sentences=told.sentences,
        targeted=told.targeted,
        rule=told.rule,
        state=told.state,
        at=told.at,
        reply=told.reply,
        name=person.name,
        accounts=_accounts(session, person.id),
    )
    copy = lookup.copy_of(session, version.bulletin_id, person.id)
    if copy is not None:
        said = copy_told.tell(session, copy, asking.zone, asking.now, asking.moment)
        return replace(base, got=Got(said.got), sentence=said.sentence, to_change=said.to_change, delivery_id=copy.id)
    found = never_targeted.tell(session, version, person, told, asking.now, asking.moment)
    return replace(base, got=Got(found.got), sentence=found.sentence, to_change=found.to_change)


def answers(session: Session, address: str, number: str, asking: Asking) -> list[Answer]:
    """The answer for a bulletin; without a number for the last that were sent, where the address is known."""
    if number:
        return [answer(session, address, number, asking)]
    key = read_address(address).key
    if session.scalar(select(Person.id).where(Person.address_key == key)) is None:
        return [_stranger(session, address, "", key, asking.signer)]
    return [answer(session, address, last, asking) for last in _last_sent(session)]


def people_named(session: Session, part: str) -> Sequence[Person]:
    """People whose name or address has this part, by name, at most FOUND."""
    whole = Person.first_name + " " + Person.last_name
    matches = whole.icontains(part, autoescape=True) | Person.address.icontains(part, autoescape=True)
    query = select(Person).where(matches).order_by(Person.last_name, Person.first_name, Person.id)
    return session.scalars(query.limit(FOUND)).all()


def _stranger(session: Session, address: str, number: str, key: str, signer: Signer) -> Answer:
    # Nothing more is said of who was erased: that would be to remember them.
    if bars(session, key, signer):
        return Answer(address, number, Got.NO, "This address is on the list of addresses we never write to.")
    return Answer(
        address,
        number,
        Got.NO,
        f"We do not know the address {address}, so nothing was or will be sent to it.",
        "An import or a subscription has to bring the address; look whether it is spelled as they spell it.",
    )


def _accounts(session: Session, person_id: int) -> tuple[tuple[str, str], ...]:
    query = select(Account.number, Account.name).join(Affiliation, Affiliation.account_id == Account.id)
    rows = session.execute(query.where(Affiliation.person_id == person_id).order_by(Account.number))
    return tuple((number, name) for number, name in rows)


def _last_sent(session: Session) -> list[str]:
    query = (
        select(Bulletin.number)
        .join(Version, Version.bulletin_id == Bulletin.id)
        .join(Run, Run.version_id == Version.id)
        .where(Run.started_at.is_not(None))
        .group_by(Bulletin.id, Bulletin.number)
        .order_by(func.max(Run.id).desc())
    )
    return list(session.scalars(query.limit(LAST)))
