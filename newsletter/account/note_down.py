"""What colleagues write down of an account: notes, and what they know of its needs."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.fact import AccountFact
from newsletter.account.known import CODES, DATED, LONGEST, Subject
from newsletter.account.note import Note
from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound


@dataclass(frozen=True, slots=True)
class Fact:
    """What a colleague knows of a subject; an empty value says that it is not known any more."""

    subject: Subject
    value: str
    on_day: date | None = None
    words: str = ""


def note_fact(db: Database, account_id: int, fact: Fact, *, author: str, now: datetime) -> None:
    """Write down what is known from now on. What was known before stays on record.

    Raises NotFound, and BadAnswer for a value the subject does not have or words that are too long.
    """
    value, words = kept_words(fact.value), kept_words(fact.words)
    if value and fact.subject in CODES and value not in CODES[fact.subject]:
        raise BadAnswer("That is none of the answers.", hint="Choose one of the list.")
    with db.write() as session:
        _account(session, account_id)
        session.add(
            AccountFact(
                account_id=account_id,
                subject=fact.subject,
                value=value,
                on_day=fact.on_day if fact.subject in DATED else None,
                words=words,
                author=author,
                noted_at=now,
            )
        )


def write_note(db: Database, account_id: int, unit_id: int | None, text: str, *, author: str, now: datetime) -> None:
    """Leave a note about an account or one of its machines. Raises NotFound, BadAnswer where there is no text."""
    text = kept_words(text)
    if not text:
        raise BadAnswer("There is nothing in the note.")
    with db.write() as session:
        _account(session, account_id)
        unit = session.get(Unit, unit_id) if unit_id else None
        if unit_id and (unit is None or unit.account_id != account_id):
            raise NotFound("There is no such machine at this account.")
        session.add(Note(account_id=account_id, unit_id=unit_id, text=text, author=author, noted_at=now))


def mark_private(db: Database, account_id: int, *, is_private: bool, author: str, now: datetime) -> None:
    """Say whether an account is a private owner rather than a company; a note says who did. Raises NotFound."""
    with db.write() as session:
        account = _account(session, account_id)
        if account.is_private != is_private:
            account.is_private = is_private
            text = f"Marked as {'a private owner' if is_private else 'a company'}."
            session.add(Note(account_id=account_id, unit_id=None, text=text, author=author, noted_at=now))


def kept_words(text: str) -> str:
    """What a colleague wrote, ready to be kept. Raises BadAnswer where it is too long."""
    # Forms send line ends as CRLF, and PostgreSQL keeps no NUL.
    text = text.replace("\r\n", "\n").replace("\0", "").strip()
    if len(text) > LONGEST:
        raise BadAnswer(f"That is longer than {LONGEST:,} characters.", hint="Keep it shorter.")
    return text


def _account(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("There is no such account.")
    return account
