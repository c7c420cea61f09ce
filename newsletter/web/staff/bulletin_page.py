"""One bulletin on one page, whoever asked for it: a link, or a form that was filled in wrong."""

from dataclasses import dataclass
from datetime import datetime

from flask import render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.address import read_address
from newsletter.audience.person import Person
from newsletter.audience.segment import Audience, left_out, reach
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import Source, read_source
from newsletter.errors import BadAddress, BadBulletin, BadLetter, NotFound
from newsletter.ledger.preview import preview, some_readers
from newsletter.ledger.sample import Sample
from newsletter.message.letter import Letter
from newsletter.report.bulletins import runs_of
from newsletter.report.concerned_machines import known_models
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.asked_when import Asked

NAMED = 200
"""So many people are listed by name; all are counted."""


@dataclass(frozen=True, slots=True)
class Look:
    """The bulletin as one person gets it: the letter, or in `problem` why there is none; `other` is variant b."""

    readers: list[Person]
    person: Person | None
    letter: Letter | None
    problem: str
    other: Letter | None = None


def bulletin_page(number: str, *, status: int = 200, test_address: str = "", wrong: str = "") -> tuple[str, int]:
    """The page of a bulletin; `wrong` says what was wrong with the address of a test mail. Raises NotFound."""
    headers.allow(frame_src="'self'")
    with house().db.read() as session:
        version = parts.version_of(session, number)
        shown = {
            "number": number,
            "version": version,
            "source": read_source(version.source),
            "runs": runs_of(session, version.bulletin_id),
            "samples": _samples(session, version),
            "test_address": test_address or parts.author(),
            "wrong": wrong,
            "zones": parts.zones(),
            "asked": Asked().of_variants(read_source(version.source)).shown,
            **_judged(session, version),
        }
    return render_template("staff/bulletins/bulletin.html", **shown), status


def _judged(session: Session, version: Version) -> dict[str, object]:
    """Whom the bulletin reaches; only the `problem` where it could not be sent at all."""
    source = read_source(version.source)
    try:
        topic, audience = parts.desk().checked(session, source, "", version.bulletin_id, parts.now())
    except BadBulletin as error:
        return {"problem": error}
    known = known_models(session)
    return {
        "problem": None,
        "topic": topic,
        "reach": reach(session, audience),
        "segment": audience.chosen,
        "names_machines": audience.names_machines,
        "left_out": left_out(session, audience, NAMED),
        "unknown_models": [model for model in source.models if model not in known],
        "look": _look(session, source, topic, audience, version.frozen_at),
    }


def _look(session: Session, source: Source, topic: Topic, audience: Audience, frozen_at: datetime | None) -> Look:
    readers = some_readers(session, audience)
    try:
        person = _chosen(session, readers)
    except (BadAddress, NotFound) as error:
        return Look(readers, None, None, str(error))
    if person is None:
        return Look(readers, None, None, "")
    try:
        each = parts.desk().press(source, topic, "preview", frozen_at).each
        letter, *others = [preview(session, press, audience, person.id, parts.now()) for press in each]
        return Look(readers, person, letter, "", *others)
    except (BadLetter, NotFound) as error:
        return Look(readers, person, None, str(error))


def _chosen(session: Session, readers: list[Person]) -> Person | None:
    """Whom the address line names, else the first reader. Raises BadAddress, and NotFound for a stranger."""
    if address := request.args.get("address", "").strip():
        key = read_address(address).key
        person = session.scalar(select(Person).where(Person.address_key == key))
        if person is None:
            raise NotFound(f"Nobody with the address {address} is known.")
        return person
    if asked_for := parts.id_from(request.values.get("reader")):
        return session.get(Person, asked_for)
    return readers[0] if readers else None


def _samples(session: Session, version: Version) -> list[tuple[Sample, str]]:
    """The newest test mails of this version, with the name of whom each was set for."""
    query = select(Sample, Person).join(Person, Person.id == Sample.as_person_id)
    rows = session.execute(query.where(Sample.version_id == version.id).order_by(Sample.id.desc()).limit(5))
    return [(sample, person.name) for sample, person in rows]
