import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import find, newest_of, topic_of, write
from newsletter.db import Database
from newsletter.errors import BadBulletin, Conflict, NotFound
from tests import cast

TEXT = "---\nnumber: TB-1\ntitle: First\nclass: technical\nlanguage: en\n---\nOne\n"
EDITED = TEXT.replace("First", "Second").replace("One", "Two")


def versions(db: Database) -> list[tuple[int, str, str]]:
    with db.read() as session:
        rows = session.scalars(select(Version).order_by(Version.revision)).all()
        return [(row.revision, row.title, row.source) for row in rows]


def written(db: Database, text: str, now: datetime, *, sent: bool = False) -> int:
    with db.write() as session:
        version = write(session, text, "mara", now)
        if sent:
            version.frozen_at = now
        return version.id


@pytest.mark.parametrize("sent", [False, True], ids=["unsent", "sent"])
@pytest.mark.parametrize(
    "again", [TEXT, "\ufeff" + TEXT, TEXT.replace("\n", "\r\n")], ids=["the same", "with bom", "from a browser"]
)
def test_the_same_text_twice_is_the_same_version(db: Database, now: datetime, again: str, sent: bool) -> None:  # noqa: FBT001 - a case of the table
    first = written(db, TEXT, now, sent=sent)
    assert written(db, again, now + timedelta(hours=1)) == first
    assert versions(db) == [(1, "First", TEXT)]


def test_an_unsent_version_is_edited_in_place(db: Database, now: datetime) -> None:
    assert written(db, TEXT, now) == written(db, EDITED, now)
    assert versions(db) == [(1, "Second", EDITED)]


def test_an_edit_after_a_run_opens_a_revision_and_leaves_the_first_as_sent(db: Database, now: datetime) -> None:
    first = written(db, TEXT, now, sent=True)
    second = written(db, EDITED, now)
    assert second != first
    assert written(db, EDITED.replace("Two", "Three"), now) == second
    assert versions(db) == [(1, "First", TEXT), (2, "Second", EDITED.replace("Two", "Three"))]
    with db.read() as session:
        assert newest_of(session, "TB-1").id == second


def test_a_text_that_cannot_be_sent_is_not_written(db: Database, now: datetime) -> None:
    with pytest.raises(BadBulletin):
        written(db, TEXT.replace("First", ""), now)
    with db.read() as session:
        assert find(session, "TB-1") is None
        with pytest.raises(NotFound, match="no bulletin 'TB-1'"):
            newest_of(session, "TB-1")


def test_an_unknown_topic_is_refused_with_those_there_are(db: Database, now: datetime) -> None:
    source = read_source(TEXT.replace("class", "topic: offers\nclass"))
    with db.read() as session, pytest.raises(BadBulletin, match="import people first"):
        topic_of(session, source)
    with db.write() as session:
        house = cast.play(session, now)
    with db.read() as session:
        with pytest.raises(BadBulletin, match=r"no topic 'offers'. Known topics: bulletins, safety\."):
            topic_of(session, source)
        assert topic_of(session, read_source(TEXT)).id == house.bulletins.id


def test_two_who_write_the_same_new_number_at_once_do_not_overwrite_each_other(
    postgres_db: Database, now: datetime
) -> None:
    refused: list[Conflict] = []

    def second() -> None:
        try:
            written(postgres_db, EDITED, now)
        except Conflict as conflict:
            refused.append(conflict)

    other = threading.Thread(target=second)
    with postgres_db.write() as session:
        write(session, TEXT, "mara", now)
        other.start()
        other.join(0.3)
        assert other.is_alive()
    other.join()
    assert [str(conflict) for conflict in refused] == [
        "There is a bulletin TB-1 already. Choose another number, or edit that one."
    ]
    assert versions(postgres_db) == [(1, "First", TEXT)]


def test_an_edit_that_meets_the_sending_opens_a_revision(postgres_db: Database, now: datetime) -> None:
    written(postgres_db, TEXT, now)
    edit = threading.Thread(target=written, args=(postgres_db, EDITED, now))
    with postgres_db.write() as session:
        write(session, TEXT, "mara", now).frozen_at = now
        edit.start()
        edit.join(0.3)
        assert edit.is_alive()
    edit.join()
    assert versions(postgres_db) == [(1, "First", TEXT), (2, "Second", EDITED)]
