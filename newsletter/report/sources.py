"""What a timeline tells of, each source by a query of its own: at most a page of rows, newest first."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from sqlalchemy import Select, SQLColumnExpression, exists, func, or_, select
from sqlalchemy.orm import Session

from newsletter.account.contact import Contact
from newsletter.account.fact import AccountFact
from newsletter.account.note import Note
from newsletter.audience.consent import Consent
from newsletter.audience.person import Affiliation
from newsletter.audience.preferences import Wish
from newsletter.audience.topic import Topic
from newsletter.checkin.check_in import CheckIn
from newsletter.followup.follow_up import FollowUp, FollowUpStep
from newsletter.ledger.delivery import Delivery
from newsletter.optout.opt_out import OptOut
from newsletter.post.posted import PostedLetter
from newsletter.question.answer import Answer
from newsletter.report.entries import COPY, COPY_AT, Agreed, Told, Worked, Written, copies_of, copy_from
from newsletter.report.place import Part, Place, Source
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind

_AT_ONCE = 500
_Query = TypeVar("_Query", bound=Select[*tuple[Any, ...]])


Entries = list[tuple[Place, Told]]
_Source = Callable[[Session, int, Part, frozenset[int]], Entries]


def entries(session: Session, account_id: int, part: Part, units: frozenset[int]) -> Iterator[tuple[Place, Told]]:
    """What the part holds of every source, in no order. `units` are those of the account."""
    for source, fetch in _SOURCES.items():
        if source in part.sources:
            yield from fetch(session, account_id, part, units)


def _people(account_id: int) -> Select[int]:
    return select(Affiliation.person_id).where(Affiliation.account_id == account_id)


def _newest(
    query: _Query, source: Source, at: SQLColumnExpression[Any], id_: SQLColumnExpression[Any], part: Part
) -> _Query:
    """The rows of a query that belong to a part, newest first."""
    if part.until is not None:
        query = query.where(at <= part.until)
    if part.after is not None:
        query = query.where(at < part.after.at if source > part.after.source else at <= part.after.at)
        if source == part.after.source:
            query = query.where(or_(at < part.after.at, id_ < part.after.id))
    return query.order_by(at.desc(), id_.desc()).limit(part.length)


def _copies(session: Session, account_id: int, part: Part, units: frozenset[int]) -> Entries:
    found: Entries = []
    base = copies_of(select(COPY_AT, Delivery.id, *COPY)).where(Delivery.person_id.in_(_people(account_id)))
    step = Part(part.after, part.until, part.sources, max(part.length, _AT_ONCE))
    while True:
        rows = session.execute(_newest(base, Source.COPY, COPY_AT, Delivery.id, step)).all()
        for at, id_, *row in rows:
            copy = copy_from(at, row)
            # A fitter works for several accounts, and is written to about the machines of others, too.
            if not copy.unit_ids or copy.unit_ids & units:
                found.append((Place(at, Source.COPY, id_), copy))
        if len(found) >= part.length or len(rows) < step.length:
            return found[: part.length]
        step = Part(Place(rows[-1][0], Source.COPY, rows[-1][1]), part.until, part.sources, step.length)


def _consents(session: Session, account_id: int, part: Part, _units: frozenset[int]) -> Entries:
    at = func.coalesce(Consent.happened_at, Consent.recorded_at)
    # Who leaves withdraws a consent; the opt-out says so already.
    left = exists().where(
        Evidence.account_id == account_id,
        Evidence.kind == Kind.OPT_OUT,
        Evidence.person_id == Consent.person_id,
        Evidence.observed_at == Consent.recorded_at,
    )
    query = select(at, Consent, Topic.name).join(Topic, Topic.id == Consent.topic_id)
    query = query.where(Consent.person_id.in_(_people(account_id)), ~left)
    rows = session.execute(_newest(query, Source.CONSENT, at, Consent.id, part))
    return [(Place(when, Source.CONSENT, fact.id), Agreed(fact, topic)) for when, fact, topic in rows]


def _words(session: Session, account_id: int, part: Part, _units: frozenset[int]) -> Entries:
    # Somebody of several accounts wrote it to one of them: the one whose evidence names the same copy.
    here = exists().where(
        Evidence.account_id == account_id,
        Evidence.person_id == OptOut.person_id,
        Evidence.delivery_id.is_not_distinct_from(OptOut.delivery_id),
    )
    query = select(Answer.answered_at, Answer.id, OptOut.person_id, Answer.text)
    query = query.join(OptOut, OptOut.id == Answer.opt_out_id)
    query = query.where(OptOut.person_id.in_(_people(account_id)), Answer.text != "", here)
    rows = session.execute(_newest(query, Source.WORDS, Answer.answered_at, Answer.id, part))
    return [(Place(at, Source.WORDS, id_), Written(who, text, "when leaving")) for at, id_, who, text in rows]


def _check_ins(session: Session, account_id: int, part: Part, _units: frozenset[int]) -> Entries:
    query = select(CheckIn.answered_at, CheckIn.id, CheckIn.person_id, CheckIn.words)
    query = query.where(CheckIn.account_id == account_id, CheckIn.words != "", CheckIn.answered_at.is_not(None))
    rows = session.execute(_newest(query, Source.CHECK_IN, CheckIn.answered_at, CheckIn.id, part))
    occasion = "when we asked whether it is still running"
    return [(Place(at, Source.CHECK_IN, id_), Written(who, text, occasion)) for at, id_, who, text in rows if at]


def _work(session: Session, account_id: int, part: Part, _units: frozenset[int]) -> Entries:
    query = select(FollowUpStep, FollowUp).join(FollowUp, FollowUp.id == FollowUpStep.follow_up_id)
    query = query.where(FollowUp.account_id == account_id)
    rows = session.execute(_newest(query, Source.WORK, FollowUpStep.at, FollowUpStep.id, part))
    return [(Place(step.at, Source.WORK, step.id), Worked(step, work)) for step, work in rows]


def _of_people(table: type[Wish | PostedLetter], source: Source, at: str) -> _Source:
    def fetch(session: Session, account_id: int, part: Part, _units: frozenset[int]) -> Entries:
        query = select(table).where(table.person_id.in_(_people(account_id)))
        rows: Iterable[Any] = session.scalars(_newest(query, source, getattr(table, at), table.id, part))
        return [(Place(getattr(row, at), source, row.id), row) for row in rows]

    return fetch


def _of_account(table: type[Note | AccountFact | Contact], source: Source, at: str) -> _Source:
    def fetch(session: Session, account_id: int, part: Part, _units: frozenset[int]) -> Entries:
        query = select(table).where(table.account_id == account_id)
        rows: Iterable[Any] = session.scalars(_newest(query, source, getattr(table, at), table.id, part))
        return [(Place(getattr(row, at), source, row.id), row) for row in rows]

    return fetch


_SOURCES: dict[Source, _Source] = {
    Source.COPY: _copies,
    Source.CONSENT: _consents,
    Source.WORDS: _words,
    Source.CHECK_IN: _check_ins,
    Source.WORK: _work,
    Source.WISH: _of_people(Wish, Source.WISH, "wished_at"),
    Source.LETTER: _of_people(PostedLetter, Source.LETTER, "posted_at"),
    Source.NOTE: _of_account(Note, Source.NOTE, "noted_at"),
    Source.FACT: _of_account(AccountFact, Source.FACT, "noted_at"),
    Source.CONTACT: _of_account(Contact, Source.CONTACT, "happened_at"),
}
