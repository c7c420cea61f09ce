"""The cast with something to choose it by: agreements, verdicts, languages, answers, a bulletin that was read."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.agreement import Agreement
from newsletter.audience.consent import ConsentAct
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import MutedUnit
from newsletter.audience.suppression import Suppression
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.db import Base
from newsletter.hit.hit import Hit
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.segment.choosing import select_of
from newsletter.segment.definition import About, Condition, Definition, Group, How, Join, Node
from newsletter.segment.table import Listed, SegmentList, SegmentListValue
from newsletter.signal.verdict import Verdict
from tests import cast

PEOPLE = ("nora", "omar", "una", "pia", "ines", "bela")
UNITS = ("a100231", "a103000", "c77", "a100500", "a100900", "c90")


def all_(*parts: Node) -> Group:
    return Group(Join.ALL, parts)


def any_(*parts: Node) -> Group:
    return Group(Join.ANY, parts)


def model(*models: str) -> Condition:
    return Condition(About.MODEL, models)


def country(*codes: str) -> Condition:
    return Condition(About.COUNTRY, codes)


def language(*codes: str) -> Condition:
    return Condition(About.LANGUAGE, codes)


def agreement(how: How, months: int = 0) -> Condition:
    return Condition(About.AGREEMENT, how=how, months=months)


def bulletin(how: How, *numbers: str) -> Condition:
    return Condition(About.BULLETIN, numbers, how)


def firmware(how: How, *versions: str) -> Condition:
    return Condition(About.FIRMWARE, versions, how)


@dataclass(frozen=True, slots=True)
class Told:
    """The cast and what to call it by."""

    house: cast.Cast
    now: datetime

    def people(self, session: Session, definition: Definition | Node) -> set[str]:
        """Who is chosen, by name."""
        found = set(session.scalars(select_of(session, _whole(definition), self.now).people))
        return {name for name in PEOPLE if getattr(self.house, name).id in found}

    def units(self, session: Session, definition: Definition | Node) -> set[str] | None:
        """Which machines it can be about, by name; None: any."""
        units = select_of(session, _whole(definition), self.now).units
        found = None if units is None else set(session.scalars(units))
        return None if found is None else {name for name in UNITS if getattr(self.house, name).id in found}


def tell(session: Session, now: datetime) -> Told:
    """Put everything into a session; flushed."""
    house = cast.play(session, now)
    _add(session, *_machines(house, now))
    house.nora.language, house.ines.language, house.pia.language = "de", "de-AT", "en"
    house.a100231.firmware, house.a100500.firmware, house.c77.firmware = "4.2", "V4.10", "4.10.1"
    house.a100900.firmware = "-"
    cast.consent(session, house.nora, house.safety, ConsentAct.GRANTED, now)
    _answers(session, house, now)
    _read(session, house, now)
    _lists(session, now)
    session.flush()
    return Told(house, now)


def _whole(definition: Definition | Node) -> Definition:
    return definition if isinstance(definition, Definition) else Definition(definition)


def _add(session: Session, *rows: Base) -> None:
    session.add_all(rows)
    session.flush()


def _machines(house: cast.Cast, now: datetime) -> list[Base]:
    ends = {house.a100231: 400, house.a100500: 50, house.c77: -1, house.a100900: 0}
    judged = {house.a100231: ("in_use", 10), house.a100500: ("backup", 700), house.a100900: ("not_in_use", 366)}
    return [
        *(
            Agreement(unit_id=unit.id, until=(now + timedelta(days=days)).date(), source="erp", recorded_at=now)
            for unit, days in ends.items()
        ),
        *(
            Verdict(
                account_id=unit.account_id,
                unit_id=unit.id,
                state=state,
                p_used=0.5,
                weighed_at=now,
                last_sign_at=now - timedelta(days=days),
            )
            for unit, (state, days) in judged.items()
        ),
        # Not of a machine but of an account: it must not stand for each of its machines.
        Verdict(account_id=house.north.id, unit_id=0, state="in_use", p_used=0.9, weighed_at=now, last_sign_at=now),
    ]


def _answers(session: Session, house: cast.Cast, now: datetime) -> None:
    for person, codes in ((house.omar, ("too_many", "not_used")), (house.una, ("backup",))):
        left = OptOut(person_id=person.id, topic_id=house.bulletins.id, way="page", left_at=now)
        _add(session, left)
        for code in codes:
            told = {"question": "why", "code": code, "wording_version": 2, "language": "en", "answered_at": now}
            _add(session, Answer(opt_out_id=left.id, **told))


def _read(session: Session, house: cast.Cast, now: datetime) -> None:
    written = Bulletin(number="TB-0", created_at=now)
    _add(session, written)
    version = Version(
        bulletin_id=written.id, revision=1, title="Old", source="", author="mara", written_at=now, frozen_at=now
    )
    _add(session, version)
    run = sent_run(house.bulletins, version, now)
    _add(session, run)
    for person, state in ((house.nora, "accepted"), (house.pia, "accepted"), (house.ines, "refused")):
        copy = sent_copy(run, person, state, now)
        _add(session, copy)
        verdict = {"nora": "machine", "pia": "human", "ines": "human"}[person.first_name.lower()]
        kind = "trap" if person is house.ines else "view"
        _add(session, Hit(at=now, method="GET", kind=kind, person_id=person.id, delivery_id=copy.id, verdict=verdict))


def sent_run(topic: Topic, version: Version, now: datetime) -> Run:
    told = {"state": "finished", "due_at": now, "seed": "s", "author": "mara", "created_at": now}
    return Run(version_id=version.id, topic_id=topic.id, **told)


def sent_copy(run: Run, person: Person, state: str, now: datetime) -> Delivery:
    told = {"batch": 0, "address": person.address, "units": "", "state": state, "due_at": now}
    return Delivery(run_id=run.id, person_id=person.id, **told)


def _lists(session: Session, now: datetime) -> None:
    for key, kind, values in (
        ("recall", Listed.SERIALS, ("A100231", "C90", "X1")),
        ("fair", Listed.ACCOUNTS, ("K2", "K5", "K99")),
    ):
        brought = SegmentList(key=key, name=f"The {key}", kind=kind, author="mara", written_at=now)
        _add(session, brought)
        _add(session, *(SegmentListValue(list_id=brought.id, value=value) for value in values))


def version_of(session: Session, number: str) -> Version:
    return session.scalars(select(Version).join(Bulletin).where(Bulletin.number == number)).one()


__all__ = ["PEOPLE", "UNITS", "Affiliation", "MutedUnit", "SegmentList", "Suppression", "Told", "tell"]
