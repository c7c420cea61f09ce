"""Themes: colours that can be read, versions that stay."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.db import Database
from newsletter.enclosure.picture import Picture
from newsletter.errors import BadBulletin, Conflict, NotFound, Refused
from newsletter.message.look import HOUSE_LOOK, LEAST_CONTRAST, Chosen, colour, contrast, contrasts, day_of, night_of
from newsletter.theme.choosing import look_for
from newsletter.theme.keeping import NEW, Written, newest_theme, read_look, retire_theme, save_theme, themes

DAY = Chosen("#b00020", "#ffffff", "#f2f2f2", "#ffffff")
RED = Written("Red", "https://a.example/a.png", "Acme", DAY)

UNREADABLE = {
    "no colour": (replace(DAY, accent="red"), "accent colour is no colour"),
    "markup": (replace(DAY, paper='#fff"><b>'), "paper is no colour"),
    "links too pale": (replace(DAY, accent="#ff8080", on_accent="#000000"), "Links on the paper"),
    "words on a button too pale": (replace(DAY, on_accent="#b06070"), "Words on a button"),
    "a paper between light and dark": (replace(DAY, paper="#808080", accent="#000000"), "Words on the paper"),
    "a background between light and dark": (replace(DAY, background="#999999"), "Quiet words on the background"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_people_could_not_read_is_refused_in_words(name: str) -> None:
    """WCAG 2.2, 1.4.3."""
    chosen, words = UNREADABLE[name]
    with pytest.raises(Refused, match=words) as refused:
        day_of(chosen)
    assert refused.value.hint


BAD = {
    "no name": (replace(RED, name=" "), "has a name"),
    "two lines": (replace(RED, name="a\nb"), "one line"),
    "a logo from nowhere": (replace(RED, logo="javascript:alert(1)"), "no address of a logo"),
    "a logo over http": (replace(RED, logo="http://acme.example/logo.png"), "no address of a logo"),
    "a logo that breaks out": (replace(RED, logo='https://acme.example/"onload="x'), "no address of a logo"),
    "a logo without words": (replace(RED, logo_alt=" "), "no alternative text"),
    "a dark colour that is none": (replace(RED, night=Chosen(accent="url(x)")), "dark colours is no colour"),
    "dark links on dark paper": (replace(RED, night=Chosen(accent="#b00020")), "in the dark"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_theme_that_cannot_be_shown_is_refused_in_words(name: str) -> None:
    written, words = BAD[name]
    with pytest.raises(Refused, match=words):
        read_look(written)


@given(st.integers(0, 0xFFFFFF).map("#{:06x}".format))
def test_the_dark_colours_we_make_can_always_be_read(accent: str) -> None:
    night = night_of(Chosen(), replace(HOUSE_LOOK.day, accent=accent))
    assert min(found for _, found in contrasts(night)) >= LEAST_CONTRAST


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#ffffff", "#ffffff") == 1


@pytest.mark.parametrize(("written", "spelled"), [("#FFF", "#ffffff"), (" 0B5F66 ", "#0b5f66"), ("red", "red")])
def test_a_colour_is_understood_however_it_is_spelled(written: str, spelled: str) -> None:
    assert colour(written) == spelled


def test_the_house_itself_can_be_read() -> None:
    for colours in (HOUSE_LOOK.day, HOUSE_LOOK.night):
        assert min(found for _, found in contrasts(colours)) >= LEAST_CONTRAST


def test_a_frozen_version_keeps_the_look_it_had(db: Database, now: datetime) -> None:
    first = save_theme(db, "red", RED, seen=NEW, author="ada", now=now)
    later = now + timedelta(hours=1)
    blue = replace(RED, day=replace(DAY, accent="#003366"))
    second = save_theme(db, "red", blue, seen=first, author="bea", now=later)
    with db.read() as session:
        assert look_for(session, "red").day.accent == "#003366"
        assert look_for(session, "red", now + timedelta(minutes=5)).day.accent == "#b00020"
        assert look_for(session, "") == HOUSE_LOOK
        assert newest_theme(session, "red").id == second


def test_two_who_change_a_theme_at_once_do_not_overwrite_each_other(db: Database, now: datetime) -> None:
    first = save_theme(db, "red", RED, seen=NEW, author="ada", now=now)
    save_theme(db, "red", RED, seen=first, author="bea", now=now)
    with pytest.raises(Conflict, match="by bea"):
        save_theme(db, "red", RED, seen=first, author="ada", now=now)
    with pytest.raises(Conflict):
        save_theme(db, "red", RED, seen=NEW, author="ada", now=now)


def test_a_retired_theme_is_offered_no_more_and_stays_where_it_was_frozen(db: Database, now: datetime) -> None:
    save_theme(db, "red", RED, seen=NEW, author="ada", now=now)
    retire_theme(db, "red", author="ada", now=now + timedelta(hours=1))
    with db.read() as session:
        assert themes(session) == []
        assert look_for(session, "red", now).logo == RED.logo
        with pytest.raises(BadBulletin, match="no theme 'red'"):
            look_for(session, "red")
    with pytest.raises(NotFound):
        retire_theme(db, "red", author="ada", now=now)


def test_a_theme_that_there_is_not_is_refused_with_those_there_are(db: Database, now: datetime) -> None:
    save_theme(db, "red", RED, seen=NEW, author="ada", now=now)
    with db.read() as session, pytest.raises(BadBulletin, match="Known themes: red"):
        look_for(session, "blue")


def test_a_logo_that_is_a_picture_of_ours_has_to_be_there(db: Database, now: datetime) -> None:
    name = "0123456789abcdef0123-200x80.png"
    with pytest.raises(Refused, match="no picture '0123"):
        save_theme(db, "red", replace(RED, logo=f"picture:{name}"), seen=NEW, author="ada", now=now)
    with pytest.raises(Refused, match="no address of a logo"):
        read_look(replace(RED, logo="picture:logo.png"))
    with db.write() as session:
        told = {"kind": "image/png", "octets": 1, "content": b"x", "alt": "Acme", "author": "ada", "kept_at": now}
        session.add(Picture(name=name, **told))
    save_theme(db, "red", replace(RED, logo=f"picture:{name}"), seen=NEW, author="ada", now=now)
    with db.read() as session:
        assert look_for(session, "red").logo == f"picture:{name}"
