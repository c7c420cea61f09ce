from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import time_machine
from flask import Flask
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import func, select

from newsletter.db import Database
from newsletter.staff.attempts import Attempts
from newsletter.web.app import create_app
from newsletter.web.limits import SqlStorage
from tests.conftest import MakeConfig
from tests.web.staff.colleagues import PASSWORD, SITE, Colleague, browser_of, hired, send

Hire = Callable[..., Colleague]


def fail(app: Flask, times: int, email: str = "ada@vendor.example", network: str = "192.0.2.7") -> list[int]:
    """The answers to wrong passwords."""
    answers = []
    for _ in range(times):
        browser = browser_of(app)
        browser.environ_base["REMOTE_ADDR"] = network
        answers.append(send(browser, "/staff/sign-in", email=email, password="wrong").status_code)
    return answers


def test_ten_failures_at_an_address_close_it_for_a_while(app: Flask, hire: Hire, clock: time_machine.Traveller) -> None:
    ada = hire("service")
    assert fail(app, 11) == [403] * 10 + [429]
    clock.shift(timedelta(minutes=5))
    closed = ada.sign_in(email="ADA@vendor.example")
    assert closed.status_code == 429
    assert 600 <= int(closed.headers["Retry-After"]) <= 601
    assert "Wait about 10 min" in closed.text
    clock.shift(timedelta(minutes=10, seconds=1))
    assert ada.sign_in().status_code == 303


def test_an_address_is_closed_for_every_network_and_alone(app: Flask, hire: Hire) -> None:
    hire("service")
    bo = hire("service", email="bo@vendor.example")
    fail(app, 10)
    assert fail(app, 1, network="203.0.113.9") == [429]
    assert bo.sign_in().status_code == 303


def test_signing_in_well_is_never_too_often(hire: Hire) -> None:
    ada = hire("service")
    for _ in range(12):
        assert ada.sign_in().status_code == 303
        ada.browser.delete_cookie("newsletter_staff", domain="news.vendor.example", path="/staff")


def test_a_network_is_closed_whatever_addresses_it_tries(app: Flask, sqlite_db: Database) -> None:
    storage, fifteen = SqlStorage(db=sqlite_db), RateLimitItemPerMinute(50, 15)
    scope = "way_in.sign_in"
    for _ in range(48):
        FixedWindowRateLimiter(storage).hit(fifteen, "network 2001:db8:1:2::/64", scope)
    answers = [fail(app, 1, f"{n}@vendor.example", f"2001:db8:1:2::{n}")[0] for n in range(3)]
    assert answers == [403, 403, 429]
    assert fail(app, 1, "x@vendor.example", "2001:db8:1:3::1") == [403]


def test_a_limit_holds_over_several_processes(db: Database, config: MakeConfig, now: datetime) -> None:
    another_pool = Database(db.engine.url)
    one, other = (create_app(config(db, base_url=SITE), db=pool) for pool in (db, another_pool))
    hired(one, db, "ada@vendor.example", ["service"], now)
    assert fail(one, 6) + fail(other, 4) + fail(one, 1) == [403] * 10 + [429]
    another_pool.close()


def test_forty_tries_at_once_are_counted_as_forty(db: Database) -> None:
    storage = SqlStorage(db=db)
    with ThreadPoolExecutor(8) as pool:
        counts = sorted(pool.map(lambda _: storage.incr("key", 60), range(40)))
    assert counts == list(range(1, 41))
    assert storage.get("key") == 40


def test_a_window_that_is_over_is_forgotten(db: Database, clock: time_machine.Traveller) -> None:
    storage = SqlStorage(db=db)
    storage.incr("old", 60, 5)
    clock.shift(61)
    assert (storage.get("old"), storage.incr("new", 60), storage.incr("old", 60)) == (0, 1, 1)
    storage.incr("third", 1)
    clock.shift(61)
    storage.incr("new", 60)
    with db.read() as session:
        assert session.scalar(select(func.count()).select_from(Attempts)) == 1


def test_counts_can_be_cleared(db: Database, now: datetime) -> None:
    storage = SqlStorage(db=db)
    storage.incr("one", 60)
    storage.incr("two", 60)
    storage.clear("one")
    assert (storage.get("one"), storage.get("two"), storage.check()) == (0, 1, True)
    assert storage.get_expiry("two") == now.timestamp() + 60
    assert storage.reset() == 1


def test_addresses_are_not_kept(app: Flask, sqlite_db: Database) -> None:
    assert PASSWORD
    fail(app, 1)
    with sqlite_db.read() as session:
        assert all("@" not in key and len(key) == 64 for key in session.scalars(select(Attempts.key)))
