from collections.abc import Callable
from datetime import datetime, timedelta
from statistics import median
from time import process_time

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from newsletter.db import Database
from newsletter.staff.invite import invite
from newsletter.staff.sign_in import LONGEST, SignIn
from newsletter.staff.user import Duty, User
from newsletter.web.app import create_app
from tests.conftest import MakeConfig
from tests.web.staff.colleagues import PASSWORD, SITE, Colleague, browser_of, hired, send, token

Hire = Callable[..., Colleague]


def is_in(colleague: Colleague) -> bool:
    return colleague.browser.get("/staff/", base_url=SITE).status_code == 200


def test_a_colleague_signs_in_and_out(hire: Hire) -> None:
    ada = hire("service")
    assert not is_in(ada)
    assert ada.sign_in().location == "/staff/"
    assert is_in(ada)
    answer = ada.browser.post(
        "/staff/sign-out", base_url=SITE, data={"csrf_token": token(ada.browser, "/staff/")}, follow_redirects=True
    )
    assert "You are signed out." in answer.text
    assert not is_in(ada)


def test_the_address_may_be_written_in_any_case(hire: Hire) -> None:
    assert hire("service").sign_in(email=" Ada@Vendor.EXAMPLE ").status_code == 303


def test_there_is_no_colleague_and_no_password_to_begin_with(app: Flask, sqlite_db: Database) -> None:
    with sqlite_db.read() as session:
        assert session.scalars(select(User)).all() == []
    for email, password in (("admin", "admin"), ("admin@localhost", "password"), ("admin@acme.example", "")):
        refused = send(browser_of(app), "/staff/sign-in", email=email, password=password)
        assert refused.status_code in (400, 403)


def test_setting_the_password_signs_in_and_uses_the_link_up(app: Flask, hire: Hire) -> None:
    ada = hire("service")
    for method in ("get", "head", "post"):
        answer = getattr(browser_of(app), method)(ada.link, base_url=SITE, data={"password": "another one, also long"})
        assert answer.status_code == 404
    assert "newsletter user add" in browser_of(app).get(ada.link, base_url=SITE).text


def test_looking_at_the_link_does_not_use_it_up(app: Flask, sqlite_db: Database, now: datetime) -> None:
    link = f"/staff/welcome/{invite(sqlite_db, 'bo@vendor.example', [Duty.SALES], now)}"
    for _ in range(3):
        assert browser_of(app).head(link, base_url=SITE).status_code == 200
        assert "bo@vendor.example" in browser_of(app).get(link, base_url=SITE).text
    browser = browser_of(app)
    assert send(browser, link, password=PASSWORD, repeated=PASSWORD).location == "/staff/"
    assert browser.get("/staff/", base_url=SITE).status_code == 200


