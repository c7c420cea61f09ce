"""What must hold before a run starts: nothing forbidden in its text, and a second yes where it is wanted."""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.audience.chosen import Choose, no_segments
from newsletter.audience.topic import Topic
from newsletter.bulletin.approve import Standing, seal_of, standing
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.files import digests, need_files
from newsletter.bulletin.pictures import need_pictures
from newsletter.bulletin.source import BulletinClass, Source, read_source
from newsletter.db import Database
from newsletter.errors import BadLetter
from newsletter.ledger.run import Run
from newsletter.links import Links
from newsletter.theme.choosing import look_for

Refuse = Callable[[Press], None]
"""Raises BadBulletin for a text that may not be sent."""


def refuse_here(press: Press) -> None:
    """The check in this process."""
    from newsletter.bulletin.preflight import refuse_blocked  # noqa: PLC0415 - its tools take 8 MB; engines ask elsewhere

    refuse_blocked(press)


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate of one engine. `approval` names the classes that need a second colleague."""

    sender: Sender
    links: Links
    approval: Collection[BulletinClass] = ()
    choose: Choose = no_segments
    refuse: Refuse = refuse_here

    def is_open(self, db: Database, run_id: int) -> bool:
        """Whether a run may start; False where it waits for an approval. Raises BadBulletin for what is forbidden."""
        with db.read() as session:
            run = session.get_one(Run, run_id)
            version, topic = session.get_one(Version, run.version_id), session.get_one(Topic, run.topic_id)
            source = read_source(version.source)
            if self.lacks_approval(session, version, source, topic):
                return False
            look = look_for(session, source.theme, version.frozen_at)
            need_pictures(session, source)
            need_files(session, source)
        # What settings make impossible holds each copy with its reason, and goes out when they are mended.
        with suppress(BadLetter):
            listed = List(topic.id, topic.key, topic.name)
            self.refuse(Press(source, self.sender, listed, self.links, "gate", look=look))
        return True

    def lacks_approval(self, session: Session, version: Version, source: Source, topic: Topic) -> bool:
        """Whether a second colleague has to say yes, and has not."""
        if source.klass not in self.approval:
            return False
        return standing(session, version.id, self.seal(session, version, source, topic))[0] is not Standing.APPROVED

    def seal(self, session: Session, version: Version, source: Source, topic: Topic) -> str:
        """What an approval of this version is about. Raises BadBulletin where its segment or theme is gone."""
        segment = self.choose(session, source.segment, version.written_at).definition if source.segment else ""
        look = look_for(session, source.theme, version.frozen_at)
        return seal_of(version.source, self.sender, topic.key, segment, look, digests(session, source))
