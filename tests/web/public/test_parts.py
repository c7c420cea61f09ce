"""Pictures, and parts for some readers, on the pages that everybody or one reader sees."""

import re
from datetime import datetime

import pytest
from sqlalchemy import update

from newsletter.bulletin.bulletin import Version
from newsletter.db import Database
from newsletter.enclosure.drawn import Drawn
from newsletter.enclosure.keep_picture import keep_picture
from tests.archive.newsstand import source
from tests.web.public.doors import Door, text_of
from tests.web.public.test_archive import OPEN, get, publish
from tests.web.public.test_view import view

TEXT = """Look:

![Where it is]({picture}) ![Elsewhere](https://elsewhere.example/x.png)

:::if model VX-500i
Yours is a VX-500i.
:::
:::if not model VX-500i
Yours is none.
:::
:::if country US
Call America.
:::
"""


@pytest.fixture
def text(door: Door) -> str:
    return TEXT.replace("{picture}", f"picture:{kept(door.db, door.clock.now)}")


def kept(db: Database, now: datetime) -> str:
    def draw(_octets: bytes) -> Drawn:
        return Drawn(b"drawn", "image/png", 1200, 600)

    return keep_picture(db, b"\x89PNG\r\n\x1a\n", "Where it is", author="mara", now=now, draw=draw).name


def test_everybody_sees_our_pictures_and_for_whom_a_part_is(door: Door, text: str) -> None:
    publish(door, source("TB-1", text=text))
    page = get(door, f"{OPEN}/TB-1")
    assert f'<img src="{door.links.pictures}' in page.text
    assert '<img src="https://elsewhere' not in page.text
    assert f"img-src {door.links.pictures} data:;" in page.headers["Content-Security-Policy"]
    said = text_of(page)
    assert "Only for VX-500i: Yours is a VX-500i." in said
    assert "Not for VX-500i: Yours is none." in said
    assert ":::" not in said
    feed = get(door, f"{OPEN}/atom.xml").text
    assert door.links.pictures in feed
    assert ":::" not in feed


def test_who_opens_their_own_letter_sees_what_is_for_them(door: Door, text: str) -> None:
    with door.db.write() as session:
        session.execute(update(Version).values(source=source("TB-2026-014", "models: VX-500, VX-500i", text=text)))
    seen = {}
    for name, link in (("nora", door.stage.nora), ("una", door.stage.una)):
        page = door.client.get(view(door, link))
        assert f"img-src {door.links.pictures} data:;" in page.headers["Content-Security-Policy"]
        seen[name] = re.findall(r"Yours is [^.]+|Call America", text_of(page))
    assert seen["nora"] == ["Yours is a VX-500i"]  # she has two machines
    assert "Only for" not in text_of(page)
    assert seen["una"] == ["Yours is none"]
