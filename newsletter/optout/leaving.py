import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.account.serial import masked_serials
from newsletter.audience.address import masked
from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.audience.wishing import preference_of
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.errors import NotFound, Refused
from newsletter.ledger.concerned import copy_to
from newsletter.ledger.run import Run
from newsletter.links import OptOutLink
from newsletter.optout.about import MOST, asked_about
from newsletter.optout.answer import changeable_until
from newsletter.optout.claims import can_be_placed
from newsletter.optout.offers import offers
from newsletter.optout.opt_out import OptOut
from newsletter.optout.standing import NOBODY, is_from_everything, standing
from newsletter.optout.undo import Instead, pauses_on_offer, undoable
from newsletter.question.meaning import left_open
from newsletter.question.reasons import Question, UnitAnswer
from newsletter.question.said import Said, what_was_said

_log = logging.getLogger(__name__)
_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class NamedMachine:
    """One machine to ask about. `unit_id` None, without model and serial, is the machine of a mail that named none."""

    unit_id: int | None
    model: str
    serial: str  # masked
    answer: UnitAnswer | None


@dataclass(frozen=True, slots=True)
class Asked:
    """The question as it stands: what was said, what that leaves open, and until when it can be changed."""

    said: Said
    open: tuple[Question, ...]
    machines: tuple[NamedMachine, ...]
    until: datetime
    is_changeable: bool


@dataclass(frozen=True, slots=True)
class Leaving:
    """What the opt-out page shows. `topic` is empty where the topic is gone, `languages` are wishes, best first.

    `asked` is None before they left, and where the answers cannot be read: the opt-out stands and is shown without.
    `undo_mark` names what `undo` would take back, None where nothing can be; `pauses` says until when each offer would.
    """

    address: str  # masked
    topic: str
    languages: tuple[str, ...]
    has_left: bool
    has_left_everything: bool
    asked: Asked | None
    undo_mark: int | None
    offers: tuple[Instead, ...]
    pauses: Mapping[Instead, date]
    no_contact: bool


def leaving(session: Session, link: OptOutLink, now: datetime) -> Leaving:
    """How things stand between a link's person and its topic. Raises NotFound when the person is gone."""
    person = session.get(Person, link.person_id)
    if person is None:
        raise NotFound(NOBODY)
    topics = [topic.name for topic_id in link.topic_ids if (topic := session.get(Topic, topic_id))]
    left = standing(session, link)
    asked = _if_readable(session, lambda: _asked(session, left, now)) if left else None
    mark = _if_readable(session, lambda: undoable(session, link, left, now)) if left else None
    fitting = offers(asked.said.reason) if asked and mark is not None else ()
    return Leaving(
        address=masked(person.address),
        topic=", ".join(topics),
        languages=(person.language, _if_readable(session, lambda: language_of_copy(session, link)) or ""),
        has_left=left is not None,
        has_left_everything=left is not None and is_from_everything(session, left, person),
        asked=asked,
        undo_mark=mark,
        offers=fitting,
        pauses=pauses_on_offer(session, person, now),
        no_contact=bool(_if_readable(session, lambda: preference_of(session, person.id).no_contact_since is not None)),
    )


def _if_readable(session: Session, read: Callable[[], _Read]) -> _Read | None:
    """What can be read, or None where a table behind it is broken: nothing there may hide an opt-out."""
    try:
        with session.begin_nested():
            return read()
    except SQLAlchemyError:
        _log.exception("Part of an opt-out page cannot be read.")
        return None


def _asked(session: Session, left: OptOut, now: datetime) -> Asked:
    about = asked_about(session, left.person_id, left.delivery_id)
    said = what_was_said(session, left.id)
    listed = about.machines[:MOST]
    masked_serial = masked_serials(m.serial for m in listed)
    machines = tuple(
        NamedMachine(m.unit_id, m.model, masked_serial[m.serial], said.machines.get(m.unit_id)) for m in listed
    )
    if can_be_placed(about.machines, about.account_ids):
        machines = (NamedMachine(None, "", "", said.machines.get(None)),)
    # Before a reason is given, only machines that can be named are asked about.
    unasked = (Question.MACHINE,) if about.machines else ()
    open_ = left_open(said.reason, len(machines)) if said.reason else unasked
    if not machines:
        open_ = tuple(question for question in open_ if question is not Question.MACHINE)
    until = changeable_until(left)
    return Asked(said, open_, machines, until, is_changeable=now <= until)


def language_of_copy(session: Session, link: OptOutLink) -> str:
    """The language of the bulletin a link came with; empty where it is gone."""
    delivery = copy_to(session, link.person_id, link.delivery_id)
    run = session.get(Run, delivery.run_id) if delivery else None
    version = session.get(Version, run.version_id) if run else None
    try:
        return read_source(version.source).sections[0].language if version else ""
    except Refused:
        return ""
