"""What holds for every letter that leaves the house: where its links lead, which headers it has, what its bytes are."""

import email
import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.readers import readers
from newsletter.bulletin.source import BulletinClass, Section, Source
from newsletter.bulletin.values import Machine, Reader
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.engine.press import Presses, set_copy
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.order import Desk
from newsletter.ledger.start import start_due
from newsletter.links import Links, OptOutLink
from newsletter.message.mime import to_bytes
from newsletter.tokens import Signer
from newsletter.web.app import create_app
from tests import cast
from tests.conftest import MakeConfig
from tests.message.letters import assert_lawful, parsed
from tests.message.reading import Reader as SeenInMail
from tests.running_house import urls_in

HOUSE = Path(__file__).parent.parent
PARTS_URL = "https://parts.acme.example/"
BULLETIN = f"""---
number: B-1
title: Grease the {{{{ model | "machine" }}}}
class: %s
language: en, de
---
Hello {{{{ name | "colleague" }}}}, [order]({PARTS_URL}) or [say that it is done]({{{{ acknowledge_url }}}}).
---de---
Guten Tag {{{{ name | "zusammen" }}}}, [bestellen]({PARTS_URL}) oder [erledigt]({{{{ acknowledge_url }}}}).
"""
HEADERS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Language",
    "List-Id",
    "List-Help",
    "List-Owner",
    "List-Post",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Precedence",
    "X-Auto-Response-Suppress",
]


