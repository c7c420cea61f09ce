"""Where somebody stands who says so themselves, and whom we believe.

Each copy names the machines of its reader's accounts, so a serial number somebody read off a type plate must not show
them the rest. We believe an address whose domain we know at the account already; of every other staff decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.audience.affiliation_claim import AffiliationClaim
from newsletter.audience.person import Affiliation, Person
from newsletter.db import Database, rows_changed
from newsletter.domain import domain_of
from newsletter.errors import Conflict, NotFound
from newsletter.staff.audit import AuditEntry

# Everybody may have a mailbox there, so it says nothing about where somebody works.
_WEB_MAIL = """
aol.com bluewin.ch fastmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.de gmx.net googlemail.com hey.com
hotmail.com hotmail.fr hotmail.it icloud.com laposte.net libero.it live.com mac.com mail.com mail.ru mailbox.org me.com
msn.com naver.com o2.pl orange.fr outlook.com outlook.de pm.me posteo.de proton.me protonmail.com qq.com seznam.cz
t-online.de uol.com.br virgilio.it wanadoo.fr web.de wp.pl yahoo.co.jp yahoo.co.uk yahoo.com yahoo.de yahoo.fr yandex.ru
ymail.com 126.com 163.com
"""
ANYBODYS = frozenset(_WEB_MAIL.split())
_MOST = 5  # accounts one serial number may lead to, where product lines each count from 1


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody who says they stand at an account, as staff read it; `serial` is empty where they named no machine."""

    id: int
    name: str
    address: str
    serial: str
    claimed_at: datetime


def stand_where_they_say(session: Session, person: Person, serial: str, account_id: int | None, now: datetime) -> None:
    """Affiliate somebody with the account of their machine, or write down that they claim to. Does not commit."""
    named = {account: unit for unit, account in _units(session, serial)}
    for account, unit in (named if account_id is None else {account_id: None, **named}).items():
        if session.get(Affiliation, (person.id, account)):
            continue
        if _has_colleague(session, person, account):
            session.add(Affiliation(person_id=person.id, account_id=account))
        else:
            insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
            claim = {"person_id": person.id, "account_id": account, "unit_id": unit, "claimed_at": now}
            session.execute(insert(AffiliationClaim).values(settled_by="", **claim).on_conflict_do_nothing())


def open_claims(session: Session, account_number: str) -> Sequence[Claim]:
    """Who says they stand at an account, oldest first."""
    rows = session.execute(
        select(AffiliationClaim, Person, Unit.serial)
        .join(Person, Person.id == AffiliationClaim.person_id)
        .join(Account, Account.id == AffiliationClaim.account_id)
        .outerjoin(Unit, Unit.id == AffiliationClaim.unit_id)
        .where(Account.number == account_number, AffiliationClaim.settled_at.is_(None))
        .order_by(AffiliationClaim.id)
    )
    return [
        Claim(claim.id, person.name, person.address, serial or "", claim.claimed_at) for claim, person, serial in rows
    ]


def settle_claim(db: Database, claim_id: int, author: str, now: datetime, *, is_right: bool) -> None:
    """Believe a claim, or not. Raises NotFound, and Conflict where a colleague settled it first."""
    with db.write() as session:
        claim = session.get(AffiliationClaim, claim_id)
        if claim is None:
            raise NotFound("There is no such claim.")
        is_open = (AffiliationClaim.id == claim_id) & AffiliationClaim.settled_at.is_(None)
        settled = update(AffiliationClaim).where(is_open).values(settled_at=now, settled_by=author)
        if not rows_changed(session, settled):
            raise Conflict("A colleague has settled this already.")
        if is_right and session.get(Affiliation, (claim.person_id, claim.account_id)) is None:
            session.add(Affiliation(person_id=claim.person_id, account_id=claim.account_id))
        act = "believed a claim to stand at an account" if is_right else "turned down a claim to stand at an account"
        session.add(AuditEntry(at=now, who=author, act=act, subject=f"person {claim.person_id}"))


def _units(session: Session, serial: str) -> Sequence[tuple[int, int]]:
    if not serial:
        return ()
    spellings = {serial, serial.upper(), "".join(serial.split()).upper()}
    found = select(Unit.id, Unit.account_id).where(Unit.serial.in_(spellings)).order_by(Unit.id).limit(_MOST)
    return [(unit, account) for unit, account in session.execute(found)]


def _has_colleague(session: Session, person: Person, account_id: int) -> bool:
    domain = domain_of(person.address_key)
    others = select(Person.address_key).join(Affiliation).where(Affiliation.account_id == account_id)
    known = session.scalars(others.where(Person.id != person.id))
    return domain not in ANYBODYS and any(domain_of(key) == domain for key in known)
