"""Another address for somebody: asked for on their page, true when the new mailbox confirms it, told to the old one.

The page's link stands in every mail, and mails are passed on. So the old mailbox can take a change back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.audience.address import Address, masked, read_address
from newsletter.audience.address_change import AddressChange
from newsletter.audience.barred import bars, may_ask_for_mail
from newsletter.audience.office import Office
from newsletter.audience.person import Person
from newsletter.audience.pretence import write_or_pretend
from newsletter.audience.ration import Ration, draw, rations
from newsletter.audience.subscription_request import OPEN_FOR
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.language import sentence
from newsletter.links import Side
from newsletter.post.post import post
from newsletter.post.wording import Button, Text, Wording

CAN_BE_TAKEN_BACK_FOR = timedelta(days=30)
_NOWHERE = "This link leads nowhere."


@dataclass(frozen=True, slots=True)
class Changing:
    """What the page behind a letter about a change shows. Addresses are masked; `former` is the one before."""

    address: str
    former: str
    language: str
    is_confirmed: bool
    is_taken_back: bool


def ask_to_change(
    db: Database,
    person_id: int,
    address: Address,
    network: str,
    *,
    language: str,
    office: Office,
    now: datetime,
) -> None:
    """Write a letter to confirm to the new address. Raises NotFound where the person is gone.

    Whoever asks cannot tell whether we know that address; what stands against it is said to its mailbox alone.
    """
    with db.write() as session:
        if session.get(Person, person_id) is None:
            raise NotFound(_NOWHERE)
        theirs = Ration(f"letter:address-of:{person_id}", 3, timedelta(days=1))
        may_reach = may_ask_for_mail(bars(session, address.key, office.signer))
        has_ration = draw(session, (theirs, *rations("address", address.key, network)), now)
        change = AddressChange(person_id=person_id, address=address.spelled, address_key=address.key, asked_at=now)
        write_or_pretend(
            session,
            lambda: _post_to_new(session, change, language, office, now),
            is_meant=may_reach and has_ration,
        )


def changing(session: Session, change_id: int, side: Side, now: datetime) -> Changing:
    """How a change stands. Raises NotFound where the link's time is over or the person is gone."""
    change = _held(session, change_id, side, now)
    person = session.get_one(Person, change.person_id)
    return Changing(
        address=masked(change.address),
        former=masked(change.former or person.address),
        language=person.language,
        is_confirmed=change.confirmed_at is not None,
        is_taken_back=change.taken_back_at is not None,
    )


def confirm_change(db: Database, change_id: int, office: Office, now: datetime) -> bool:
    """Write to the new address from now on; a notice goes to the old one. Pressing again changes nothing.

    False, and nothing is changed, where the new address is somebody else's or may not be written to. Raises NotFound.
    """
    with db.write() as session:
        change = _held(session, change_id, Side.NEW, now)
        person = session.get_one(Person, change.person_id, with_for_update={"key_share": True})
        if change.confirmed_at is not None:
            return True
        former = Address(person.address, person.address_key)
        if bars(session, change.address_key, office.signer) or not _move(session, person, change.address):
            return False
        change.former, change.confirmed_at = former.spelled, now
        if not bars(session, former.key, office.signer):
            _post_to_old(session, change, person.language, office, now)
        return True


def take_back(db: Database, change_id: int, now: datetime) -> bool:
    """Write to the old address again, and forget what else was asked for. False where it is somebody else's by now."""
    with db.write() as session:
        change = _held(session, change_id, Side.OLD, now)
        person = session.get_one(Person, change.person_id, with_for_update={"key_share": True})
        if change.taken_back_at is None:
            if not _move(session, person, change.former):
                return False
            change.taken_back_at = now
            asked = (AddressChange.person_id == person.id) & AddressChange.confirmed_at.is_(None)
            session.execute(delete(AddressChange).where(asked))
        return True


def _held(session: Session, change_id: int, side: Side, now: datetime) -> AddressChange:
    change = session.get(AddressChange, change_id)
    if change is None:
        raise NotFound(_NOWHERE)
    if side is Side.OLD:
        is_open = change.confirmed_at is not None and now < change.confirmed_at + CAN_BE_TAKEN_BACK_FOR
    else:
        is_open = change.taken_back_at is None and (change.confirmed_at is not None or now < change.asked_at + OPEN_FOR)
    if not is_open:
        raise NotFound(_NOWHERE)
    return change


def _move(session: Session, person: Person, address: str) -> bool:
    """Whether the person has the address now; no where it is somebody else's."""
    new = read_address(address)
    owner = session.scalar(select(Person.id).where(Person.address_key == new.key))
    if owner not in (None, person.id):
        return False
    try:
        with session.begin_nested():
            person.address, person.address_key = new.spelled, new.key
    except IntegrityError:  # somebody else got it just now
        session.refresh(person)
        return False
    return True


def _post_to_new(session: Session, change: AddressChange, language: str, office: Office, now: datetime) -> None:
    session.add(change)
    session.flush()
    wording = Wording(
        subject=sentence("Please confirm your new address"),
        parts=(
            Text(sentence("Somebody, we hope you, wants to get our mails at this address from now on.")),
            Button(sentence("Yes, write to this address"), office.links.address(change.id, Side.NEW)),
            Text(sentence("If that was not you, do nothing. Nothing changes.")),
        ),
        why=sentence("You get this one mail because your address was typed into a page of ours."),
    )
    _post(
        session, change, wording, to=change.address, kind="confirm-address", language=language, office=office, now=now
    )


def _post_to_old(session: Session, change: AddressChange, language: str, office: Office, now: datetime) -> None:
    wording = Wording(
        subject=sentence("We write to your new address now"),
        parts=(
            Text(sentence("From now on our mails go to {address}, as you asked on your page with us.")),
            Button(sentence("That was not me: keep the old address"), office.links.address(change.id, Side.OLD)),
        ),
        why=sentence("You get this one mail because it went to this address that our mails were sent until now."),
    )
    _post(session, change, wording, to=change.former, kind="address-notice", language=language, office=office, now=now)


def _post(  # noqa: PLR0913 - everything a letter is made of
    session: Session,
    change: AddressChange,
    wording: Wording,
    *,
    to: str,
    kind: str,
    language: str,
    office: Office,
    now: datetime,
) -> None:
    post(
        session,
        key=f"{kind}:{change.id}",
        kind=kind,
        address=to,
        person_id=change.person_id,
        language=language,
        wording=wording,
        values={"address": masked(change.address)},
        house=office.house,
        now=now,
    )
