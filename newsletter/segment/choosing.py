"""Looking up a segment for the rooms below: what `audience.chosen.Choose` promises."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.unit import Unit
from newsletter.audience.chosen import Chosen
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.errors import BadBulletin, NotFound, Refused
from newsletter.ledger.run import Run
from newsletter.question.wording import FATES, REASONS
from newsletter.segment.conditions import Known
from newsletter.segment.definition import About, Definition
from newsletter.segment.reading import read_definition
from newsletter.segment.selecting import Selected, selected
from newsletter.segment.table import Listed, Segment, SegmentList, SegmentVersion
from newsletter.segment.wording import ENGLISH, Names, in_words


def choose(session: Session, key: str, at: datetime) -> Chosen:
    """The segment of a key as it stands at a time.

    Raises BadBulletin where there is none, it was deleted, or it cannot be read any more.
    """
    try:
        version = version_in_force(session, key)
        definition = read_definition(version.definition)
        found = select_of(session, definition, at)
    except (NotFound, Refused) as error:
        raise BadBulletin(
            f"The segment {key!r} cannot be used: {error.message}", hint="Choose another one; it goes to nobody."
        ) from error
    return Chosen(
        key=key,
        version=version.version,
        definition=version.definition,
        words=in_words(definition, names_of(session, definition)),
        people=found.people,
        units=found.units,
        names_machines=found.names_machines,
    )


def version_in_force(session: Session, key: str) -> SegmentVersion:
    """What the segment of a key says now. Raises NotFound."""
    query = select(SegmentVersion).join(Segment, Segment.id == SegmentVersion.segment_id)
    in_force = Segment.key == key, Segment.version == SegmentVersion.version, Segment.deleted_at.is_(None)
    version = session.scalar(query.where(*in_force)) if key.isprintable() else None
    if version is None:
        raise NotFound(f"There is no segment {key[:60]!r}.")
    return version


def select_of(session: Session, definition: Definition, at: datetime) -> Selected:
    """Whom and what a definition chooses at a time. Raises Refused for a list that is gone, or mixed kinds of lists."""
    return selected(
        definition, Known(at, _lists(session, definition), _runs(session, definition), _firmware(session, definition))
    )


def names_of(session: Session, definition: Definition) -> Names:
    """What the codes of a definition are called; a country stands as its code."""
    topics = select(Topic.key, Topic.name).where(Topic.key.in_(_values(definition, About.TOPIC)))
    lists = select(SegmentList.key, SegmentList.name).where(SegmentList.key.in_(_values(definition, About.LIST)))
    return Names(
        topics=dict(session.execute(topics).all()),
        lists=dict(session.execute(lists).all()),
        reasons={str(code): words for code, words in (*FATES.items(), *REASONS.items())},
        language=lambda code: ENGLISH.get(code, code),
    )


def _lists(session: Session, definition: Definition) -> dict[str, tuple[int, Listed]]:
    named = _values(definition, About.LIST)
    query = select(SegmentList.key, SegmentList.id, SegmentList.kind).where(SegmentList.key.in_(named))
    found = {key: (id_, Listed(kind)) for key, id_, kind in session.execute(query)} if named else {}
    for key in sorted(named - found.keys()):
        raise Refused(f"There is no list {key!r}.")
    for condition in definition.conditions():
        if condition.about is About.LIST and len({found[key][1] for key in condition.values}) > 1:
            raise Refused("One condition names lists of serial numbers and of accounts.", hint="Make two of it.")
    return found


def _runs(session: Session, definition: Definition) -> dict[str, list[int]]:
    named = _values(definition, About.BULLETIN)
    query = select(Bulletin.number, Run.id).join(Version, Version.bulletin_id == Bulletin.id)
    query = query.join(Run, Run.version_id == Version.id).where(Bulletin.number.in_(named))
    runs: dict[str, list[int]] = {}
    for number, run_id in session.execute(query) if named else ():
        runs.setdefault(number, []).append(run_id)
    return runs


def _firmware(session: Session, definition: Definition) -> list[str]:
    is_asked = any(condition.about is About.FIRMWARE for condition in definition.conditions())
    return list(session.scalars(select(Unit.firmware).distinct())) if is_asked else []


def _values(definition: Definition, about: About) -> set[str]:
    return {value for condition in definition.conditions() if condition.about is about for value in condition.values}
