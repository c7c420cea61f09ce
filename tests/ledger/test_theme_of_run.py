"""A bulletin that names a theme: what is approved is what is sent, whatever becomes of the theme."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.bulletin.when import When
from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.engine.press import Presses
from newsletter.errors import BadBulletin
from newsletter.ledger.look_over import look_over
from newsletter.ledger.order import Desk
from newsletter.ledger.start import start_due
from newsletter.links import Links
from newsletter.message.look import Look
from newsletter.theme.choosing import look_for
from newsletter.theme.keeping import NEW, retire_theme, save_theme
from tests import cast
from tests.ledger.approved import approve
from tests.ledger.stage import SENDER, TEXT
from tests.theme.test_theme import DAY, RED

THEMED = TEXT.replace("language: en", "theme: red\nlanguage: en")
HOUR = timedelta(hours=1)


@pytest.fixture
def careful(db: Database, links: Links, now: datetime) -> Desk:
    """The desk of a house where nobody sends a technical bulletin alone, with a red theme."""
    with db.write() as session:
        cast.play(session, now)
    save_theme(db, "red", RED, seen=NEW, author="ada", now=now - HOUR)
    return Desk(db, SENDER, links, approval=(BulletinClass.TECHNICAL,))


def turn_blue(db: Database, at: datetime) -> None:
    with db.read() as session:
        assert look_for(session, "red")
    blue = replace(RED, day=replace(DAY, accent="#003366"))
    save_theme(db, "red", blue, seen=1, author="bea", now=at)


def order(here: Desk, now: datetime) -> int:
    run = here.order(THEMED, topic="", when=When(now), author="mara", now=now).run
    assert run is not None
    return run


def look_of(here: Desk, run: int) -> Look:
    with here.db.read() as session:
        return Presses(here.sender, here.links).of_run(session, run).look


def test_an_edit_of_the_theme_voids_an_approval(careful: Desk, now: datetime) -> None:
    with careful.db.write() as session:
        write(session, THEMED, "mara", now)
    approve(careful, now)
    turn_blue(careful.db, now)
    run = order(careful, now + HOUR)
    assert start_due(careful.db, "engine", now + HOUR, gate=careful.gate) == []
    approve(careful, now + HOUR)
    assert start_due(careful.db, "engine", now + HOUR, gate=careful.gate) == [run]
    assert look_of(careful, run).day.accent == "#003366"


def test_what_is_scheduled_keeps_the_look_that_was_approved(careful: Desk, now: datetime) -> None:
    run = order(careful, now)
    approve(careful, now)
    turn_blue(careful.db, now + HOUR)
    assert start_due(careful.db, "engine", now + HOUR, gate=careful.gate) == [run]
    assert look_of(careful, run).day.accent == DAY.accent
    retire_theme(careful.db, "red", author="ada", now=now + 2 * HOUR)
    assert look_of(careful, run).day.accent == DAY.accent


def test_a_theme_that_there_is_not_is_refused_before_anything_is_written(careful: Desk, now: datetime) -> None:
    text = THEMED.replace("theme: red", "theme: blue")
    with pytest.raises(BadBulletin, match="Known themes: red"):
        careful.order(text, topic="", when=When(now), author="mara", now=now)
    with careful.db.read() as session:
        found = look_over(session, careful, read_source(text), now, bulletin_id=None, version_id=None)
    assert found.is_blocked
    assert "no theme 'blue'" in found.findings[0].sentence


def test_a_key_that_is_none_is_refused_where_it_stands() -> None:
    with pytest.raises(BadBulletin, match=r"Line 7, column 8.*is no theme"):
        read_source(THEMED.replace("theme: red", "theme: Red!"))


def test_the_letters_of_a_run_have_its_look(careful: Desk, now: datetime) -> None:
    run = order(careful, now)
    with careful.db.read() as session:
        press = Presses(careful.sender, careful.links).of_run(session, run)
    letter = next(letter for _, letter in press.specimens())
    assert DAY.background in letter.html
    assert RED.logo in letter.html
