import re

import pytest
from sqlalchemy import delete, text

from newsletter.audience.person import Affiliation, Person
from newsletter.links import OptOutLink
from newsletter.optout.opt_out import OptOut
from newsletter.tables import metadata
from tests.web.public.doors import ONE_CLICK, Door, text_of

_ODD_PART = b'--x\r\nContent-Disposition: form-data; name="reason"\r\n\r\n\xff\r\n--x--\r\n'


def test_fault27_another_mails_machine_is_refused(door: Door) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    for unit in (door.stage.cast.c90.id, door.stage.cast.a103000.id):
        page = door.client.post(f"{door.una}/unit", data={"unit": unit, "said": "gone"})
        assert (page.status_code, "not named in the mail" in text_of(page)) == (400, True)
    assert door.rows()["answer"] == []


def test_fault27_a_lost_link_still_helps_and_reveals_nothing(door: Door) -> None:
    with door.db.write() as session:
        session.execute(delete(Affiliation).where(Affiliation.person_id == door.stage.cast.bela.id))
        session.execute(text("DELETE FROM subscription WHERE person_id = :id"), {"id": door.stage.cast.bela.id})
        session.execute(text("DELETE FROM consent WHERE person_id = :id"), {"id": door.stage.cast.bela.id})
        session.execute(delete(Person).where(Person.id == door.stage.cast.bela.id))
    forgotten = door.path(OptOutLink(door.stage.cast.bela.id, door.stage.cast.bulletins.id, 0))
    pages = [door.client.get(path) for path in ("/leave/abc", door.nora[:-2], f"{door.una}x", forgotten, "/leave/%FF")]
    assert [page.status_code for page in pages] == [404] * 5
    assert len({page.text for page in pages}) == 1
    assert "service@acme.example" in pages[0].text


def test_fault43_their_words_are_kept_and_come_back_harmless(either_door: Door) -> None:
    words = "\n<script>alert(1)</script> 👩‍🔧 مرحبا </textarea>"
    either_door.client.post(either_door.una, data=ONE_CLICK)
    page = either_door.client.post(f"{either_door.una}/why", data={"reason": "other", "text": words})
    assert either_door.rows()["answer"][0][5] == words
    assert "<script>" not in page.text
    assert ">\n\n&lt;script&gt;alert(1)&lt;/script&gt; 👩‍🔧 مرحبا &lt;/textarea&gt;</textarea>" in page.text


def test_fault43_too_long_a_text_comes_back_with_a_sentence_and_the_opt_out_stands(door: Door) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    door.client.post(f"{door.una}/why", data={"reason": "other"})
    for length in (2_001, 1_000_000):
        page = door.client.post(f"{door.una}/why", data={"reason": "other", "text": "x" * length})
        assert (page.status_code, "x" * length in page.text) == (400, True)
        assert "longer than 2,000 characters" in text_of(page)
        assert re.search(r'aria-describedby="limit trouble" aria-invalid="true"', page.text)
    assert (len(door.rows()["opt_out"]), len(door.rows()["answer"])) == (1, 1)


def test_fault43_too_long_a_text_comes_back_even_before_the_reason_was_given(door: Door) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    page = door.client.post(f"{door.una}/why", data={"reason": "other", "text": "y" * 2_001})
    assert "y" * 2_001 in page.text


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"reason=other&text=%FF%FE", "application/x-www-form-urlencoded"),
        (b"reason=other&text=\xff\xfe", "application/x-www-form-urlencoded"),
        (b"reason=other&text=%ED%A0%80", "application/x-www-form-urlencoded"),
        (b"reason=other&text=%C0%AF", "application/x-www-form-urlencoded"),
        (b"reason=other&text=a%00b", "application/x-www-form-urlencoded"),
        (_ODD_PART, "multipart/form-data; boundary=x"),
        (b"reason=backup&" + b"a=1&" * 260, "application/x-www-form-urlencoded"),
        (b'{"reason": "backup"}', "application/json"),
        (b"reason=", "application/x-www-form-urlencoded"),
        (b"reason=lost", "application/x-www-form-urlencoded"),
        (b"fate=eaten", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
    ],
    ids=[
        "invalid UTF-8, quoted", "invalid UTF-8, raw", "a surrogate", "overlong", "NUL", "invalid UTF-8 in a part",
        "many fields", "JSON", "an empty code", "an unknown code", "an unknown fate", "nothing",
    ],
)  # fmt: skip
def test_fault47_an_odd_form_is_refused_in_a_sentence_and_changes_nothing(
    door: Door, body: bytes, encoding: str
) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    before = door.rows()
    for path in (f"{door.una}/why", f"{door.una}/unit"):
        page = door.client.post(path, data=body, content_type=encoding)
        assert (page.status_code, door.rows()) == (400, before)
        assert len(text_of(page)) > 40


