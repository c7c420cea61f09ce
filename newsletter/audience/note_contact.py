"""Writing down that we were in touch with an account."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.contact import About, Contact, Means
from newsletter.account.note_down import kept_words
from newsletter.audience.person import Affiliation
from newsletter.db import Database
from newsletter.errors import BadTime, NotFound

_AHEAD = timedelta(days=1)  # where the colleague is, it may be tomorrow already


@dataclass(frozen=True, slots=True)
class Touch:
    """A call, a visit or a mail of a day; `person_id` None where it does not matter with whom."""

    person_id: int | None
    means: Means
    about: About
    day: date
    words: str = ""


def note_contact(db: Database, account_id: int, touch: Touch, *, author: str, now: datetime) -> None:
    """Write it down. Raises NotFound, BadTime for a day to come, BadAnswer for words that are too long."""
    with db.write() as session:
        add_contact(session, account_id, touch, author=author, now=now)


def add_contact(session: Session, account_id: int, touch: Touch, *, author: str, now: datetime) -> None:
    """The same within a transaction. Does not commit."""
    if touch.day > (now + _AHEAD).date():
        raise BadTime("That day is still to come.", hint="Write down when it was.")
    if session.get(Account, account_id) is None:
        raise NotFound("There is no such account.")
    if touch.person_id is not None and session.get(Affiliation, (touch.person_id, account_id)) is None:
        raise NotFound("Nobody by that name stands at this account.")
    session.add(
        Contact(
            account_id=account_id,
            person_id=touch.person_id,
            means=touch.means,
            about=touch.about,
            happened_at=datetime.combine(touch.day, time(), UTC),
            words=kept_words(touch.words),
            author=author,
            noted_at=now,
        )
    )
