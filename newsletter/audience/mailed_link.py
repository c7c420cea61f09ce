"""A link for the mailbox of an address that was typed into a page: who reads the mailbox may use it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.address import Address
from newsletter.audience.address_change import AddressChange
from newsletter.audience.barred import bars, may_ask_for_mail
from newsletter.audience.office import Office
from newsletter.audience.person import Person
from newsletter.audience.pretence import write_or_pretend
from newsletter.audience.ration import draw, rations
from newsletter.audience.suppression import Suppression
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.language import sentence
from newsletter.links import Links
from newsletter.post.post import post
from newsletter.post.wording import Button, Text, Wording

MINE_GOOD_FOR = timedelta(days=1)
"""How long the link to everything we hold works."""

SETTLED_AFTER = timedelta(days=7)
"""For so long after a change of address we send no link to everything we hold, so that the old mailbox can object."""

_ASKED = sentence("You get this one mail because your address was typed into a page of ours.")
_NOT_YOU = sentence("If that was not you, do nothing. Nothing changes.")


@dataclass(frozen=True, slots=True)
class Errand:
    """What a link is for, whom it may be sent to, and its letter. `name` is counted under and the kind of letter."""

    name: str
    may_reach: Callable[[Sequence[Suppression]], bool]
    letter: Callable[[Links, int, datetime], Wording]


def _to_preferences(links: Links, person_id: int, _now: datetime) -> Wording:
    return Wording(
        subject=sentence("Your link: what {vendor} sends you"),
        parts=(
            Text(sentence("Here you choose what you get from {vendor}, how often, and whether at all.")),
            Button(sentence("Choose what I get"), links.preferences(person_id)),
            Text(_NOT_YOU),
        ),
        why=_ASKED,
    )


def _to_stop(links: Links, person_id: int, _now: datetime) -> Wording:
    return Wording(
        subject=sentence("Your link: no more mails from {vendor}"),
        parts=(
            Text(sentence("Somebody, we hope you, asked us to send nothing more to this address.")),
            Button(sentence("Stop all mails"), links.stop(person_id)),
            Text(_NOT_YOU),
        ),
        why=_ASKED,
    )


def _to_mine(links: Links, person_id: int, now: datetime) -> Wording:
    return Wording(
        subject=sentence("Your link: everything {vendor} holds about you"),
        parts=(
            Text(sentence("Here you see and download everything we hold about you, and can have it erased.")),
            Button(sentence("Show what you hold about me"), links.mine(person_id, now)),
            Text(sentence("The button works for one day. Do not pass this mail on: it opens your data.")),
        ),
        why=sentence("You get this one mail because it was asked for on your page with us."),
    )


# Who left everything may still choose anew; they are not told a second time that they may leave.
PREFERENCES = Errand("preferences", may_ask_for_mail, _to_preferences)
STOP = Errand("stop", lambda standing: not standing, _to_stop)
_MINE = Errand("mine", may_ask_for_mail, _to_mine)


def mail_link(
    db: Database,
    errand: Errand,
    address: Address,
    network: str,
    *,
    language: str,
    office: Office,
    now: datetime,
) -> None:
    """Send the link to the mailbox, if we know it. Whoever asks cannot tell, neither from the answer nor its time."""
    with db.write() as session:
        person = session.scalar(select(Person).where(Person.address_key == address.key))
        _send(session, errand, person, address, network, language=language, office=office, now=now)


def mail_mine(db: Database, person_id: int, network: str, *, language: str, office: Office, now: datetime) -> None:
    """Send somebody, whose page this was asked on, the link to everything we hold. Raises NotFound.

    The page's own link stands in every mail, and mails are passed on; so it does not open a person's data.
    """
    with db.write() as session:
        person = session.get(Person, person_id)
        if person is None:
            raise NotFound("This link leads nowhere.")
        moved = select(AddressChange.id).where(
            AddressChange.person_id == person_id,
            AddressChange.confirmed_at > now - SETTLED_AFTER,
            AddressChange.taken_back_at.is_(None),
        )
        if session.scalar(moved.limit(1)) is None:
            address = Address(person.address, person.address_key)
            _send(session, _MINE, person, address, network, language=language, office=office, now=now)


def _send(  # noqa: PLR0913 - as above
    session: Session,
    errand: Errand,
    person: Person | None,
    address: Address,
    network: str,
    *,
    language: str,
    office: Office,
    now: datetime,
) -> None:
    person_id = person.id if person else 0
    may_reach = errand.may_reach(bars(session, address.key, office.signer))
    has_ration = draw(session, rations(errand.name, address.key, network), now)
    write_or_pretend(
        session,
        lambda: post(
            session,
            key=f"{errand.name}:{person_id}:{now:%Y%m%dT%H%M%S.%f}",
            kind=errand.name,
            # To nobody goes a letter that is never sent; where it would go must not shape how long it takes.
            address=person.address if person else address.spelled,
            person_id=person_id,
            language=(person.language if person else "") or language,
            wording=errand.letter(office.links, person_id, now),
            values={},
            house=office.house,
            now=now,
        ),
        is_meant=person is not None and may_reach and has_ration,
    )
