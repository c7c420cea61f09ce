"""The page of pictures, and the address at which readers see them."""

import re
from datetime import datetime
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from newsletter.bulletin.snippet import save_snippet
from newsletter.db import Database
from newsletter.enclosure.picture import Picture
from newsletter.enclosure.what_it_is import LARGEST
from newsletter.staff.audit import AuditEntry
from tests.enclosure.drawings import phone_photo, png
from tests.web.staff.colleagues import SITE, send, token
from tests.web.staff.conftest import Hire

PAGE = "/staff/pictures"
ALT = "The grease nipple"


@pytest.fixture
def mara(hire: Hire) -> FlaskClient:
    colleague = hire("marketer")
    colleague.sign_in()
    return colleague.browser


def upload(browser: FlaskClient, file: bytes, alt: str = ALT, name: str = "p.png", **headers: str) -> TestResponse:
    fields = {"csrf_token": token(browser, PAGE), "alt": alt, "file": (BytesIO(file), name)}
    answer = browser.post(PAGE, base_url=SITE, data=fields, headers=headers)
    answer.request.environ["wsgi.input"].close()  # the client leaves large ones open
    return answer


def kept(browser: FlaskClient, file: bytes, alt: str = ALT) -> dict[str, object]:
    answer = upload(browser, file, alt, Accept="application/json")
    assert answer.status_code in (200, 201), answer.text
    told: dict[str, object] = answer.json
    return told


def test_a_picture_is_kept_and_can_be_taken_into_a_text(mara: FlaskClient, sqlite_db: Database) -> None:
    answer = upload(mara, png(), "The [grease] nipple")
    assert answer.status_code == 303
    page = mara.get(PAGE, base_url=SITE).text
    (markdown,) = re.findall(r"<code>(!.+)</code>", page)
    assert re.fullmatch(r"!\[The \\\[grease\\\] nipple\]\(picture:[0-9a-f]{20}-40x30\.png\)", markdown)
    with sqlite_db.read() as session:
        row = session.scalars(select(Picture)).one()
        assert (row.alt, row.kind, row.author) == ("The [grease] nipple", "image/png", "ada@vendor.example")
        assert session.scalar(select(AuditEntry.act).order_by(AuditEntry.id.desc()).limit(1)) == "keep picture"


def test_an_editor_that_asks_for_json_gets_what_it_needs(mara: FlaskClient) -> None:
    told = kept(mara, png(90, 60))
    assert told["markdown"] == f"![{ALT}](picture:{told['name']})"
    assert told["url"] == f"{SITE}/picture/{told['name']}"
    assert (told["width"], told["height"], told["was_there"]) == (90, 60, False)
    again = kept(mara, png(90, 60), "Other words")
    assert (again["was_there"], again["markdown"]) == (True, f"![Other words](picture:{told['name']})")
    refused = upload(mara, b"<svg>", Accept="application/json")
    assert (refused.status_code, refused.content_type) == (400, "application/problem+json")
    assert "SVG" in refused.json["detail"]


WRONG = {
    "no words": (png(), "  ", 400, "no words"),
    "very many words": (png(), "x" * 251, 400, "251 characters"),
    "two lines that turn round": (png(), "a\u202eb", 400, "no words"),
    "no file": (b"", ALT, 400, "empty"),
    "no picture": (b"<svg><script>alert(1)</script></svg>", ALT, 400, "SVG"),
    "too large": (bytes(LARGEST + 1), ALT, 400, "more than 10 MB"),
    "far too large": (bytes(2 * LARGEST + 1), ALT, 413, "more than 10 MB"),
}


