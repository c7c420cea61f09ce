from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound

from newsletter.staff.user import Duty
from newsletter.web.staff.guard import duties_of, open_to
from tests.web.staff.colleagues import SITE, Colleague, browser_of

Hire = Callable[..., Colleague]

WITHOUT_GUARD = {"way_in.sign_in", "way_in.sign_out", "way_in.welcome"}


def routes(app: Flask) -> Iterator[tuple[str, str, str]]:
    """(endpoint, method, path) of every staff route behind the guard, with 1 for each variable."""
    adapter = app.url_map.bind("news.vendor.example")
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/staff") and rule.endpoint not in WITHOUT_GUARD:
            _, path = rule.build(dict.fromkeys(rule.arguments, 1)) or ("", "")
            for method in rule.methods or ():
                try:
                    adapter.match(path, method)
                except (NotFound, MethodNotAllowed):
                    continue
                yield rule.endpoint, method, path


def test_no_staff_route_escapes_the_guard(app: Flask) -> None:
    walked = list(routes(app))
    assert len(walked) >= 4
    for endpoint, method, path in walked:
        answer = browser_of(app).open(path, method=method, base_url=SITE)
        assert (endpoint, answer.status_code) == (endpoint, 303)
        assert answer.location.startswith("/staff/sign-in")


def test_who_has_no_duty_gets_no_page(app: Flask, hire: Hire) -> None:
    nobody = hire()
    nobody.sign_in()
    for endpoint, method, path in routes(app):
        answer = nobody.browser.open(path, method=method, base_url=SITE)
        assert (endpoint, answer.status_code) == (endpoint, 403)


def test_every_view_says_whom_it_is_open_to(app: Flask) -> None:
    with app.app_context():
        assert [endpoint for endpoint, _, _ in routes(app) if Duty.ADMIN not in duties_of(endpoint)] == []


def test_every_form_needs_its_token(app: Flask, hire: Hire) -> None:
    ada = hire("admin")
    ada.sign_in()
    posts = {path for _, method, path in routes(app) if method not in {"GET", "HEAD", "OPTIONS"}}
    for path in {*posts, "/staff/sign-out"}:
        answer = ada.browser.post(path, base_url=SITE, data={"csrf_token": "made up"})
        assert (path, answer.status_code) == (path, 400)
        assert "This page was open for too long." in answer.text
    assert ada.browser.get("/staff/", base_url=SITE).status_code == 200


def test_signing_in_and_setting_a_password_need_the_token_too(app: Flask, hire: Hire) -> None:
    ada = hire("admin")
    form = {"email": ada.email, "password": "a lathe sings at dawn"}
    answer = ada.browser.post("/staff/sign-in", base_url=SITE, data=form)
    assert (answer.status_code, "Please try once more" in answer.text) == (400, True)
    assert browser_of(app).get("/staff/", base_url=SITE).status_code == 303


@pytest.mark.parametrize(
    ("duty", "status"),
    [("marketer", 200), ("admin", 200), ("service", 403), ("sales", 403)],
)
def test_a_view_is_open_to_its_duties_and_to_admins(app: Flask, hire: Hire, duty: str, status: int) -> None:
    app.view_functions["staff.leaving"] = open_to(Duty.MARKETER)(lambda: "only for some")
    colleague = hire(duty)
    colleague.sign_in()
    assert colleague.browser.get("/staff/leaving", base_url=SITE).status_code == status


def test_a_view_that_names_nobody_is_open_to_nobody(app: Flask, hire: Hire) -> None:
    app.view_functions["staff.leaving"] = lambda: "forgotten"
    ada = hire("admin")
    ada.sign_in()
    assert ada.browser.get("/staff/leaving", base_url=SITE).status_code == 403


def test_the_librarys_token_sign_in_is_closed(app: Flask, hire: Hire, browser: FlaskClient) -> None:
    assert browser.get("/staff/", base_url=SITE).status_code == 200
    serializer = app.extensions["security"].remember_token_serializer
    with app.app_context(), app.test_request_context():
        user = app.extensions["security"].datastore.find_user(email="ada@vendor.example")
        made = serializer.dumps({"ver": "5", "uid": user.fs_uniquifier, "fs_paa": 0, "exp": 0})
    assert hire
    stranger = browser_of(app)
    assert stranger.get("/staff/", base_url=SITE, query_string={"auth_token": made}).status_code == 303
    assert stranger.get("/staff/", base_url=SITE, headers={"Authentication-Token": made}).status_code == 303
