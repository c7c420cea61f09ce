"""Rounds of check-ins: how many answered, and what was learnt of the machines."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Text, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from newsletter.account.account import Account
from newsletter.audience.person import Person
from newsletter.checkin.check_in import CheckIn, CheckInRound, letter_key
from newsletter.errors import NotFound
from newsletter.ledger.concerned import machines_of
from newsletter.ledger.delivery import unit_ids
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.question.rates import Interval, Tally, wilson
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind

LETTERS: dict[str, str] = {
    LetterState.WAITING: "waits to be sent",
    LetterState.TRYING: "is being sent",
    LetterState.SENT: "sent",
    LetterState.REFUSED: "refused by their server",
    LetterState.GIVEN_UP: "given up after many tries",
    LetterState.TAKEN_BACK: "not sent: they left before",
    LetterState.IN_DOUBT: "sent, but their server never confirmed it",
}


@dataclass(frozen=True, slots=True)
class RoundHead:
    """One round in a list. `answers` counts the letters that may have arrived, and those that were answered."""

    id: int
    author: str
    started_at: datetime
    asked: int
    answers: Tally

    @property
    def between(self) -> Interval:
        """Where the share that answers lies, with 95 % confidence."""
        return wilson(self.answers)


@dataclass(frozen=True, slots=True)
class AskedAccount:
    """One account of a round: whom we asked and why, what became of the letter, what they said.

    `person` is empty where they were erased; `said` is by machine, and its values are codes of answers.
    """

    number: str
    name: str
    person: str
    because: str
    letter: str
    answered_at: datetime | None
    is_not_me: bool
    said: Mapping[str, str]
    words: str


@dataclass(frozen=True, slots=True)
class RoundInFull:
    """A round with its accounts, those that answered first; `learnt` counts machines by the code of the answer."""

    head: RoundHead
    silent_months: int
    learnt: Mapping[str, int]
    not_me: int
    accounts: tuple[AskedAccount, ...]


def rounds(session: Session, *, limit: int) -> list[RoundHead]:
    """The rounds, newest first, at most `limit`."""
    found = session.scalars(select(CheckInRound).order_by(CheckInRound.id.desc()).limit(limit)).all()
    return _heads(session, found)


def round_in_full(session: Session, round_id: int) -> RoundInFull:
    """One round. Raises NotFound."""
    row = session.get(CheckInRound, round_id)
    if row is None:
        raise NotFound(f"There is no round {round_id} of check-ins.")
    query = (
        select(CheckIn, Account, Person, PostedLetter.state)
        .join(Account, Account.id == CheckIn.account_id)
        .outerjoin(Person, Person.id == CheckIn.person_id)
        .outerjoin(PostedLetter, PostedLetter.key == _key())
        .where(CheckIn.round_id == round_id)
        .order_by(CheckIn.answered_at.is_(None), Account.number)
    )
    found = session.execute(query).all()
    said = _last_words(session, [check_in for check_in, *_ in found])
    accounts = [
        AskedAccount(
            number=account.number,
            name=account.name,
            person=person.name if person else "",
            because=check_in.because,
            letter=LETTERS.get(state or "", "no longer on record"),
            answered_at=check_in.answered_at,
            is_not_me=check_in.not_me_at is not None,
            said=said[check_in.id],
            words=check_in.words,
        )
        for check_in, account, person, state in found
    ]
    return RoundInFull(
        head=_heads(session, [row])[0],
        silent_months=row.silent_months,
        learnt=Counter(code for one in accounts for code in one.said.values()),
        not_me=sum(one.is_not_me for one in accounts),
        accounts=tuple(accounts),
    )


def _heads(session: Session, rows: Sequence[CheckInRound]) -> list[RoundHead]:
    never = PostedLetter.state.in_([LetterState.REFUSED, LetterState.GIVEN_UP, LetterState.TAKEN_BACK])
    may_have_arrived = or_(~never, PostedLetter.id.is_(None), CheckIn.answered_at.is_not(None))
    query = (
        select(CheckIn.round_id, func.count(), func.count().filter(may_have_arrived), func.count(CheckIn.answered_at))
        .outerjoin(PostedLetter, PostedLetter.key == _key())
        .where(CheckIn.round_id.in_([row.id for row in rows]))
        .group_by(CheckIn.round_id)
    )
    counts = {id_: (asked, Tally(arrived, answered)) for id_, asked, arrived, answered in session.execute(query)}
    return [RoundHead(row.id, row.author, row.started_at, *counts.get(row.id, (0, Tally(0, 0)))) for row in rows]


def _key() -> ColumnElement[str]:
    return literal(letter_key("")).concat(cast(CheckIn.id, Text))


def _last_words(session: Session, asked: Sequence[CheckIn]) -> Mapping[int, Mapping[str, str]]:
    """The last answer about each machine by its name, by check-in."""
    later = aliased(Evidence)
    query = select(Evidence.key, Evidence.unit_id, Evidence.detail).where(
        Evidence.account_id.in_({one.account_id for one in asked}),
        Evidence.kind == Kind.CHECK_IN_ANSWER,
        ~exists().where(later.supersedes_id == Evidence.id),
    )
    machines = machines_of(session, {id_ for one in asked for id_ in unit_ids(one.units)})
    names = {machine.unit_id: f"{machine.model} {machine.serial}" for machine in machines}
    check_ins = {one.letter_key: one.id for one in asked}
    said: dict[int, dict[str, str]] = {one.id: {} for one in asked}
    for key, unit_id, detail in session.execute(query):
        occasion = key.rpartition(":")[0]
        if occasion in check_ins and unit_id in names:
            said[check_ins[occasion]][names[unit_id]] = detail
    return said
