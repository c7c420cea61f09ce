"""Reminding of safety bulletins until the machines are done, somebody leaves, or the limit is reached.

A reminder is outside the consent to marketing: whoever left another topic still gets it. Whoever left everything, or
the very topic the bulletin came with, said no, and gets none.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Update, exists, select, update
from sqlalchemy.orm import Session

from newsletter.audience.consent import ConsentAct, Subscription
from newsletter.audience.person import Person
from newsletter.audience.suppression import Suppression
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.edition import title_of
from newsletter.bulletin.readers import readers
from newsletter.bulletin.source import Source, read_source
from newsletter.bulletin.values import Reader, values_for
from newsletter.checkin.remaining import closed
from newsletter.checkin.reminder import Occasion, Pages, reminder
from newsletter.db import Database, rows_changed
from newsletter.errors import BadLetter, Conflict, Refused
from newsletter.language import negotiate
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.reminding import Reminding, days_later, due_reminders
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import State
from newsletter.ledger.trial import variant_of
from newsletter.links import DoneLink, Links, OptOutLink
from newsletter.post.post import post
from newsletter.post.wording import Writer
from newsletter.staff.audit import AuditEntry

_log = logging.getLogger(__name__)

KIND = "reminder"
AT_ONCE = 50
"""So many copies are looked at in one transaction."""

_LATE = timedelta(days=1)  # after a longer stop the next reminder is reckoned from when this one really went out


class Ended(StrEnum):
    """Why no more reminders go out."""

    LIMIT = "limit"
    STOPPED = "stopped"  # by staff
    CANCELLED = "cancelled"  # with the run


@dataclass(frozen=True, slots=True)
class _Round:
    """One reminder of one run, as it stands while some copies are looked at."""

    row: Reminding
    run: Run
    source: Source
    links: Links
    writer: Writer
    now: datetime


def remind_due(db: Database, links: Links, writer: Writer, now: datetime) -> None:
    """Post the reminders that are due. Any number of engines may do so at once: each copy is reminded of once."""
    for run_id in due_reminders(db, now):
        try:
            while _some(db, run_id, links, writer, now):
                pass
        except Refused as error:  # a text that an upgrade cannot read must not keep the other runs waiting
            _log.error("run %d cannot remind: %s", run_id, error)


def stop_reminding(db: Database, run_id: int, author: str, now: datetime) -> None:
    """Send no more reminders of a run. Raises Conflict where none would go out."""
    with db.write() as session:
        going_on = update(Reminding).where(Reminding.run_id == run_id, Reminding.due_at.is_not(None))
        if not rows_changed(session, going_on.values(due_at=None, ended_because=Ended.STOPPED)):
            raise Conflict(f"Run {run_id} sends no reminders any more.", hint="Nothing was changed.")
        session.add(AuditEntry(at=now, who=author, act="stop reminders", subject=f"run {run_id}"))


def _some(db: Database, run_id: int, links: Links, writer: Writer, now: datetime) -> bool:
    """Remind of the next copies; False when there is nothing more to do now, or another engine is at it."""
    with db.write() as session:
        row = session.get(Reminding, run_id)
        if row is None or row.due_at is None or row.due_at > now:
            return False
        run = session.get_one(Run, run_id)
        copies = _next_copies(session, row)
        if not rows_changed(session, _claim(row, run, copies, now)):
            return False
        if run.state != RunState.CANCELLED and copies:
            source = read_source(session.get_one(Version, run.version_id).source)
            _remind(session, _Round(row, run, source, links, writer, now), copies)
        return bool(copies) and run.state != RunState.CANCELLED


def _claim(row: Reminding, run: Run, copies: Sequence[Delivery], now: datetime) -> Update:
    """The change that only one engine makes: it takes these copies, or ends this reminder or all of them."""
    as_it_was = (
        Reminding.run_id == row.run_id,
        Reminding.due_at == row.due_at,
        Reminding.number == row.number,
        Reminding.after_delivery_id == row.after_delivery_id,
    )
    statement = update(Reminding).where(*as_it_was).execution_options(synchronize_session=False)
    if run.state == RunState.CANCELLED:
        return statement.values(due_at=None, ended_because=Ended.CANCELLED)
    if copies:
        return statement.values(after_delivery_id=copies[-1].id, last_at=now)
    if row.number >= row.at_most:
        return statement.values(due_at=None, ended_because=Ended.LIMIT)
    due_at = row.due_at or now
    begun = due_at if now - due_at < _LATE else now
    following = days_later(begun, row.days, run.zone)
    return statement.values(number=row.number + 1, after_delivery_id=0, due_at=following)


def _next_copies(session: Session, row: Reminding) -> Sequence[Delivery]:
    query = select(Delivery).where(
        Delivery.run_id == row.run_id, Delivery.state == State.ACCEPTED, Delivery.id > row.after_delivery_id
    )
    return session.scalars(query.order_by(Delivery.id).limit(AT_ONCE)).all()


def _remind(session: Session, at: _Round, copies: Sequence[Delivery]) -> None:
    # A copy that was put off for days, or sent again, is young still when the reminders of the others are due.
    old_enough = at.now - timedelta(days=at.row.days / 2)
    due = [copy for copy in copies if copy.person_id and not (copy.settled_at and copy.settled_at > old_enough)]
    may_have = _may_be_reminded(session, at.run, [copy.person_id for copy in due])
    no_longer_open = closed(session, at.source.number, {unit for copy in due for unit in copy.unit_ids})
    left = {copy.person_id: [u for u in copy.unit_ids if u not in no_longer_open] for copy in due}
    people = readers(session, {id_: units for id_, units in left.items() if units and id_ in may_have})
    for copy in due:
        if copy.person_id in people and people[copy.person_id].machines:
            try:
                _post(session, at, copy, people[copy.person_id])
            except BadLetter as error:  # about one reader's values: the others are reminded
                _log.warning("no reminder for copy %d: %s", copy.id, error)


def _may_be_reminded(session: Session, run: Run, person_ids: Sequence[int]) -> set[int]:
    never_again = exists().where(Suppression.address_key == Person.address_key, Suppression.lifted_at.is_(None))
    left = exists().where(
        Subscription.person_id == Person.id,
        Subscription.topic_id == run.topic_id,
        Subscription.state == ConsentAct.WITHDRAWN,
    )
    query = select(Person.id).where(Person.id.in_(person_ids), ~never_again, ~left)
    # Whoever is leaving just now waits for us, and then takes back what we post; or we wait and find them gone.
    return set(session.scalars(query.order_by(Person.id).with_for_update(key_share=True)))


def _as_sent(session: Session, source: Source, copy: Delivery) -> Source:
    """The bulletin in the variant that this copy was."""
    variant = variant_of(session, copy) if source.variants else ""
    return source.other if source.other and variant == source.other.variant else source


def _post(session: Session, at: _Round, copy: Delivery, reader: Reader) -> None:
    section = _as_sent(session, at.source, copy).section_for(reader.language)
    language = negotiate(reader.language, section.language)
    title = " ".join(title_of(section).fill(values_for(reader, section.language, acknowledge_url="")).split())
    sent_at = copy.settled_at or at.run.started_at or at.run.due_at
    number = at.row.number
    occasion = Occasion(at.source.number, title, sent_at.date(), at.row.days, number, at.row.at_most)
    leave = at.links.opt_out(OptOutLink(copy.person_id, at.run.topic_id, copy.id))
    pages = Pages(
        done=at.links.done(DoneLink(copy.person_id, copy.id)),
        view=at.links.view(leave),
        leave=leave,
    )
    wording, values = reminder(occasion, reader.machines, language, pages)
    post(
        session,
        key=f"reminder:{copy.id}:{number}",
        kind=KIND,
        address=reader.address,
        person_id=copy.person_id,
        language=language,
        wording=wording,
        values=values,
        house=at.writer,
        now=at.now,
        leave_link=pages.leave,
    )