@pytest.mark.parametrize(("file", "alt", "status", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_beside_the_form(
    mara: FlaskClient, sqlite_db: Database, file: bytes, alt: str, status: int, said: str
) -> None:
    answer = upload(mara, file, alt, name="<img src=x onerror=alert(1)>.png")
    assert answer.status_code == status
    assert said in answer.text
    assert "onerror=alert" not in answer.text
    with sqlite_db.read() as session:
        assert session.scalar(select(func.count()).select_from(Picture)) == 0


def test_everybody_sees_the_same_and_nobody_is_told_who_did(mara: FlaskClient) -> None:
    name = kept(mara, phone_photo())["name"]
    stranger = mara.application.test_client()
    answer = stranger.get(f"/picture/{name}", base_url=SITE)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert Image.open(BytesIO(answer.data)).size == (48, 64)
    assert b"Secret" not in answer.data
    again = stranger.get(f"/picture/{name}", base_url=SITE, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = stranger.head(f"/picture/{name}", base_url=SITE)
    assert (head.status_code, head.data) == (200, b"")


@pytest.mark.parametrize("name", ["x", "%00", "..%2Fx", "0" * 20 + "-1x1.png", "0" * 20 + "-1x1.svg", "ä"])
def test_what_is_no_picture_is_not_found(mara: FlaskClient, name: str) -> None:
    assert mara.get(f"/picture/{name}", base_url=SITE).status_code == 404


@pytest.mark.usefixtures("stage")
def test_what_is_used_stays_and_what_is_not_may_go(mara: FlaskClient, sqlite_db: Database, now: datetime) -> None:
    name = str(kept(mara, png())["name"])
    with_it = f"Look:\n\n![Nipple](picture:{name})"
    save_snippet(sqlite_db, None, "Where", with_it, author="mara", now=now)
    text = f"---\nnumber: TB-7\ntitle: Grease\nclass: technical\nlanguage: en\n---\n{with_it}\n"
    assert send(mara, "/staff/bulletins/new?as=file", source=text, seen="").status_code == 303
    answer = mara.post(f"{PAGE}/{name}/delete", base_url=SITE, data={"csrf_token": token(mara, PAGE)})
    assert answer.status_code == 409
    assert "is used in TB-7, the snippet “Where”" in answer.text
    other = str(kept(mara, png(9, 9))["name"])
    assert mara.post(f"{PAGE}/{other}/delete", base_url=SITE, data={"csrf_token": token(mara, PAGE)}).status_code == 303
    assert mara.get(f"/picture/{other}", base_url=SITE).status_code == 404
    assert mara.get(f"/picture/{name}", base_url=SITE).status_code == 200
    gone = mara.post(f"{PAGE}/{other}/delete", base_url=SITE, data={"csrf_token": token(mara, PAGE)})
    assert gone.status_code == 404


def test_only_marketers_upload(hire: Hire) -> None:
    ada = hire("service", email="olga@vendor.example")
    ada.sign_in()
    assert ada.browser.get(PAGE, base_url=SITE).status_code == 403
    stranger = ada.browser.application.test_client()
    assert stranger.post(PAGE, base_url=SITE, data={"file": (BytesIO(png()), "p.png")}).status_code == 303


def attach(browser: FlaskClient, octets: bytes, name: str, **headers: str) -> TestResponse:
    fields = {"csrf_token": token(browser, PAGE), "file": (BytesIO(octets), name)}
    answer = browser.post("/staff/files", base_url=SITE, data=fields, headers=headers)
    answer.request.environ["wsgi.input"].close()
    return answer


def test_a_file_is_kept_shown_to_be_saved_and_deleted(mara: FlaskClient) -> None:
    assert attach(mara, b"%PDF-1.7", "Öl, neu.pdf").status_code == 303
    page = mara.get(PAGE, base_url=SITE).text
    assert "Öl- neu.pdf" in page
    told = attach(mara, b"a;b", "a.csv", Accept="application/json")
    assert (told.status_code, told.json) == (201, {"name": "a.csv", "octets": 3})
    file = mara.get("/staff/files/Öl- neu.pdf", base_url=SITE)
    assert (file.data, file.content_type) == (b"%PDF-1.7", "application/pdf")
    assert file.headers["Content-Disposition"].startswith("attachment; filename")
    assert file.headers["Cache-Control"] == "no-store"
    gone = mara.post("/staff/files/a.csv/delete", base_url=SITE, data={"csrf_token": token(mara, PAGE)})
    assert gone.status_code == 303
    assert mara.get("/staff/files/a.csv", base_url=SITE).status_code == 404
    assert mara.get("/staff/files/%00", base_url=SITE).status_code == 404


@pytest.mark.usefixtures("stage")
def test_a_file_that_a_bulletin_names_stays(mara: FlaskClient) -> None:
    attach(mara, b"x", "a.txt")
    text = "---\nnumber: TB-7\ntitle: Grease\nclass: technical\nattach: a.txt\nlanguage: en\n---\nx\n"
    assert send(mara, "/staff/bulletins/new?as=file", source=text, seen="").status_code == 303
    answer = mara.post("/staff/files/a.txt/delete", base_url=SITE, data={"csrf_token": token(mara, PAGE)})
    assert (answer.status_code, "The file is used in TB-7" in answer.text) == (409, True)
    missing = send(
        mara, "/staff/bulletins/new?as=file", source=text.replace("a.txt", "b.txt").replace("-7", "-8"), seen=""
    )
    assert (missing.status_code, "There is no file" in missing.text) == (400, True)


WRONG_FILES = {
    "a program": (b"MZ", "a.exe", 400, "no file that can go"),
    "markup in its name": (b"x", "<script>alert(1)</script>.exe", 400, "no file that can go"),
    "not what it says": (b"MZ", "a.pdf", 400, "not what its name says"),
    "empty": (b"", "a.pdf", 400, "empty"),
    "too large": (b"%PDF-" + bytes(5_000_000), "a.pdf", 400, "more than 5 MB"),
    "far too large": (bytes(2 * LARGEST), "a.pdf", 413, "more than 5 MB"),
}


@pytest.mark.parametrize(("octets", "name", "status", "said"), WRONG_FILES.values(), ids=WRONG_FILES)
def test_a_file_that_does_not_go_out_is_refused_beside_its_form(
    mara: FlaskClient, octets: bytes, name: str, status: int, said: str
) -> None:
    answer = attach(mara, octets, name)
    assert (answer.status_code, said in answer.text) == (status, True)
    assert "<script>alert" not in answer.text
    for_editor = attach(mara, octets, name, Accept="application/json")
    assert (for_editor.status_code, said in for_editor.json["detail"]) == (status, True)


def test_another_file_of_the_same_name_is_refused(mara: FlaskClient) -> None:
    attach(mara, b"x", "a.txt")
    assert attach(mara, b"x", "a.txt").status_code == 303
    answer = attach(mara, b"y", "a.txt")
    assert (answer.status_code, "another file" in answer.text) == (409, True)
