"""Sending a bulletin, as an intention: checked, counted, written down. The engine does the rest."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.chosen import Choose, no_segments
from newsletter.audience.segment import Audience, Reach, reach
from newsletter.audience.topic import Topic
from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.files import need_files
from newsletter.bulletin.pictures import need_pictures
from newsletter.bulletin.source import BulletinClass, Source, read_source
from newsletter.bulletin.trial_fit import need_fitting
from newsletter.bulletin.when import When
from newsletter.bulletin.write import find, topic_of, write
from newsletter.db import Database
from newsletter.ledger.control import schedule
from newsletter.ledger.gate import Gate, refuse_here
from newsletter.ledger.start import audience_of, chosen_by
from newsletter.links import Links
from newsletter.message.look import HOUSE_LOOK
from newsletter.theme.choosing import look_for


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for: `run` is its id (None for a dry run), `reach` whom it would reach now.

    It does not start before a second colleague approved it where `lacks_approval`.
    """

    run: int | None
    number: str
    title: str
    when: When
    reach: Reach
    lacks_approval: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """Where bulletins are ordered: the sender and the links every letter carries, and who looks up segments.

    `approval` names the classes that need a second colleague.
    """

    db: Database
    sender: Sender
    links: Links
    choose: Choose = no_segments
    approval: Collection[BulletinClass] = ()

    @property
    def gate(self) -> Gate:
        """What must hold before a run starts."""
        return Gate(self.sender, self.links, self.approval, self.choose)

    def order(self, text: str, *, topic: str, when: When, author: str, now: datetime) -> Order:
        """Write a bulletin down and schedule its run. Raises BadBulletin or BadLetter; then nothing was changed."""
        with self.db.write() as session:
            version, source = write(session, text, author, now), read_source(text)
            chosen, audience = self.cleared(session, source, topic, version.bulletin_id, when.at)
            counted = reach(session, audience)
            run = schedule(session, version, chosen, when, author, now)
            waits = self.gate.lacks_approval(session, version, source, chosen)
            return Order(run.id, source.number, version.title, when, counted, waits)

    def dry_run(self, text: str, *, topic: str, when: When) -> Order:
        """The same without changing anything."""
        source = read_source(text)
        need_fitting(source, when)
        with self.db.read() as session:
            bulletin = find(session, source.number)
            _, audience = self.cleared(session, source, topic, bulletin.id if bulletin else None, when.at)
            return Order(None, source.number, source.title, when, reach(session, audience))

    def checked(
        self, session: Session, source: Source, topic: str, bulletin_id: int | None, at: datetime
    ) -> tuple[Topic, Audience]:
        """The topic and audience of a bulletin that can be sent as it stands, for a run that starts at `at`.

        `topic` is a key that overrides its own.
        Raises BadBulletin with line and column, or BadLetter where the settings or the title would stop every copy.
        """
        chosen = topic_of(session, replace(source, topic=topic or source.topic))
        need_pictures(session, source)
        need_files(session, source)
        self.press(source, chosen, "check").proof()
        return chosen, self.audience(session, source, chosen, bulletin_id, at)

    def cleared(
        self, session: Session, source: Source, topic: str, bulletin_id: int | None, at: datetime
    ) -> tuple[Topic, Audience]:
        """The same for a bulletin about to be sent. Raises BadBulletin for what law or RFC forbids, too."""
        chosen, audience = self.checked(session, source, topic, bulletin_id, at)
        refuse_here(self.press(source, chosen, "check"))
        return chosen, audience

    def audience(
        self, session: Session, source: Source, topic: Topic, bulletin_id: int | None, at: datetime
    ) -> Audience:
        """Whom a bulletin is for. Raises BadBulletin where it names a segment that is gone or cannot be read."""
        return audience_of(source, topic, bulletin_id, at, chosen_by(session, source, self.choose, at))

    def press(self, source: Source, topic: Topic, seed: str, frozen_at: datetime | None = None) -> Press:
        """A press for a bulletin that may not be written down yet: for checks and previews.

        It has the look that its theme has now, or had when it was frozen. Raises BadBulletin where the theme is gone.
        """
        look = HOUSE_LOOK
        if source.theme:
            with self.db.read() as session:
                look = look_for(session, source.theme, frozen_at)
        return Press(source, self.sender, List(topic.id, topic.key, topic.name), self.links, seed, look=look)