@pytest.mark.parametrize(
    ("password", "repeated", "said"),
    [
        pytest.param("eleven char", "eleven char", "Too short: use 12 characters or more.", id="short"),
        pytest.param("", "", "Please choose a password.", id="none"),
        pytest.param("password1234", "password1234", "common password", id="common"),
        pytest.param("qwertyuiop[]", "qwertyuiop[]", "easy to guess", id="keyboard"),
        pytest.param("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "easy to guess", id="one letter"),
        pytest.param("bo@vendor.example", "bo@vendor.example", "easy to guess", id="the address itself"),
        pytest.param("AcmeMachines1", "AcmeMachines1", "easy to guess", id="our own name"),
        pytest.param(PASSWORD, PASSWORD + "x", "The two are not the same.", id="two different"),
        pytest.param("long " * 26, "long " * 26, "longer than 128", id="longer than anything"),
    ],
)
def test_a_bad_password_is_refused_with_the_reason_and_the_link_stays_good(
    app: Flask, sqlite_db: Database, now: datetime, password: str, repeated: str, said: str
) -> None:
    link = f"/staff/welcome/{invite(sqlite_db, 'bo@vendor.example', [Duty.SALES], now)}"
    refused = send(browser_of(app), link, password=password, repeated=repeated)
    assert (refused.status_code, said in refused.text) == (400, True)
    assert send(browser_of(app), link, password=PASSWORD, repeated=PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "password",
    ["pâte à modeler bleue", "🔑 key of the shed in the wood", "лес стоит тихо 42", "no\u00a0break\tno luck at all"],
)
def test_a_password_of_any_script_works(app: Flask, sqlite_db: Database, now: datetime, password: str) -> None:
    link = f"/staff/welcome/{invite(sqlite_db, 'bo@vendor.example', [Duty.SALES], now)}"
    assert send(browser_of(app), link, password=password, repeated=password).status_code == 303
    signed_in = send(browser_of(app), "/staff/sign-in", email="bo@vendor.example", password=password)
    assert signed_in.status_code == 303


def test_passwords_are_kept_as_argon2_hashes(hire: Hire, sqlite_db: Database) -> None:
    hire("service")
    with sqlite_db.read() as session:
        assert (session.scalars(select(User.password)).one() or "").startswith("$argon2id$")


def test_the_answer_does_not_tell_whether_the_colleague_exists(
    config: MakeConfig, sqlite_db: Database, now: datetime
) -> None:
    app = create_app(config(sqlite_db, base_url=SITE), db=sqlite_db)  # it hashes with as much work as the house does
    hired(app, sqlite_db, "ada@vendor.example", ["service"], now)
    invite(sqlite_db, "new@vendor.example", [Duty.SALES], now)
    shut_out = hired(app, sqlite_db, "out@vendor.example", ["service"], now)
    with sqlite_db.write() as session:
        session.scalars(select(User).where(User.email == shut_out.email)).one().active = False
    cases = {
        "ada@vendor.example": "wrong, but long enough",
        "nobody@vendor.example": PASSWORD,
        "new@vendor.example": PASSWORD,
        "out@vendor.example": PASSWORD,
    }
    answers, seconds = set(), {}
    for email, password in cases.items():
        spent = []
        for _ in range(3):
            browser = browser_of(app)
            form = {"email": email, "password": password, "csrf_token": token(browser, "/staff/sign-in")}
            begun = process_time()
            answer = browser.post("/staff/sign-in", base_url=SITE, data=form)
            spent.append(process_time() - begun)
            answers.add((answer.status_code, answer.text.replace(email, "").split("csrf_token")[0]))
        seconds[email] = median(spent)
    assert len(answers) == 1
    assert max(seconds.values()) < 3 * min(seconds.values()), seconds


def test_signing_out_ends_a_copied_cookie(app: Flask, hire: Hire) -> None:
    ada = hire("service")
    ada.sign_in()
    thief = browser_of(app)
    cookie = ada.browser.get_cookie("newsletter_staff", domain="news.vendor.example", path="/staff")
    assert cookie
    thief.set_cookie(
        "newsletter_staff", cookie.value, domain="news.vendor.example", path="/staff", secure=True, httponly=True
    )
    assert thief.get("/staff/", base_url=SITE).status_code == 200
    ada.browser.post("/staff/sign-out", base_url=SITE, data={"csrf_token": token(ada.browser, "/staff/")})
    assert thief.get("/staff/", base_url=SITE).status_code == 303


def test_a_new_password_ends_every_session(app: Flask, hire: Hire, sqlite_db: Database, now: datetime) -> None:
    ada = hire("service")
    ada.sign_in()
    link = f"/staff/welcome/{invite(sqlite_db, ada.email, [], now)}"
    assert is_in(ada)
    send(browser_of(app), link, password="another one, also long", repeated="another one, also long")
    assert not is_in(ada)
    assert ada.sign_in().status_code == 403


def test_who_is_shut_out_is_out_at_once(hire: Hire, sqlite_db: Database) -> None:
    ada = hire("service")
    ada.sign_in()
    with sqlite_db.write() as session:
        session.scalars(select(User)).one().active = False
    assert not is_in(ada)


def test_a_session_ends_after_twelve_idle_hours(hire: Hire, clock: time_machine.Traveller) -> None:
    ada = hire("service")
    ada.sign_in()
    for _ in range(3):
        clock.shift(timedelta(hours=11))
        assert is_in(ada)
    clock.shift(timedelta(hours=12, seconds=2))
    assert not is_in(ada)


def test_a_session_that_is_never_idle_ends_after_a_week(hire: Hire, clock: time_machine.Traveller) -> None:
    ada = hire("service")
    ada.sign_in()
    for _ in range(LONGEST // timedelta(hours=8)):
        assert is_in(ada)
        clock.shift(timedelta(hours=8))
    assert not is_in(ada)


@pytest.mark.parametrize("site", ["https://news.vendor.example", "http://127.0.0.1:8000"])
def test_the_cookie_is_kept_from_scripts_other_sites_and_other_doors(
    sqlite_db: Database, config: MakeConfig, site: str
) -> None:
    app = create_app(config(sqlite_db, base_url=site), db=sqlite_db)
    cookie = app.test_client().get("/staff/sign-in", base_url=site).headers["Set-Cookie"]
    parts = {part.strip() for part in cookie.split(";")[1:]}
    assert {"HttpOnly", "SameSite=Lax", "Path=/staff"} <= parts
    assert ("Secure" in parts) == site.startswith("https:")


def test_a_planted_session_does_not_become_a_signed_in_one(app: Flask, hire: Hire, sqlite_db: Database) -> None:
    ada = hire("service")
    before = token(ada.browser, "/staff/sign-in")
    planted = ada.browser.get_cookie("newsletter_staff", domain="news.vendor.example", path="/staff")
    ada.sign_in()
    assert planted
    attacker = browser_of(app)
    attacker.set_cookie("newsletter_staff", planted.value, domain="news.vendor.example", path="/staff", secure=True)
    assert attacker.get("/staff/", base_url=SITE).status_code == 303
    assert ada.browser.post("/staff/sign-out", base_url=SITE, data={"csrf_token": before}).status_code == 400
    with sqlite_db.read() as session:
        assert [row.ended_at for row in session.scalars(select(SignIn).order_by(SignIn.id))][-1] is None


@pytest.mark.parametrize(
    ("asked_for", "location"),
    [
        pytest.param("/staff/accounts?q=K1", "/staff/accounts?q=K1", id="own page"),
        pytest.param("/staff/accounts/K1", "/staff/accounts/K1", id="own account"),
        pytest.param("", "/staff/", id="nothing"),
        pytest.param("/leave/x", "/staff/", id="another door"),
        pytest.param("https://evil.example/staff/", "/staff/", id="another site"),
        pytest.param("//evil.example/staff/", "/staff/", id="no scheme"),
        pytest.param("/\\evil.example/staff/", "/staff/", id="backslash"),
        pytest.param("\\\\evil.example", "/staff/", id="two backslashes"),
        pytest.param("/staff/\\..\\..\\evil", "/staff/", id="backslash inside"),
        pytest.param(" /staff/", "/staff/", id="blank before"),
        pytest.param("/staff/\r\nSet-Cookie: a=b", "/staff/", id="line break"),
        pytest.param("javascript:alert(1)", "/staff/", id="script"),
        pytest.param("/staff/" + "x" * 5000, "/staff/", id="endless"),
    ],
)
def test_after_signing_in_only_an_own_page_follows(hire: Hire, asked_for: str, location: str) -> None:
    assert hire("service").sign_in(after=asked_for).location == location


def test_a_page_that_was_asked_for_comes_after_signing_in(hire: Hire) -> None:
    ada = hire("service")
    way_in = ada.browser.get("/staff/accounts?q=K1", base_url=SITE).location
    assert way_in == "/staff/sign-in?next=/staff/accounts?q%3DK1"
    form = {"email": ada.email, "password": PASSWORD, "csrf_token": token(ada.browser, way_in)}
    assert ada.browser.post(way_in, base_url=SITE, data=form).location == "/staff/accounts?q=K1"
    assert ada.browser.get(way_in, base_url=SITE).location == "/staff/accounts?q=K1"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"email": "ada@vendor.example"},
        {"email": "\x00\ud800".encode("utf-8", "surrogatepass"), "password": "\x00"},
        {"email": "x" * 300 + "@vendor.example", "password": "p"},
        {"email": "ada@vendor.example", "password": "p" * 1_000_000},
    ],
    ids=["nothing", "half", "no characters", "long address", "a million letters"],
)
def test_a_form_that_makes_no_sense_is_refused(hire: Hire, form: dict[str, str]) -> None:
    ada = hire("service")
    answer = ada.browser.post(
        "/staff/sign-in", base_url=SITE, data={**form, "csrf_token": token(ada.browser, "/staff/sign-in")}
    )
    assert answer.status_code in (400, 403)
    assert "<h1>" in answer.text
