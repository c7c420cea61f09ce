"""Filling in public forms as a person does, and reading the letters that come of it."""

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter.post.posted import PostedLetter
from tests.web.public.doors import Door

TYPING = timedelta(seconds=5)
NEW = "zoe@new-works.example"


def shown(page: TestResponse) -> str:
    """The field that says when the page was shown."""
    found = re.search(r'name="shown" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def fill(door: Door, path: str, *, network: str = "203.0.113.7", **typed: str) -> TestResponse:
    """Open the page at `path`, type for five seconds, press the button."""
    seen = door.client.get(path)
    assert seen.status_code == 200, seen.text
    door.clock.now += TYPING
    return door.client.post(path, data={"shown": shown(seen), **typed}, environ_base={"REMOTE_ADDR": network})


def subscribe(door: Door, address: str = NEW, **typed: str) -> TestResponse:
    """Ask for the technical bulletins."""
    return fill(door, "/subscribe", **{f"topic_{door.stage.cast.bulletins.id}": "on", "address": address, **typed})


def letters(door: Door) -> Sequence[PostedLetter]:
    """Every letter that was posted, oldest first."""
    with door.db.read() as session:
        return session.scalars(select(PostedLetter).order_by(PostedLetter.id)).all()


def link_in(letter: PostedLetter) -> str:
    """The path of the first link in a letter."""
    found = re.search(r"https?://\S+", letter.text)
    assert found, letter.text
    return urlsplit(found[0]).path


def last_link(door: Door) -> str:
    """The path of the link in the newest letter."""
    return link_in(letters(door)[-1])


def press(door: Door, path: str) -> TestResponse:
    """The button of a page that has one."""
    assert door.client.get(path).status_code == 200
    return door.client.post(path, data={"confirm": "yes"})
