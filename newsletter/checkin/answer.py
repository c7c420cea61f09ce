"""The page behind a check-in letter: what is told of each machine, "I am not the right person", their own words."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.checkin.check_in import CheckIn
from newsletter.checkin.pulse import Pulse, Tap, asked_pulse, tell_pulse
from newsletter.checkin.telling import AskedMachine, Occasion, Telling, asked_machines, tell
from newsletter.db import Database
from newsletter.errors import BadAnswer, NotFound
from newsletter.language import sentence
from newsletter.ledger.concerned import OTHER_MACHINE, Machine, machines_of
from newsletter.ledger.delivery import unit_ids
from newsletter.links import CheckInLink
from newsletter.question.text import kept_text
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note

SOURCE = "check-in"
NOBODY = sentence("This link leads nowhere.")
NOT_KEPT = sentence("We can keep up to 2,000 characters. Please shorten your text and send it again.")


@dataclass(frozen=True, slots=True)
class CheckInPage:
    """What the page shows: the person's language, the machines, and what was said so far."""

    language: str
    person_id: int
    machines: tuple[AskedMachine, ...]
    is_not_me: bool
    words: str
    pulse: Pulse | None


def check_in_page(session: Session, link: CheckInLink, now: datetime) -> CheckInPage:
    """How things stand; who answered is asked the pulse. Raises NotFound when letter or person is gone."""
    check_in = _found(session, link)
    person = session.get_one(Person, link.person_id)
    machines = asked_machines(session, check_in.letter_key, _machines(session, check_in))
    has_told = any(machine.answer for machine in machines)
    return CheckInPage(
        language=person.language,
        person_id=person.id,
        machines=machines,
        is_not_me=check_in.not_me_at is not None,
        words=check_in.words,
        pulse=asked_pulse(session, check_in.letter_key, person.id, now) if has_told else None,
    )


def tell_check_in(db: Database, link: CheckInLink, unit_id: int, telling: Telling, now: datetime) -> None:
    """Note what somebody tells of one machine. Raises BadAnswer for a machine the letter did not name, NotFound."""
    with db.write() as session:
        check_in = _found(session, link)
        machine = next((m for m in _machines(session, check_in) if m.unit_id == unit_id), None)
        if machine is None:
            raise BadAnswer(OTHER_MACHINE)
        occasion = Occasion(check_in.letter_key, Kind.CHECK_IN_ANSWER, SOURCE, check_in.person_id)
        tell(session, occasion, machine, telling, now)
        check_in.answered_at = check_in.answered_at or now


def say_not_me(db: Database, link: CheckInLink, now: datetime) -> None:
    """Note that somebody is not the right person: nobody asks them about this account again. Raises NotFound."""
    with db.write() as session:
        check_in = _found(session, link)
        if check_in.not_me_at is None:
            note(session, _not_me(check_in, now), now)
            check_in.not_me_at = now
            check_in.answered_at = check_in.answered_at or now


def tell_check_in_pulse(db: Database, link: CheckInLink, tap: Tap, now: datetime) -> None:
    """Note how content they are, or whether a competitor was in touch. Raises NotFound."""
    with db.write() as session:
        check_in = _found(session, link)
        tell_pulse(session, check_in.letter_key, link.person_id, [check_in.account_id], tap, now)


def keep_words(db: Database, link: CheckInLink, words: str, now: datetime) -> None:
    """Keep somebody's own words, in place of those before. Raises BadAnswer for what cannot be kept, NotFound."""
    with db.write() as session:
        check_in = _found(session, link)
        check_in.words = _kept(words)
        check_in.answered_at = check_in.answered_at or now


def _kept(words: str) -> str:
    try:
        return kept_text(words)
    except BadAnswer as error:  # its own sentence speaks of leaving
        raise BadAnswer(NOT_KEPT) from error


def _found(session: Session, link: CheckInLink) -> CheckIn:
    check_in = session.get(CheckIn, link.check_in_id)
    if check_in is None or check_in.person_id != link.person_id:  # erased, or forged with a key of ours
        raise NotFound(NOBODY)
    return check_in


def _machines(session: Session, check_in: CheckIn) -> tuple[Machine, ...]:
    return machines_of(session, unit_ids(check_in.units))


def _not_me(check_in: CheckIn, now: datetime) -> Observation:
    return Observation(
        key=f"{check_in.letter_key}:not-me",
        account_id=check_in.account_id,
        unit_id=None,
        person_id=check_in.person_id,
        kind=Kind.CONTACT_LEFT,
        says=None,
        detail="wrong_person",
        observed_at=now,
        source=SOURCE,
    )
