"""A letter in a browser: for its reader, and for whoever holds the link when the reader is gone."""

import re

import pytest
from sqlalchemy import delete, update

from newsletter.audience.person import Person
from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.write import find, newest, write
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.digest import Digest, DigestEntry
from newsletter.ledger.run import Batch, Run
from newsletter.links import OptOutLink
from tests.web.public.doors import Door, text_of

TEXT = """---
number: TB-2026-014
title: Check the spindle of {{ model | "your machine" }}
class: technical
models: VX-500, VX-500i
language: en, de
title.de: Spindel prüfen
---
Dear {{ first_name | "colleague" }}, grease [{{ serial }}](https://acme.example/?u={{ serial }}).

[Done]({{ acknowledge_url }})
---de---
Guten Tag {{ first_name | "Kollegin" }}.
"""


@pytest.fixture(autouse=True)
def _text(door: Door) -> None:
    with door.db.write() as session:
        session.execute(update(Version).values(source=TEXT))


def view(door: Door, link: OptOutLink) -> str:
    return door.links.view(door.links.opt_out(link)).removeprefix(door.links.base_url)


def test_its_reader_sees_it_as_they_got_it(door: Door) -> None:
    page = door.client.get(view(door, door.stage.nora))
    assert page.status_code == 200
    assert "Check the spindle of VX-500 and VX-500i" in text_of(page)
    assert "Dear Nora, grease A100231 and A103000 ." in text_of(page)
    assert "https://acme.example/?u=A100231,A103000" in page.text
    assert "Your machines: VX-500 A100231, VX-500i A103000" in text_of(page).replace(" ,", ",")
    assert re.search(r'href="[^"]*/done/', page.text)
    assert door.nora in page.text  # the way out
    assert page.headers["X-Robots-Tag"] == "noindex"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers


def test_it_is_in_the_language_of_its_reader_today(door: Door) -> None:
    with door.db.write() as session:
        session.execute(update(Person).where(Person.id == door.stage.nora.person_id).values(language="de-AT"))
    page = door.client.get(view(door, door.stage.nora))
    assert "Guten Tag Nora." in text_of(page)
    assert '<html lang="de"' in page.text


def test_what_was_sent_is_shown_and_no_later_draft(door: Door) -> None:
    with door.db.write() as session:
        write(session, TEXT.replace("Dear", "Beloved"), "mara", door.clock.now)
    assert "Dear Nora" in text_of(door.client.get(view(door, door.stage.nora)))


def test_a_copy_of_somebody_else_shows_nobodys_data(door: Door) -> None:
    stranger = OptOutLink(door.stage.una.person_id, door.stage.nora.topic_id, door.stage.nora.delivery_id)
    page = door.client.get(view(door, stranger))
    assert "Dear colleague, grease …" in text_of(page)
    assert not re.search("Nora|A100231|/leave/|/done/|acme.example/\\?u=A", page.text)


def test_an_erased_reader_leaves_the_letter_without_their_data(door: Door) -> None:
    with door.db.write() as session:
        session.execute(update(Delivery).where(Delivery.id == door.stage.nora.delivery_id).values(person_id=None))
    page = door.client.get(view(door, door.stage.nora))
    assert "Dear colleague" in text_of(page)
    assert not re.search("Nora|A100231|/leave/", page.text)


def test_a_letter_that_is_gone_gets_the_helpful_page(door: Door) -> None:
    with door.db.write() as session:
        for table in (Delivery, Batch, Run, Version, Bulletin):
            session.execute(delete(table))
    page = door.client.get(view(door, door.stage.nora))
    assert page.status_code == 404
    assert "write “stop” to" in text_of(page)


@pytest.mark.parametrize("token", ["", "x", "A" * 40, "%00", "é", "x" * 500])
def test_fault_27_a_wrong_token_reveals_nothing(door: Door, token: str) -> None:
    assert door.client.get(f"/view/{token}").status_code == 404


def test_a_link_of_a_digest_shows_it_to_who_was_told(door: Door) -> None:
    with door.db.write() as session:
        bulletin = find(session, "TB-2026-014")
        assert bulletin is not None
        version = newest(session, bulletin)
        assert version is not None
        digest = Digest(
            person_id=door.stage.nora.person_id,
            slot_at=door.clock.now,
            slot_day=door.clock.now.date(),
            gathered_at=door.clock.now,
        )
        session.add(digest)
        session.flush()
        told = {"bulletin_id": bulletin.id, "version_id": version.id, "digest_id": digest.id}
        session.add(DigestEntry(person_id=door.stage.nora.person_id, **told))
    nora, una = (
        door.client.get(door.links.view_gathered(link.person_id, version.id).removeprefix(door.links.base_url))
        for link in (door.stage.nora, door.stage.una)
    )
    assert "Dear Nora, grease A100231 and A103000 ." in text_of(nora)
    assert "Dear colleague, grease …" in text_of(una)


def test_looking_changes_nothing(door: Door) -> None:
    before = door.rows()
    door.client.get(view(door, door.stage.nora))
    door.client.head(view(door, door.stage.nora))
    assert {name: rows for name, rows in door.rows().items() if "hit" not in name} == {
        name: rows for name, rows in before.items() if "hit" not in name
    }
