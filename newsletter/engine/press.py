"""The presses an engine has set up, one for each run it works on and variant, and the setting of a copy."""

import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.compose import List, Press, Sender, Setter, set_here
from newsletter.bulletin.files import files_for
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Reader
from newsletter.db import Database
from newsletter.errors import BadLetter, NewsletterError, NotFound
from newsletter.ledger.claim import Claimed
from newsletter.ledger.run import BatchKey, Run
from newsletter.ledger.trial import variant_of_batch
from newsletter.links import Links
from newsletter.message.letter import Letter
from newsletter.message.mime import to_bytes
from newsletter.smtp.envelope import Envelope
from newsletter.theme.choosing import look_for

log = logging.getLogger(__name__)

_MOST = 8  # runs at once; the oldest press is taken down


@dataclass
class Presses:
    """Presses by run id and variant, for all senders of an engine."""

    sender: Sender
    links: Links
    setter: Setter = set_here
    _presses: dict[tuple[int, str], Press] = field(default_factory=dict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def of_batch(self, db: Database, batch: BatchKey) -> Press:
        """The press of a batch. What it sends is frozen, so it is never out of date."""
        known = self._presses.get((batch[0], ""))
        if known is not None and not known.source.variants:
            return known
        with db.read() as session:
            press = self.of_run(session, batch[0])
            variant = variant_of_batch(session, batch) if press.source.variants else ""
            return press if variant in ("", press.source.variant) else self.of_run(session, batch[0], variant)

    def of_run(self, session: Session, run_id: int, variant: str = "") -> Press:
        """The press of a run; of a bulletin in two variants that of one, or of a."""
        with self._lock:
            key = run_id, variant
            if key not in self._presses:
                run = session.get_one(Run, run_id)
                while len(self._presses) >= _MOST:
                    self._presses.pop(next(iter(self._presses)))
                self._presses[key] = self.of_version(session, run.version_id, run.topic_id, run.seed, variant)
            return self._presses[key]

    def of_version(self, session: Session, version_id: int, topic_id: int, seed: str, variant: str = "") -> Press:
        """A press for one version, topic and variant."""
        topic = session.get_one(Topic, topic_id)
        version = session.get_one(Version, version_id)
        source = read_source(version.source, variant)
        look = look_for(session, source.theme, version.frozen_at)
        listed, files = List(topic.id, topic.key, topic.name), files_for(session, source)
        return Press(source, self.sender, listed, self.links, seed, self.setter, look, files)


def set_copy(press: Press, reader: Reader | None, copy: Claimed, date: datetime) -> tuple[Envelope, bytes]:
    """A copy as it goes on the wire. Raises NewsletterError for everything that can be wrong with it."""
    if reader is None:
        raise NotFound("The person's record is gone.")
    try:
        return_path = press.links.return_path(copy.id, press.sender.domain)
        envelope = Envelope(return_path, copy.address, f"{press.seed}.{copy.id}")
        return envelope, press.octets(
            reader, person_id=copy.person_id, delivery_id=copy.id, date=date, smtputf8=envelope.needs_smtputf8
        )
    except NewsletterError:
        raise
    except Exception as error:
        # A mistake of ours, about one copy: it must not keep everybody behind it from theirs.
        log.exception("copy %d cannot be set", copy.id)
        raise BadLetter(f"This copy cannot be set ({type(error).__name__}); the log says more.") from error


def addressed(letter: Letter, envelope: Envelope) -> tuple[Envelope, bytes]:
    """The letter as octets for its envelope."""
    return envelope, to_bytes(letter, smtputf8=envelope.needs_smtputf8)
