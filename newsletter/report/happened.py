"""The rows behind an account's timeline: the newest of each kind, in a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from newsletter.account.note import Note
from newsletter.audience.consent import Consent
from newsletter.audience.person import Affiliation
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.report.wording import DELIVERIES


@dataclass(frozen=True, slots=True)
class Copy:
    """One delivery to somebody at the account, under the number and title of its bulletin."""

    at: datetime
    person_id: int
    address: str
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
    """What somebody wrote when they left, to the letter."""

    at: datetime
    person_id: int
    delivery_id: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Rows:
    """What happened, newest first. Before `whole_since` there is more that was not fetched; None where this is all."""

    copies: Sequence[Copy]
    consents: Sequence[tuple[datetime, Consent, str]]  # with the topic's name
    texts: Sequence[Written]
    notes: Sequence[Note]
    whole_since: datetime | None


def happened(session: Session, account_id: int, limit: int) -> Rows:
    """At most `limit` rows of each kind around an account."""
    people = select(Affiliation.person_id).where(Affiliation.account_id == account_id)
    copies = _copies(session, people, limit)
    consents = _consents(session, people, limit)
    texts = _texts(session, people, limit)
    notes = session.scalars(
        select(Note).where(Note.account_id == account_id).order_by(Note.noted_at.desc()).limit(limit)
    ).all()
    ends = [
        [copy.at for copy in copies],
        [at for at, _, _ in consents],
        [text.at for text in texts],
        [note.noted_at for note in notes],
    ]
    return Rows(copies, consents, texts, notes, max((end[-1] for end in ends if len(end) == limit), default=None))


def _copies(session: Session, people: Select[int], limit: int) -> list[Copy]:
    at = func.coalesce(Delivery.settled_at, Delivery.due_at).label("at")
    query = (
        select(at, Delivery, Bulletin.number, Version.title)
        .join(Run, Run.id == Delivery.run_id)
        .join(Version, Version.id == Run.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
        .where(Delivery.person_id.in_(people))
        .order_by(at.desc(), Delivery.id.desc())
        .limit(limit)
    )
    return [
        Copy(when, row.person_id, row.address, frozenset(row.unit_ids), number, title, row.state, row.reply)
        for when, row, number, title in session.execute(query)
    ]


def _consents(session: Session, people: Select[int], limit: int) -> list[tuple[datetime, Consent, str]]:
    at = func.coalesce(Consent.happened_at, Consent.recorded_at).label("at")
    query = (
        select(at, Consent, Topic.name)
        .join(Topic, Topic.id == Consent.topic_id)
        .where(Consent.person_id.in_(people))
        .order_by(at.desc(), Consent.id.desc())
        .limit(limit)
    )
    return [(when, fact, topic) for when, fact, topic in session.execute(query)]


def _texts(session: Session, people: Select[int], limit: int) -> list[Written]:
    query = (
        select(Answer.answered_at, OptOut.person_id, OptOut.delivery_id, Answer.text)
        .join(OptOut, OptOut.id == Answer.opt_out_id)
        .where(OptOut.person_id.in_(people), Answer.text != "")
        .order_by(Answer.answered_at.desc(), Answer.id.desc())
        .limit(limit)
    )
    return [Written(*row) for row in session.execute(query)]
