"""What everybody may read, and what nobody outside may know of."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.archive.opening import close_archive, open_archive
from newsletter.archive.published import changed_at, is_public, public_topics, published, published_one
from newsletter.audience.topic import Topic
from newsletter.bulletin.write import find, write
from newsletter.db import Database
from newsletter.errors import BadBulletin, Conflict, NotFound
from newsletter.ledger.run import RunState
from newsletter.staff.audit import AuditEntry
from tests.archive.newsstand import sent, source
from tests.cast import Cast, play


@pytest.fixture
def cast(db: Database, now: datetime) -> Cast:
    with db.write() as session:
        return play(session, now)


def numbers(db: Database, topic: Topic) -> list[str]:
    with db.read() as session:
        return [one.number for one in published(session, topic.id, limit=9)]


def test_nothing_is_public_by_itself(db: Database, cast: Cast, now: datetime) -> None:
    with db.write() as session:
        sent(session, source("TB-1"), cast.bulletins, now)
    assert numbers(db, cast.bulletins) == []
    with db.read() as session:
        assert public_topics(session) == []
        with pytest.raises(NotFound):
            published_one(session, cast.bulletins.id, "TB-1")


@pytest.mark.parametrize(
    ("text", "state", "is_open", "expected"),
    [
        (source("B"), RunState.FINISHED, True, True),
        (source("B"), RunState.SENDING, True, True),
        (source("B"), RunState.SCHEDULED, True, False),
        (source("B"), RunState.PAUSED, True, False),
        (source("B"), RunState.CANCELLED, True, False),
        (source("B", "archive: true"), RunState.FINISHED, False, True),
        (source("B", "archive: no"), RunState.FINISHED, True, False),
        (source("B", klass="marketing"), RunState.FINISHED, True, True),
        (source("B", klass="safety"), RunState.FINISHED, True, False),
        (source("B", "archive: Yes", klass="safety"), RunState.FINISHED, False, True),
    ],
)
def test_the_switch_of_the_topic_and_the_word_of_the_bulletin(
    db: Database, cast: Cast, now: datetime, text: str, state: RunState, *, is_open: bool, expected: bool
) -> None:
    with db.write() as session:
        sent(session, text, cast.bulletins, now, state)
    if is_open:
        open_archive(db, "bulletins", "mara", now)
    assert numbers(db, cast.bulletins) == (["B"] if expected else [])
    with db.read() as session:
        bulletin = find(session, "B")
        assert bulletin is not None
        assert is_public(session, bulletin.id, cast.bulletins.id) is expected
        assert not is_public(session, bulletin.id, cast.safety.id)


def test_an_edit_takes_a_sent_bulletin_back_at_once_and_publishes_none(db: Database, cast: Cast, now: datetime) -> None:
    open_archive(db, "bulletins", "mara", now)
    with db.write() as session:
        sent(session, source("OUT"), cast.bulletins, now)
        sent(session, source("IN", "archive: false"), cast.bulletins, now)
    assert numbers(db, cast.bulletins) == ["OUT"]
    with db.write() as session:
        write(session, source("OUT", "archive: false"), "mara", now)
        write(session, source("IN", "archive: true"), "mara", now)
    assert numbers(db, cast.bulletins) == []


def test_the_version_that_was_sent_last_is_shown_and_keeps_its_place(db: Database, cast: Cast, now: datetime) -> None:
    open_archive(db, "bulletins", "mara", now)
    with db.write() as session:
        first = sent(session, source("A", text="one"), cast.bulletins, now)
        sent(session, source("B"), cast.bulletins, now + timedelta(hours=1))
        sent(session, source("A", text="two"), cast.bulletins, now + timedelta(hours=2))
        write(session, source("A", text="a draft"), "mara", now)
    assert numbers(db, cast.bulletins) == ["B", "A"]
    with db.read() as session:
        shown = published_one(session, cast.bulletins.id, "A")
        assert public_topics(session)[0].bulletins == 2
        assert changed_at(session, cast.bulletins.id) == now + timedelta(hours=2)
    assert (shown.source.sections[0].markdown, shown.seed) == ("two", first.seed)
    assert (shown.first_sent_at, shown.last_sent_at) == (now, now + timedelta(hours=2))


def test_opening_says_what_it_makes_public_and_is_written_down(db: Database, cast: Cast, now: datetime) -> None:
    with db.write() as session:
        sent(session, source("A"), cast.bulletins, now)
        sent(session, source("S", klass="safety"), cast.bulletins, now)
    assert open_archive(db, "bulletins", "mara", now) == ["About A"]
    with pytest.raises(Conflict):
        open_archive(db, "bulletins", "mara", now)
    close_archive(db, "bulletins", "mara", now)
    assert numbers(db, cast.bulletins) == []
    with pytest.raises(Conflict):
        close_archive(db, "bulletins", "mara", now)
    for unknown in ("nothing", "\0"):
        with pytest.raises(NotFound):
            open_archive(db, unknown, "mara", now)
    with db.read() as session:
        written = [(entry.act, entry.who, entry.subject) for entry in session.scalars(select(AuditEntry))]
    assert written == [("open archive", "mara", "topic bulletins"), ("close archive", "mara", "topic bulletins")]


@pytest.mark.parametrize("word", ["maybe", "1", "truefalse"])
def test_archive_is_yes_or_no(db: Database, word: str, now: datetime) -> None:
    with pytest.raises(BadBulletin, match="neither yes nor no"), db.write() as session:
        write(session, source("B", f"archive: {word}"), "mara", now)
