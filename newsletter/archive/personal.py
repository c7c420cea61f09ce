"""A letter in a browser: the text as it was sent, with what we know of its reader today."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.archive.showing import Shown, show_to, show_to_anybody
from newsletter.audience.person import Person
from newsletter.audience.segment import units_of
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.readers import readers
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Reader, values_for
from newsletter.bulletin.write import topic_of
from newsletter.errors import NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.digest import DigestEntry
from newsletter.ledger.run import Run
from newsletter.ledger.start import audience_of
from newsletter.ledger.trial import variant_of, winner_of_version
from newsletter.links import DoneLink, Links, OptOutLink, ViewLink

_GONE = "The letter of this link is gone."


@dataclass(frozen=True, slots=True)
class Letter:
    """The letter. `machines` are those it speaks of; `opt_out_url` is empty where it is nobody's any more."""

    shown: Shown
    wish: str  # the reader's language
    machines: tuple[str, ...]
    opt_out_url: str


@dataclass(frozen=True, slots=True)
class _Copy:
    """A version, the topic it went to, and whose copy it is; `reader` is None where it is nobody's any more."""

    version: Version
    topic: Topic
    reader: Reader | None
    variant: str = ""


def letter_of(session: Session, link: ViewLink, links: Links, now: datetime) -> Letter:
    """The letter of a link: without anybody's data where the reader is gone. Raises NotFound where the letter is."""
    copy = _sent(session, link) if link.delivery_id else _gathered(session, link, now)
    source, reader = read_source(copy.version.source, copy.variant), copy.reader
    if reader is None:
        return Letter(show_to_anybody(copy.version.id, source, "", links.pictures), "", (), "")
    done = links.done(DoneLink(link.person_id, link.delivery_id)) if link.delivery_id else ""
    language = source.section_for(reader.language).language
    return Letter(
        shown=show_to(source, reader, values_for(reader, language, acknowledge_url=done), links.pictures),
        wish=reader.language,
        machines=tuple(f"{machine.model} {machine.serial}" for machine in reader.machines),
        opt_out_url=links.opt_out(OptOutLink(link.person_id, copy.topic.id, link.delivery_id)),
    )


def _sent(session: Session, link: ViewLink) -> _Copy:
    delivery = session.get(Delivery, link.delivery_id)
    run = session.get(Run, delivery.run_id) if delivery else None
    if delivery is None or run is None:
        raise NotFound(_GONE)
    is_theirs = delivery.person_id == link.person_id
    reader = readers(session, {link.person_id: delivery.unit_ids}).get(link.person_id) if is_theirs else None
    version, topic = session.get_one(Version, run.version_id), session.get_one(Topic, run.topic_id)
    return _Copy(version, topic, reader, variant_of(session, delivery))


def _gathered(session: Session, link: ViewLink, now: datetime) -> _Copy:
    """A bulletin that a digest told of: it speaks of the machines that it names today."""
    version = session.get(Version, link.version_id)
    if version is None:
        raise NotFound(_GONE)
    variant = winner_of_version(session, version.id)
    source = read_source(version.source, variant)
    topic = topic_of(session, source)
    person, entry = session.get(Person, link.person_id), (link.person_id, version.bulletin_id)
    if person is None or session.get(DigestEntry, entry) is None:
        return _Copy(version, topic, None, variant)
    # Who was told of it is in its segment, whatever the segment chooses today.
    units = units_of(session, audience_of(replace(source, segment=""), topic, None, now), person.id) or ()
    return _Copy(version, topic, readers(session, {person.id: units})[person.id], variant)
