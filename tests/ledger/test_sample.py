import threading
from datetime import datetime, timedelta

import pytest

from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import write
from newsletter.db import Database
from newsletter.errors import BadAddress, NotFound
from newsletter.ledger.preview import preview, some_readers
from newsletter.ledger.sample import Sample, ask_for_sample, has_sample, take_sample
from newsletter.ledger.seen import FRESH, engines_alive, note_seen
from newsletter.ledger.start import audience_of
from newsletter.links import Links, OptOutLink
from tests import cast
from tests.ledger import stage


@pytest.fixture
def house(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


def asked(db: Database, house: cast.Cast, now: datetime, address: str = "mara@vendor.example", person: int = 0) -> int:
    with db.write() as session:
        version = write(session, stage.TEXT, "mara", now).id
    person = person or house.nora.id
    return ask_for_sample(db, version, house.bulletins.id, as_person_id=person, address=address, author="mara", now=now)


def test_a_test_mail_is_taken_once_however_many_engines_try(db: Database, house: cast.Cast, now: datetime) -> None:
    sample = asked(db, house, now)
    took: list[int] = []

    def take(engine: str) -> None:
        with db.write() as session:
            if row := take_sample(session, engine):
                took.append(row.id)

    threads = [threading.Thread(target=take, args=(f"engine {n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert took == [sample]
    with db.read() as session:
        assert not has_sample(session)
        assert session.get_one(Sample, sample).engine.startswith("engine")


def test_a_test_mail_to_nowhere_or_as_nobody_is_refused(db: Database, house: cast.Cast, now: datetime) -> None:
    with pytest.raises(BadAddress):
        asked(db, house, now, address="mara")
    with pytest.raises(NotFound, match="no person 999"):
        asked(db, house, now, person=999)
    with db.read() as session:
        assert not has_sample(session)


def test_a_preview_is_the_letter_with_links_that_concern_nobody(
    db: Database, links: Links, house: cast.Cast, now: datetime
) -> None:
    source = read_source(stage.TEXT)
    press = stage.desk(db, links).press(source, house.bulletins, "seed")
    audience = audience_of(source, house.bulletins, None, now)
    with db.read() as session:
        letter = preview(session, press, audience, house.nora.id, now)
        with pytest.raises(NotFound, match="not for that person"):
            preview(session, press, audience, house.bela.id, now)
        assert [person.last_name for person in some_readers(session, audience)] == ["Berg", "Brandt", "Frost", "Marsh"]
        assert len(some_readers(session, audience, limit=1)) == 1
    assert "Hello Nora Frost, your A100231 and A103000." in letter.text
    token = dict(letter.headers)["List-Unsubscribe"].strip("<>").rpartition("/")[2]
    assert links.read_opt_out(token) == OptOutLink(0, house.bulletins.id, 0)


def test_an_engine_is_alive_while_it_says_so(db: Database, now: datetime) -> None:
    note_seen(db, "first", now, "", now)
    note_seen(db, "second", now, "The relay is away.", now + FRESH)
    assert {row.name: row.trouble for row in engines_alive(db, now + FRESH)} == {
        "first": "",
        "second": "The relay is away.",
    }
    assert [row.name for row in engines_alive(db, now + FRESH + timedelta(seconds=1))] == ["second"]
    note_seen(db, "first", now, "", now + timedelta(days=2))
    assert [row.name for row in engines_alive(db, now)] == ["first"]
