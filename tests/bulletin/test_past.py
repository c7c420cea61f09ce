"""What was saved stays, and tells when each language was last changed."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.bulletin.fields import as_fields
from newsletter.bulletin.lacking import Lack, lacking
from newsletter.bulletin.past import changes, count_saves, save_of, saves, stamp, text_seen
from newsletter.bulletin.saved_text import SavedText
from newsletter.bulletin.write import newest_of, write
from newsletter.db import Database
from newsletter.errors import NotFound

BOTH = (
    "---\nnumber: TB-1\ntitle: First\nclass: technical\nlanguage: en, de\ntitle.de: Erstens\n---\nOne\n---de---\nEins\n"
)
ENGLISH = BOTH[: BOTH.index("---de---")].replace("language: en, de\ntitle.de: Erstens", "language: en")


def saved(db: Database, texts: list[str], now: datetime) -> int:
    """The bulletin after these texts were saved, one an hour."""
    for hour, text in enumerate(texts):
        with db.write() as session:
            bulletin_id = write(session, text, "mara", now + timedelta(hours=hour)).bulletin_id
    return bulletin_id


def test_every_text_is_kept_once_with_author_and_time(db: Database, now: datetime) -> None:
    texts = [BOTH, BOTH.replace("One", "Two"), BOTH.replace("One", "Two"), BOTH]
    bulletin_id = saved(db, texts, now)
    with db.read() as session:
        found = saves(session, bulletin_id)
        assert [one.source for one in found] == [texts[3], texts[1], texts[0]]
        assert [one.saved_at - now for one in found] == [timedelta(hours=hours) for hours in (3, 1, 0)]
        assert count_saves(session, bulletin_id) == 3
        assert save_of(session, bulletin_id, found[1].id).source == texts[1]
        with pytest.raises(NotFound):
            save_of(session, bulletin_id + 1, found[1].id)


def test_a_stamp_finds_the_text_again_that_was_seen(db: Database, now: datetime) -> None:
    with db.write() as session:
        seen = stamp(write(session, BOTH, "mara", now))
    bulletin_id = saved(db, [BOTH.replace("One", "Two")], now)
    with db.read() as session:
        assert stamp(newest_of(session, "TB-1")) != seen
        assert text_seen(session, bulletin_id, seen) == BOTH
        assert text_seen(session, bulletin_id, "nonsense") is None
        assert text_seen(session, bulletin_id, "") is None


@pytest.mark.parametrize(
    ("texts", "hours"),
    [
        pytest.param([BOTH], {"en": 0, "de": 0}, id="both at once"),
        pytest.param([BOTH, BOTH.replace("One", "Two")], {"en": 1, "de": 0}, id="English was changed"),
        pytest.param([BOTH, BOTH.replace("First", "Second")], {"en": 0, "de": 0}, id="a title is no text"),
        pytest.param([ENGLISH, BOTH], {"en": 0, "de": 1}, id="German came later"),
        pytest.param(
            [BOTH, BOTH.replace("One", "Two"), BOTH.replace("One", "Two").replace("Eins", "Zwei")],
            {"en": 1, "de": 2}, id="one after the other",
        ),
        pytest.param([BOTH, ENGLISH], {"en": 0}, id="German is gone"),
        pytest.param([], {}, id="nothing was saved"),
    ],
)  # fmt: skip
def test_each_language_was_changed_when_its_text_last_became_another(
    sqlite_db: Database, now: datetime, texts: list[str], hours: dict[str, int]
) -> None:
    bulletin_id = saved(sqlite_db, texts, now) if texts else 0
    with sqlite_db.read() as session:
        found = changes(saves(session, bulletin_id))
    assert found == {language: now + timedelta(hours=hour) for language, hour in hours.items()}


def test_a_language_lacks_what_is_empty_or_older(now: datetime) -> None:
    fields = as_fields(BOTH.replace("title.de: Erstens\n", "").replace("Eins", ""))
    assert fields is not None
    older = {"en": now, "de": now - timedelta(days=1)}
    english, german = lacking(fields, older)
    assert english.lacks == (Lack.PREHEADER,)
    assert german.lacks == (Lack.TITLE, Lack.PREHEADER, Lack.TEXT, Lack.OLDER)
    assert Lack.OLDER not in lacking(fields, {"de": now, "en": now})[1].lacks


def test_what_was_sent_is_saved_into_its_version(db: Database, now: datetime) -> None:
    with db.write() as session:
        write(session, BOTH, "mara", now).frozen_at = now
    saved(db, [BOTH.replace("One", "Two")], now)
    with db.read() as session:
        assert list(session.scalars(select(SavedText.revision).order_by(SavedText.id))) == [1, 2]
