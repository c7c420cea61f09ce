"""Which variant is read without the mail: behind a copy its own, by everybody else the one that went on."""

from datetime import datetime, timedelta

from sqlalchemy import select

from newsletter.archive.personal import letter_of
from newsletter.archive.published import changed_at, published_one
from newsletter.bulletin.trial import Trial
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.start import start_due
from newsletter.ledger.trial import RunTrial, variant_of
from newsletter.links import Links, ViewLink
from tests import cast
from tests.ledger import stage

TEXT = stage.TEXT.replace("class:", "archive: true\nb.title: Half the grease\nclass:").replace(
    "Hello {{ name }}", ":::variant b\nShort: half.\n:::\nHello {{ name }}"
)


def started(db: Database, links: Links, now: datetime) -> int:
    with db.write() as session:
        cast.play(session, now)
    asked = When(now, trial=Trial(10_000, timedelta(hours=4)))
    run = stage.desk(db, links).order(TEXT, topic="", when=asked, author="mara", now=now).run
    assert run is not None
    start_due(db, "starter", now)
    return run


def test_view_in_browser_shows_the_variant_of_the_copy(db: Database, links: Links, now: datetime) -> None:
    started(db, links, now)
    with db.read() as session:
        copies = session.scalars(select(Delivery)).all()
        shown = {
            copy.id: letter_of(session, ViewLink(copy.person_id, copy.id), links, now).shown.title for copy in copies
        }
        assert shown == {
            copy.id: "Half the grease" if variant_of(session, copy) == "b" else "Lubrication" for copy in copies
        }
    assert sorted(shown.values()) == ["Half the grease"] * 2 + ["Lubrication"] * 2


def test_the_archive_shows_the_variant_that_went_on_and_says_that_it_changed(
    db: Database, links: Links, now: datetime
) -> None:
    run, later = started(db, links, now), now + timedelta(hours=4)
    with db.read() as session:
        topic = session.scalars(select(stage.Run.topic_id)).one()
        assert published_one(session, topic, "TB-1").source.title == "Lubrication"
        assert changed_at(session, topic) == now
    with db.write() as session:
        trial = session.get_one(RunTrial, run)
        trial.winner, trial.decided_at = "b", later
    with db.read() as session:
        assert published_one(session, topic, "TB-1").source.title == "Half the grease"
        assert changed_at(session, topic) == later