@pytest.fixture(params=BulletinClass)
def klass(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def letters(sqlite_db: Database, config: MakeConfig, now: datetime, klass: str) -> list[EmailMessage]:
    """What the engine would put on the wire for the cast, for one class of bulletin."""
    settings = config(sqlite_db)
    with sqlite_db.write() as session:
        cast.play(session, now)
    desk = Desk(sqlite_db, settings.sender, settings.links())
    desk.order(BULLETIN % klass, topic="", when=When(now), author="Ann", now=now)
    start_due(sqlite_db, "test", now)
    return [email_of(raw) for raw in set_copies(sqlite_db, Presses(settings.sender, settings.links()), now)]


def set_copies(db: Database, presses: Presses, now: datetime) -> Iterator[bytes]:
    with db.read() as session:
        copies = session.query(Delivery).all()
        people = readers(session, {copy.person_id: copy.unit_ids for copy in copies})
        for copy in copies:
            yield set_copy(presses.of_run(session, copy.run_id), people[copy.person_id], copy, now)[1]


def email_of(raw: bytes) -> EmailMessage:
    assert_lawful(raw)
    return parsed(raw)


def test_every_link_of_ours_leads_somewhere_and_every_other_is_the_authors(
    letters: list[EmailMessage], sqlite_db: Database, config: MakeConfig, now: datetime
) -> None:
    settings = config(sqlite_db)
    browser = create_app(settings, db=sqlite_db, clock=lambda: now).test_client()
    kinds = set()
    for letter in letters:
        urls = urls_in(letter)
        ours = {url.removeprefix(settings.public_url) for url in urls if url.startswith(f"{settings.public_url}/")}
        assert {url for url in urls if not url.startswith(settings.public_url)} == {PARTS_URL}
        assert {path: browser.get(path).status_code for path in ours} == dict.fromkeys(ours, 200)
        assert len({browser.get(path).text for path in ours}) == len(ours)  # none is the page for what leads nowhere
        kinds |= {path.split("/")[1] for path in ours}
    assert len(letters) == 4
    assert kinds == {"leave", "done", "about", "preferences", "view"}


def test_every_mail_link_reaches_our_people(letters: list[EmailMessage], config: MakeConfig) -> None:
    for letter in letters:
        body = letter.get_body(("html",))
        assert body is not None
        found = re.findall(r"mailto:([^\s>\"?]+)", "\n".join([*map(str, letter.values()), body.get_content()]))
        assert set(found) == {config().reply_address}


def test_a_bulletin_has_exactly_these_headers_each_once(letters: list[EmailMessage]) -> None:
    assert {tuple(letter.keys()) for letter in letters} == {tuple(HEADERS)}


# Whatever a keyboard of any script gives. Control characters, halves of one and direction overrides are refused, as
# tests/message/test_header_text.py shows.
WRITTEN = st.text(
    st.characters(
        codec="utf-8",
        exclude_categories=("Cc", "Cs", "Zl", "Zp"),
        exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    ),
    max_size=300,
)
LONG = st.one_of(WRITTEN, st.builds(lambda text, times: text * times, WRITTEN, st.integers(2, 20)))
LABEL = st.from_regex(r"[a-z]([a-z0-9-]{0,50}[a-z0-9])?", fullmatch=True).filter(lambda label: label[2:4] != "--")
ORIGIN = st.lists(LABEL, min_size=1, max_size=4).map(lambda labels: f"https://{'.'.join(labels)}.example")
NAME = LONG.map(lambda text: " ".join(text.split()))
TITLE = NAME.map(lambda text: re.sub(r"{+", "{", text)).filter(bool)  # two braces would begin a merge tag


@given(title=TITLE, name=NAME, vendor=NAME.filter(bool), topic=NAME, serial=LONG, origin=ORIGIN)
@example(
    title="Schmierung: „Öl“ =?utf-8?q?=0ABcc:x?= \N{FAMILY}" * 40,
    name='"Ann\\" <x@evil.example>, Bcc:',
    vendor="神田精機 & Söhne " * 30,
    topic="{{ x }}" * 300,
    serial="A/1?&#%é" * 400,
    origin="https://" + ".".join(["n" * 60] * 3) + ".example",
)
def test_a_letter_is_lawful_whatever_the_subject_the_names_and_the_links(
    title: str, name: str, vendor: str, topic: str, serial: str, origin: str
) -> None:
    press = press_of(title.strip(), vendor.strip(), topic, origin)
    reader = READER._replace(last_name=name, machines=(Machine(1, "VX-500", serial, "K1", "Toolroom North"),))
    ids = {"person_id": 2**40, "delivery_id": 2**40, "date": datetime(2026, 11, 21, tzinfo=UTC)}
    for raw in (to_bytes(press.letter(reader, **ids)), press.octets(reader, **ids)):
        assert_lawful(raw)
        message = parsed(raw)
        head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
        assert message.keys() == HEADERS
        assert re.findall(r"^List-Unsubscribe: (.*)", head.replace("\r", ""), re.MULTILINE) == [
            f"<{opt_out_url(press)}>"
        ]
        assert field(head, "Subject") == " ".join(title.split())
        html = message.get_body(("html",))
        assert html is not None
        order, leave, *_, trap = [str(link["href"]) for link in SeenInMail(html.get_content()).every("a")]
        assert (order.partition("?unit=")[0], unquote(order.partition("?unit=")[2])) == (PARTS_URL, serial)
        assert (leave, trap) == (opt_out_url(press), press.links.trap(opt_out_url(press)))


READER = Reader("nora@toolroom-north.example", "", "", "en", (), (("K1", "Toolroom North"),))


def press_of(title: str, vendor: str, topic: str, origin: str) -> Press:
    text = f'[order]({PARTS_URL}?unit={{{{ serial | "" }}}})'
    source = Source("B-1", title, BulletinClass.TECHNICAL, (), (), "", (Section("en", title, text, 1, 1, 1),))
    sender = Sender(vendor, "bulletins@acme.example", "service@acme.example", "1 Works Road", "acme.example")
    return Press(source, sender, List(1, "bulletins", topic), Links(origin, Signer((b"k" * 32,))), "seed")


def opt_out_url(press: Press) -> str:
    return press.links.opt_out(OptOutLink(2**40, 1, 2**40))


def field(head: str, name: str) -> str:
    """A header field as its reader sees it."""
    raw = email.message_from_string(head)[name]  # the old policy unfolds nothing, so we do it by the book
    return str(make_header(decode_header(re.sub(r"\r?\n(?=[ \t])", "", raw))))


OURS = {
    "editor-draft.js", "editor-paste.js", "editor-pick.js", "editor-preview.js", "editor-tools.js",
    "editor-write.js", "editor.js", "icon.svg", "line.js", "live.js", "newsletter.css", "segments.js", "themes.js",
    "work.js",
}  # fmt: skip


def strangers(folder: Path) -> dict[str, str]:
    """What is wrong with the files of a folder that are not ours: each must be as `vendored.json` says."""
    manifest = folder / "vendored.json"
    known: dict[str, Any] = json.loads(manifest.read_text()) if manifest.exists() else {}
    files = {str(file.relative_to(folder)): file for file in folder.rglob("*") if file.is_file() and file != manifest}
    wrong = dict.fromkeys(known.keys() - files.keys(), "is not there")
    for name in files.keys() - OURS:
        if not {"version", "licence", "sha256"} <= known.get(name, {}).keys():
            wrong[name] = "has no version, licence and sha256"
        elif hashlib.sha256(files[name].read_bytes()).hexdigest() != known[name]["sha256"]:
            wrong[name] = "was changed"
    return wrong


def test_whatever_is_served_is_ours_or_vendored_unchanged_with_version_and_licence() -> None:
    assert strangers(HOUSE / "static") == {}
    assert {str(file.relative_to(HOUSE / "static")) for file in (HOUSE / "static").iterdir()} >= OURS


def test_a_vendored_file_that_is_changed_or_unknown_is_found(tmp_path: Path) -> None:
    entry = {"version": "1.0", "licence": "MIT", "sha256": hashlib.sha256(b"1").hexdigest()}
    (tmp_path / "vendored.json").write_text(json.dumps(dict.fromkeys(("a.js", "b.js", "c.js"), entry)))
    (tmp_path / "a.js").write_bytes(b"1")
    (tmp_path / "b.js").write_bytes(b"2")
    (tmp_path / "d.js").write_bytes(b"1")
    assert strangers(tmp_path) == {
        "b.js": "was changed",
        "c.js": "is not there",
        "d.js": "has no version, licence and sha256",
    }