@pytest.mark.parametrize("unit", ["x", "-1", "9" * 30, "1.5", "٣", "1_0"])
def test_an_odd_machine_is_refused(door: Door, unit: str) -> None:
    door.client.post(door.una, data=ONE_CLICK)
    page = door.client.post(f"{door.una}/unit", data={"unit": unit, "said": "gone"})
    assert (page.status_code, door.rows()["answer"]) == (400, [])


def test_a_form_beyond_all_measure_is_refused(door: Door) -> None:
    parts = {f"part{number}": "x" for number in range(1_000)}
    for path in (door.una, f"{door.una}/why"):
        for form, kind in (({"text": "x" * 3_000_000}, None), (parts, "multipart/form-data")):
            page = door.client.post(path, data=form, content_type=kind)
            assert (page.status_code, "more than we can take" in text_of(page)) == (413, True)
    assert door.rows()["opt_out"] == []


@pytest.mark.parametrize("table", ["answer", "evidence", "delivery"])
def test_fault44_an_opt_out_stands_and_is_shown_when_a_table_is_broken(either_door: Door, table: str) -> None:
    with either_door.db.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO away"))
    page = either_door.client.post(either_door.una, data={"leave": "topic"})
    assert (page.status_code, "You are off the list." in text_of(page)) == (200, True)
    assert either_door.client.post(either_door.nora, data=ONE_CLICK).status_code == 200
    page = either_door.client.post(f"{either_door.una}/why", data={"reason": "backup"})
    assert (page.status_code, "could not be kept just now" in text_of(page)) == (503, True)
    assert "You are off the list." in text_of(page)
    with either_door.db.read() as session:
        assert len(session.query(OptOut).all()) == 2


def test_fault44_an_opt_out_stands_when_every_table_is_broken_but_its_own(either_door: Door) -> None:
    """Reasons, evidence, verdicts, follow-up, letters, the engine's and the ledger's, at once."""
    own = {"person", "topic", "subscription", "consent", "opt_out", "withdrawal", "account", "affiliation"}
    with either_door.db.engine.begin() as connection:
        for number, table in enumerate(sorted(metadata.tables.keys() - own)):
            connection.execute(text(f'ALTER TABLE "{table}" RENAME TO away{number}'))
    assert either_door.client.post(either_door.una, data={"leave": "topic"}).status_code == 200
    assert either_door.client.post(either_door.nora, data=ONE_CLICK).status_code == 200
    with either_door.db.read() as session:
        assert len(session.query(OptOut).all()) == 2


def test_fault49_a_database_that_is_away_is_said_without_the_token(
    either_door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with either_door.db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE person RENAME TO away"))
    token = either_door.una.rpartition("/")[2]
    for answer in (
        either_door.client.get(either_door.una),
        either_door.client.post(either_door.una, data={"leave": "topic"}),
    ):
        assert answer.status_code in {500, 503}
        assert "cannot be reached just now" in text_of(answer)
    one_click = either_door.client.post(either_door.una, data=ONE_CLICK)
    assert one_click.status_code in {500, 503}
    assert "cannot be reached just now" in one_click.text
    assert token not in caplog.text
