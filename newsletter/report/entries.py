"""What stands on a timeline beside evidence: one row of one table, or what is needed of several."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, func

from newsletter.account.contact import Contact
from newsletter.account.fact import AccountFact
from newsletter.account.note import Note
from newsletter.audience.consent import Consent
from newsletter.audience.preferences import Wish
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.followup.follow_up import FollowUp, FollowUpStep
from newsletter.ledger.delivery import Delivery, unit_ids
from newsletter.ledger.run import Run
from newsletter.post.posted import PostedLetter
from newsletter.report.wording import DELIVERIES

_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class Copy:
    """One delivery to somebody at the account, under the number and title of its bulletin."""

    at: datetime
    person_id: int
    unit_ids: frozenset[int]
    number: str
    title: str
    state: str
    reply: str

    @property
    def outcome(self) -> str:
        """The state in words."""
        return DELIVERIES[self.state]


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote, to the letter, and on which occasion."""

    person_id: int | None
    text: str
    occasion: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """A consent with the name of its topic."""

    fact: Consent
    topic: str


@dataclass(frozen=True, slots=True)
class Worked:
    """One step of work with the work itself."""

    step: FollowUpStep
    work: FollowUp


Told = Copy | Written | Agreed | Wish | PostedLetter | Note | AccountFact | Contact | Worked


def copies_of(query: _Query) -> _Query:
    """A query of deliveries with what a `Copy` needs of each."""
    return (
        query.join(Run, Run.id == Delivery.run_id)
        .join(Version, Version.id == Run.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
    )


COPY_AT = func.coalesce(Delivery.settled_at, Delivery.due_at)
COPY = (Delivery.person_id, Delivery.units, Bulletin.number, Version.title, Delivery.state, Delivery.reply)


def copy_from(at: datetime, row: Sequence[Any]) -> Copy:
    """A copy from the columns of `COPY`."""
    person_id, units, number, title, state, reply = row
    return Copy(at, person_id, frozenset(unit_ids(units)), number, title, state, reply)
