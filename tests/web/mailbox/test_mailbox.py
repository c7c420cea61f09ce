import json
import re
from datetime import datetime, timedelta
from email import message_from_bytes

import pytest
from flask import Flask
from flask.testing import FlaskClient

from newsletter.db import Database
from newsletter.mailbox.store import Store
from newsletter.web.app import create_app
from tests.conftest import MakeConfig

LINK = "https://news.vendor.example/leave/AbC-123_x"
HOSTILE = "<script>alert(1)</script>"


def mail(html: str = "<p>Hello", text: str = f"Hello\r\nStop: {LINK}\r\n", subject: str = "Grease") -> bytes:
    return (
        f"From: a@acme.example\r\nTo: nora@toolroom-north.example\r\nSubject: {subject}\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n--b--\r\n"
    ).encode()


@pytest.fixture
def app(sqlite_db: Database, config: MakeConfig) -> Flask:
    return create_app(config(sqlite_db, zone="Europe/Berlin"), db=sqlite_db)


@pytest.fixture
def store(config: MakeConfig) -> Store:
    return Store(config().var / "mailbox")


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return app.test_client()


def keep(store: Store, raw: bytes, now: datetime, to: str = "nora@toolroom-north.example") -> str:
    return store.keep(raw, "bounce+x@acme.example", [to], now)


def test_an_empty_mailbox_says_what_to_do(reader: FlaskClient) -> None:
    assert "Send a bulletin and it lands here." in reader.get("/mailbox").text
    assert json.loads(reader.get("/mailbox/api/messages").text) == []


def test_messages_are_listed_newest_first_a_page_at_a_time(reader: FlaskClient, store: Store, now: datetime) -> None:
    for number in range(51):
        keep(store, mail(subject=f"Number {number:02}"), now + timedelta(seconds=number))
    first = reader.get("/mailbox").text
    assert re.findall(r"Number (\d\d)", first) == [f"{n:02}" for n in range(50, 0, -1)]
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older
    assert re.findall(r"Number (\d\d)", reader.get(older[1]).text) == ["00"]


def test_a_message_is_shown_as_html_text_and_source(reader: FlaskClient, store: Store, now: datetime) -> None:
    ident = keep(store, mail(), now)
    page = reader.get(f"/mailbox/{ident}")
    assert f'<a href="{LINK}" rel="noopener noreferrer">' in page.text or f'href="{LINK}"' in page.text
    assert f'src="/mailbox/{ident}/html"' in page.text
    assert "Content-Type: multipart/alternative" in page.text
    assert "21 Nov 2026, 10:00 CET" in page.text
    assert reader.get(f"/mailbox/{ident}/raw").data == mail()


def test_the_html_is_shut_in(reader: FlaskClient, store: Store, now: datetime) -> None:
    html = f"<html><head><title>x</title></head><body style='color:red'>{HOSTILE}<img src='https://a.example/b'></body>"
    ident = keep(store, mail(html=html), now)
    page = reader.get(f"/mailbox/{ident}")
    frame = reader.get(f"/mailbox/{ident}/html")
    rules = dict(rule.split(" ", 1) for rule in frame.headers["Content-Security-Policy"].split("; "))
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    assert HOSTILE not in page.text
    assert rules["script-src"] == rules["default-src"] == rules["connect-src"] == rules["form-action"] == "'none'"
    assert rules["style-src"] == "'unsafe-inline'"
    assert rules["img-src"] == "https: http://127.0.0.1:8000/picture/"  # ours, where this house has no https
    assert (rules["frame-ancestors"], rules["sandbox"]) == ("'self'", "allow-popups allow-popups-to-escape-sandbox")
    assert '<head><base target="_blank">' in frame.text
    assert "'unsafe-inline'" not in page.headers["Content-Security-Policy"]


def test_what_a_message_says_is_inert_on_our_pages(reader: FlaskClient, store: Store, now: datetime) -> None:
    text = f'{HOSTILE} javascript:alert(1) https://a.example/"onmouseover="alert(1)'
    ident = store.keep(mail(text=text, subject=HOSTILE), HOSTILE, [HOSTILE], now)
    for page in ("/mailbox", f"/mailbox/{ident}"):
        html = reader.get(page).text
        assert "alert(1)" in html
        assert not re.search(r'<script|href="javascript|"\s*onmouseover', html)


def test_a_message_without_text_or_html_is_shown_still(reader: FlaskClient, store: Store, now: datetime) -> None:
    ident = keep(store, b"\xff\xfe broken", now)
    page = reader.get(f"/mailbox/{ident}")
    assert (page.status_code, "has no HTML" in page.text, "ÿþ broken" in page.text) == (200, True, True)
    assert reader.get(f"/mailbox/{ident}/html").status_code == 404


@pytest.mark.parametrize("ident", ["x", "0" * 32, "..%2f..%2fsecret_key", "%00", "x/html", "0" * 32 + "/raw"])
def test_what_is_no_message_is_not_found(reader: FlaskClient, ident: str) -> None:
    assert reader.get(f"/mailbox/{ident}").status_code == 404


@pytest.mark.parametrize(
    ("raw", "coding"),
    [
        pytest.param(mail(subject="Wärme"), "utf-8", id="UTF-8"),
        pytest.param("Subject: Wärme\r\n\r\nÖl".encode("latin-1"), "latin-1", id="ISO 8859-1"),
        pytest.param(bytes(range(256)) * 2, "latin-1", id="every octet"),
    ],
)
def test_raw_in_the_json_gives_back_the_octets(
    reader: FlaskClient, store: Store, now: datetime, raw: bytes, coding: str
) -> None:
    ident = keep(store, raw, now)
    told = json.loads(reader.get("/mailbox/api/messages").text)
    assert [set(one) for one in told] == [{"id", "to", "subject", "raw"}]
    assert (told[0]["id"], told[0]["to"]) == (ident, "nora@toolroom-north.example")
    assert told[0]["raw"].encode(coding) == raw


def test_the_json_holds_every_message_or_the_part_asked_for(reader: FlaskClient, store: Store, now: datetime) -> None:
    ids = [keep(store, mail(subject=str(n)), now + timedelta(seconds=n)) for n in range(250)]
    newest_first = ids[::-1]

    def told(query: str = "") -> list[str]:
        return [one["id"] for one in json.loads(reader.get(f"/mailbox/api/messages{query}").text)]

    assert told() == newest_first
    assert told("?limit=120") == newest_first[:120]
    assert told(f"?limit=2&before={newest_first[9]}") == newest_first[10:12]
    assert told("?limit=0") == told("?limit=-3") == told("?before=nonsense") == []


def test_the_json_can_be_parsed_as_mail(reader: FlaskClient, store: Store, now: datetime) -> None:
    keep(store, mail(), now)
    message = message_from_bytes(json.loads(reader.get("/mailbox/api/messages").text)[0]["raw"].encode())
    assert (message["Subject"], message.get_content_type(), message.defects) == ("Grease", "multipart/alternative", [])


def test_without_the_built_in_mailbox_there_is_no_page(sqlite_db: Database, config: MakeConfig) -> None:
    app = create_app(config(sqlite_db, smtp_url="smtp://127.0.0.1:2525"), db=sqlite_db)
    assert app.test_client().get("/mailbox").status_code == 404
    assert app.test_client().get("/mailbox/api/messages").status_code == 404
