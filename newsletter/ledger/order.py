"""Sending a bulletin, as an intention: checked, counted, written down. The engine does the rest."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.segment import Audience, Reach, reach
from newsletter.audience.topic import Topic
from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.source import Source, read_source
from newsletter.bulletin.when import When
from newsletter.bulletin.write import find, topic_of, write
from newsletter.db import Database
from newsletter.ledger.control import schedule
from newsletter.ledger.start import audience_of
from newsletter.links import Links


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for: `run` is its id (None for a dry run), `reach` whom it would reach now."""

    run: int | None
    number: str
    title: str
    when: When
    reach: Reach


@dataclass(frozen=True, slots=True)
class Desk:
    """Where bulletins are ordered: the sender and the links every letter carries."""

    db: Database
    sender: Sender
    links: Links

    def order(self, text: str, *, topic: str, when: When, author: str, now: datetime) -> Order:
        """Write a bulletin down and schedule its run. Raises BadBulletin or BadLetter; then nothing was changed."""
        with self.db.write() as session:
            version = write(session, text, author, now)
            chosen, audience = self.checked(session, read_source(text), topic, version.bulletin_id, when.at)
            counted = reach(session, audience)
            run = schedule(session, version, chosen, when, author, now)
            return Order(run.id, read_source(text).number, version.title, when, counted)

    def dry_run(self, text: str, *, topic: str, when: When) -> Order:
        """The same without changing anything."""
        source = read_source(text)
        with self.db.read() as session:
            bulletin = find(session, source.number)
            _, audience = self.checked(session, source, topic, bulletin.id if bulletin else None, when.at)
            return Order(None, source.number, source.title, when, reach(session, audience))

    def checked(
        self, session: Session, source: Source, topic: str, bulletin_id: int | None, at: datetime
    ) -> tuple[Topic, Audience]:
        """The topic and audience of a bulletin that can be sent as it stands, for a run that starts at `at`.

        `topic` is a key that overrides its own.
        Raises BadBulletin with line and column, or BadLetter where the settings or the title would stop every copy.
        """
        chosen = topic_of(session, replace(source, topic=topic or source.topic))
        self.press(source, chosen, "check").proof()
        return chosen, audience_of(source, chosen, bulletin_id, at)

    def press(self, source: Source, topic: Topic, seed: str) -> Press:
        """A press for a bulletin that may not be written down yet: for checks and previews."""
        return Press(source, self.sender, List(topic.id, topic.key, topic.name), self.links, seed)
