"""Two colleagues at one text: the second is told, and nothing is lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import func, select

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.past import NEW, stamp
from newsletter.bulletin.write import newest_of
from newsletter.db import Database
from newsletter.errors import BadBulletin, Conflict
from newsletter.ledger.saving import save
from newsletter.links import Links
from tests import cast
from tests.ledger.stage import TEXT, desk, started


@pytest.fixture(autouse=True)
def _cast(db: Database, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)


def text_of(db: Database, number: str = "TB-1") -> str:
    with db.read() as session:
        return newest_of(session, number).source


def test_a_new_bulletin_is_written_down(db: Database, links: Links, now: datetime) -> None:
    save(desk(db, links), TEXT, seen=NEW, author="mara", now=now)
    assert text_of(db) == TEXT


def test_an_edit_of_what_was_seen_replaces_it(db: Database, links: Links, now: datetime) -> None:
    version = save(desk(db, links), TEXT, seen=NEW, author="mara", now=now)
    save(desk(db, links), TEXT + "More.", seen=stamp(version), author="mara", now=now)
    assert text_of(db) == TEXT + "More."


def test_an_edit_of_what_was_sent_opens_the_next_version(db: Database, links: Links, now: datetime) -> None:
    started(db, links, now)
    with db.read() as session:
        sent = newest_of(session, "TB-1")
    later = save(desk(db, links), TEXT + "More.", seen=stamp(sent), author="mara", now=now)
    assert later.revision == sent.revision + 1
    with db.read() as session:
        assert session.get_one(Version, sent.id).source == TEXT


def test_an_edit_of_what_somebody_changed_since_is_refused(db: Database, links: Links, now: datetime) -> None:
    seen = stamp(save(desk(db, links), TEXT, seen=NEW, author="mara", now=now))
    save(desk(db, links), TEXT + "Mine.", seen=seen, author="mara", now=now)
    with pytest.raises(Conflict, match="Somebody else changed TB-1"):
        save(desk(db, links), TEXT + "Yours.", seen=seen, author="otto", now=now)
    assert text_of(db) == TEXT + "Mine."


def test_a_number_is_given_once(db: Database, links: Links, now: datetime) -> None:
    save(desk(db, links), TEXT, seen=NEW, author="mara", now=now)
    with pytest.raises(Conflict, match="There is a bulletin TB-1 already"):
        save(desk(db, links), TEXT + "Other.", seen=NEW, author="otto", now=now)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("Hello {{ nmae }}.", "There is no tag"), ("", "is empty")],
    ids=["a tag that does not exist", "no text"],
)
def test_a_text_that_could_not_be_sent_is_not_kept(
    db: Database, links: Links, now: datetime, wrong: str, said: str
) -> None:
    text = TEXT[: TEXT.index("Hello")] + wrong
    with pytest.raises(BadBulletin, match=said):
        save(desk(db, links), text, seen=NEW, author="mara", now=now)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Bulletin)) == 0


@pytest.mark.parametrize("is_new", [True, False], ids=["a new number", "a known one"])
def test_of_two_who_save_at_once_one_is_told(db: Database, links: Links, now: datetime, *, is_new: bool) -> None:
    seen = NEW if is_new else stamp(save(desk(db, links), TEXT, seen=NEW, author="mara", now=now))
    together = Barrier(2)

    def saving(name: str) -> str:
        together.wait()
        try:
            save(desk(db, links), f"{TEXT}{name}", seen=seen, author=name, now=now)
        except Conflict:
            return "told"
        return name

    with ThreadPoolExecutor(2) as both:
        said = sorted(both.map(saving, ("Mara", "Otto")))
    assert said[1] == "told"
    assert text_of(db) == f"{TEXT}{said[0]}"
