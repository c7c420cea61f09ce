"""Fault 27: who tries tokens out hears 429 after a while, and nobody with a link of ours ever does."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from newsletter.links import OptOutLink
from newsletter.staff.attempts import Attempts
from newsletter.web.app import create_app
from newsletter.web.public.guessing import MOST
from newsletter.web.recorder import settle_all
from tests.conftest import MakeConfig
from tests.web.public.doors import ONE_CLICK, Door, text_of

GUESSER, NEIGHBOUR, ELSEWHERE = "203.0.113.7", "203.0.113.99", "198.51.100.7"
PAGES = ("leave", "preferences", "done", "running", "check-in", "view", "stop", "mine", "confirm", "address", "about")


def ask(door: Door, path: str, network: str = GUESSER, method: str = "GET", **form: str) -> TestResponse:
    return door.client.open(path, method=method, data=form, environ_base={"REMOTE_ADDR": network})


def guess(door: Door, network: str = GUESSER, times: int = MOST) -> None:
    for number in range(times):
        page = PAGES[number % len(PAGES)]
        assert ask(door, f"/{page}/AQEBASsZ-0h1nSps4R-J0x{number:03}", network).status_code == 404
    settle_all()


def test_fault_27_after_many_bad_tokens_their_network_waits(either_door: Door) -> None:
    door = either_door
    guess(door)
    for page in PAGES:
        answer = ask(door, f"/{page}/abc", NEIGHBOUR)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 600
        assert "Please try again in a few minutes." in text_of(answer)
        assert 'action="/stop"' in answer.text  # the way out by address stands on the page itself
    assert ask(door, "/leave/abc", ELSEWHERE).status_code == 404
    door.clock.now += timedelta(minutes=11)
    assert ask(door, "/leave/abc").status_code == 404


def test_fault_27_a_link_of_ours_is_never_refused(either_door: Door) -> None:
    door = either_door
    guess(door)
    assert ask(door, "/leave/abc").status_code == 429
    assert ask(door, door.una).status_code == 200
    pressed = ask(door, door.una, method="POST", **ONE_CLICK)
    assert (pressed.status_code, pressed.text) == (200, "You are off the list.\n")
    assert ask(door, door.nora, method="POST", leave="everything").status_code == 200
    assert len(door.rows()["opt_out"]) == 2
    for page in ("/stop", "/preferences", "/subscribe"):
        assert ask(door, page).status_code == 200


def test_fault_27_one_click_with_a_bad_token_gets_the_same_shape_of_answer(door: Door) -> None:
    for number in range(MOST):
        assert ask(door, f"/leave/abc{number}", method="POST", **ONE_CLICK).status_code == 404
    settle_all()
    answer = ask(door, "/leave/abc", method="POST", **ONE_CLICK)
    assert (answer.status_code, answer.mimetype) == (429, "text/plain")
    assert 0 < int(answer.headers["Retry-After"]) <= 600


@pytest.mark.parametrize(
    ("other", "status"),
    [("2001:db8:1:2:ffff::9", 429), ("2001:db8:1:3::1", 404), ("::ffff:203.0.113.7", 404)],
    ids=["the same customer", "another", "another kind"],
)
def test_fault_27_a_customer_has_a_whole_64_of_ipv6(door: Door, other: str, status: int) -> None:
    guess(door, "2001:db8:1:2::1")
    assert ask(door, "/leave/abc", other).status_code == status


def test_fault_27_the_count_holds_over_all_web_processes(either_door: Door, config: MakeConfig) -> None:
    door = either_door
    second = create_app(config(door.db), db=door.db, clock=door.clock).test_client()
    guess(door)
    assert second.get("/leave/abc", environ_base={"REMOTE_ADDR": GUESSER}).status_code == 429


def test_fault_27_a_refusal_writes_nothing_and_does_not_make_the_wait_longer(door: Door) -> None:
    guess(door)
    door.clock.now += timedelta(minutes=9)
    for _ in range(5):
        assert int(ask(door, "/leave/abc").headers["Retry-After"]) <= 60
    settle_all()
    with door.db.read() as session:
        (row,) = session.scalars(select(Attempts))
    assert row.count == MOST


def test_fault_27_links_of_somebody_who_is_gone_are_no_guesses(door: Door) -> None:
    gone = door.path(OptOutLink(4711, door.stage.cast.bulletins.id, 0))
    for _ in range(MOST + 5):
        assert ask(door, gone).status_code == 404
    settle_all()
    assert ask(door, "/leave/abc").status_code == 404
