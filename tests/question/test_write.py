from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.errors import BadWording, Conflict, NotFound
from newsletter.question.force import put_in_force
from newsletter.question.reasons import Reason
from newsletter.question.version import Wording
from newsletter.question.versions import Change, Version, difference, version
from newsletter.question.wording import FIRST_OF_STAFF
from newsletter.question.write import rewrite, write_next
from newsletter.staff.audit import AuditEntry
from tests.question.drafts import ASKED, draft, written

MIA = "mia@vendor.example"


def found(db: Database, number: int) -> Version:
    with db.read() as session:
        return version(session, number)


def test_staffs_versions_are_numbered_after_all_of_ours(db: Database, now: datetime) -> None:
    assert [written(db, now), written(db, now)] == [FIRST_OF_STAFF, FIRST_OF_STAFF + 1]
    first = found(db, FIRST_OF_STAFF)
    assert (first.name, first.reasons, first.own("en")) == ("Short", ASKED, {"why": "Why, please?"})
    with db.read() as session:
        entry = session.scalars(select(AuditEntry)).first()
        assert entry is not None
        assert (entry.who, entry.act, entry.subject) == (MIA, "wrote a version of the question", "101")


def test_a_new_version_keeps_the_other_languages_of_the_one_it_was_made_from(db: Database, now: datetime) -> None:
    first = written(db, now, draft("de", why="Warum?"))
    second = written(db, now, draft("en", why="Why?"), base=first)
    assert found(db, second).lines == {"de": {"why": "Warum?"}, "en": {"why": "Why?"}}
    assert found(db, first).lines == {"de": {"why": "Warum?"}}


def test_what_reads_as_ours_stays_ours(db: Database, now: datetime) -> None:
    number = written(db, now, draft("de", why="Eine kurze Frage: Warum?", why_backup="Nur Reserve"))
    assert found(db, number).own("de") == {"why.backup": "Nur Reserve"}


def test_a_language_that_was_left_out_speaks_itself_and_never_english(db: Database, now: datetime) -> None:
    number = written(db, now, draft("en", why="Why, please?", why_backup="Spare"))
    spoken = found(db, number).spoken("cs")
    assert spoken["why"] == "Jedna krátká otázka: proč?"
    assert spoken["why.backup"] == found(db, 2).spoken("cs")["why.backup"] != "Spare"


def test_a_draft_is_changed_in_place_until_readers_may_see_it(db: Database, now: datetime) -> None:
    number = written(db, now)
    rewrite(db, number, draft("en", name="Shorter", why="Why?"), seen=1, author=MIA, now=now)
    assert (found(db, number).name, found(db, number).own("en")) == ("Shorter", {"why": "Why?"})
    put_in_force(db, number, None, by=MIA, now=now)
    with pytest.raises(Conflict, match="stays as it is"):
        rewrite(db, number, draft("en", why="Wherefore?"), seen=2, author=MIA, now=now)
    assert found(db, number).own("en") == {"why": "Why?"}


def test_two_colleagues_who_write_at_once_notice_each_other(db: Database, now: datetime) -> None:
    number = written(db, now)
    rewrite(db, number, draft("en", why="Why one?"), seen=1, author=MIA, now=now)
    with pytest.raises(Conflict, match="Somebody else saved"):
        rewrite(db, number, draft("en", why="Why two?"), seen=1, author="max@vendor.example", now=now)
    assert found(db, number).own("en") == {"why": "Why one?"}


def test_versions_written_in_the_same_moment_get_numbers_of_their_own(db: Database, now: datetime) -> None:
    start, numbers, told = Barrier(4), [], []

    def write() -> None:
        start.wait()
        try:
            numbers.append(written(db, now))
        except Conflict as error:
            told.append(error)

    threads = [Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(numbers) + len(told) == 4
    assert sorted(numbers) == list(range(FIRST_OF_STAFF, FIRST_OF_STAFF + len(numbers)))
    with db.read() as session:
        assert sorted(session.scalars(select(Wording.number))) == sorted(numbers)


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (draft(reasons=(Reason.OTHER,)), "reasons"),
        (draft(reasons=(Reason.OTHER, Reason.OTHER)), "reasons"),
        (draft(name=""), "name"),
        (draft("tlh"), "language"),
        (draft(why="x" * 121), "why"),
        (draft(why_backup="see www.acme.example"), "why.backup"),
        (draft(why_backup="something ELSE"), "why.backup"),
    ],
    ids=["one reason", "one reason twice", "no name", "no language of ours", "too long", "a link", "reads as another"],
)
def test_what_no_reader_may_see_is_refused_and_nothing_is_kept(
    db: Database, now: datetime, made: object, line: str
) -> None:
    with pytest.raises(BadWording) as refused:
        written(db, now, made)  # type: ignore[arg-type] # a table of drafts
    assert refused.value.line == line
    with db.read() as session:
        assert session.scalars(select(Wording)).all() == []


def test_what_is_not_there_is_not_found(db: Database, now: datetime) -> None:
    with pytest.raises(NotFound):
        write_next(db, 4711, draft(), author=MIA, now=now)
    with pytest.raises(NotFound):
        rewrite(db, 2, draft(), seen=1, author=MIA, now=now)


def test_the_difference_to_the_version_before_is_told(db: Database, now: datetime) -> None:
    first = written(db, now, draft("de", why="Warum?"))
    reasons = (Reason.BACKUP, Reason.NOT_USED, Reason.TOO_MANY)
    second = written(db, now + timedelta(days=1), draft("de", reasons, why="Wieso?"), base=first)
    change = difference(found(db, first), found(db, second))
    assert change.changes == (Change("de", "why", "Warum?", "Wieso?"),)
    assert (change.switched_on, change.switched_off) == ((Reason.TOO_MANY,), (Reason.OTHER,))
    assert change.is_reordered
    same = difference(found(db, first), found(db, first))
    assert (same.changes, same.switched_on, same.switched_off, same.is_reordered) == ((), (), (), False)
