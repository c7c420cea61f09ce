"""What was typed and not saved is kept, one text for each author and bulletin, valid or not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import func, select

from newsletter.bulletin.draft import Draft
from newsletter.bulletin.source import LARGEST_SOURCE
from newsletter.bulletin.unsaved import (
    AT_IT,
    KEPT,
    at_it_in_words,
    draft_of,
    drop_draft,
    forget_old_drafts,
    keep_draft,
    others_at_it,
)
from newsletter.db import Database
from newsletter.errors import Refused


def test_the_last_text_is_kept_whatever_it_is(db: Database, now: datetime) -> None:
    keep_draft(db, "ada", "TB-1", "half {{ na", seen="1-a", now=now)
    keep_draft(db, "ada", "TB-1", "half {{ name", seen="1-a", now=now + timedelta(seconds=3))
    keep_draft(db, "ada", "", "a new one", seen="", now=now)
    with db.read() as session:
        kept = draft_of(session, "ada", "TB-1")
        assert kept is not None
        assert (kept.text, kept.seen, kept.saved_at) == ("half {{ name", "1-a", now + timedelta(seconds=3))
        assert draft_of(session, "otto", "TB-1") is None
    drop_draft(db, "ada", "TB-1")
    with db.read() as session:
        assert session.scalars(select(Draft.number)).all() == [""]


def test_who_typed_lately_is_at_it_too(db: Database, now: datetime) -> None:
    assert keep_draft(db, "nora", "TB-1", "x", seen="", now=now) == []
    assert keep_draft(db, "otto", "TB-1", "x", seen="", now=now - AT_IT) == ["nora"]
    assert keep_draft(db, "ada", "TB-1", "x", seen="", now=now) == ["nora"]
    keep_draft(db, "nora", "", "x", seen="", now=now)
    with db.read() as session:
        assert others_at_it(session, "ada", "", now) == []
        assert others_at_it(session, "ada", "TB-1", now + AT_IT) == []
    assert at_it_in_words([]) == ""
    assert at_it_in_words(["nora", "otto"]).startswith("nora and otto are editing this too.")


@pytest.mark.parametrize(
    ("text", "seen", "said"),
    [
        ("x" * (LARGEST_SOURCE + 1), "", "longer than 1,000,000 characters"),
        ("a\0b", "", "no text"),
        ("x", "1" * 101, "no text"),
        ("x", "\0", "no text"),
    ],
    ids=["too long", "a NUL", "a long stamp", "a NUL in the stamp"],
)
def test_what_no_database_takes_is_refused_in_words(
    sqlite_db: Database, now: datetime, text: str, seen: str, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        keep_draft(sqlite_db, "ada", "", text, seen=seen, now=now)


def test_two_windows_of_one_colleague_may_type_at_once(db: Database, now: datetime) -> None:
    keep = partial(keep_draft, db, "ada", "TB-1", seen="", now=now)
    with ThreadPoolExecutor(4) as windows:
        list(windows.map(keep, "abcdefgh"))
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Draft)) == 1


def test_what_nobody_came_back_for_is_forgotten(db: Database, now: datetime) -> None:
    keep_draft(db, "ada", "TB-1", "x", seen="", now=now)
    keep_draft(db, "otto", "TB-1", "x", seen="", now=now + timedelta(seconds=1))
    forget_old_drafts(db, now + KEPT)
    with db.read() as session:
        assert session.scalars(select(Draft.author)).all() == ["otto"]
