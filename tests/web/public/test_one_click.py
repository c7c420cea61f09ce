from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import delete

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Batch, Run
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import Way
from newsletter.web.app import create_app
from tests.conftest import MakeConfig
from tests.web.public.doors import ONE_CLICK, Door, text_of


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_fault25_rfc8058_one_click_works_bare_twice_and_is_one_opt_out(either_door: Door, encoding: str) -> None:
    for _ in range(2):
        answer = either_door.client.post(either_door.nora, data=ONE_CLICK, content_type=encoding)
        assert (answer.status_code, answer.text) == (200, "You are off the list.\n")
        assert "Set-Cookie" not in answer.headers
        assert "Location" not in answer.headers
    rows = either_door.rows()
    assert len(rows["opt_out"]) == 1
    states = {row[0]: row[2] for row in rows["subscription"]}
    assert states[either_door.stage.cast.nora.id] == "withdrawn"


def test_rfc8058_the_body_of_26_octets_is_enough(door: Door) -> None:
    body = b"List-Unsubscribe=One-Click"
    assert len(body) == 26
    assert door.client.post(door.una, data=body).status_code == 200  # it does not even name its type
    assert len(door.rows()["opt_out"]) == 1


def test_rfc8058_foreign_headers_do_not_matter(door: Door) -> None:
    foreign = {"Origin": "https://evil.example", "Referer": "https://evil.example/", "Cookie": "newsletter_staff=x"}
    assert door.client.post(door.nora, data=ONE_CLICK, headers=foreign).status_code == 200


@pytest.mark.parametrize("spelling", ["/", "?lang=de", "?utm_source=mail"])
def test_rfc8058_one_click_is_never_redirected(door: Door, spelling: str) -> None:
    answer = door.client.post(door.nora + spelling, data=ONE_CLICK)
    assert (answer.status_code, len(door.rows()["opt_out"])) == (200, 1)


def test_rfc8058_an_unknown_link_gets_the_same_shape_of_answer(door: Door) -> None:
    nobody = door.path(OptOutLink(4711, door.stage.cast.bulletins.id, 0))
    before = door.rows()
    for path in ("/leave/abc", door.nora[:-1], door.nora[:-1] + "!", door.nora + "A", nobody):
        answer = door.client.post(path, data=ONE_CLICK)
        assert (answer.status_code, answer.text) == (404, "This link leads nowhere.\n")
        assert answer.mimetype == "text/plain"
    assert door.rows() == before


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"List-Unsubscribe": "one-click"},
        {"list-unsubscribe": "One-Click"},
        {"List-Unsubscribe": ""},
        {"leave": "now"},
        {"reason": "backup"},
    ],
    ids=["empty", "wrong case", "wrong name", "no value", "another button", "another form"],
)
def test_rfc8058_a_post_without_the_pair_or_a_button_changes_nothing(door: Door, form: dict[str, str]) -> None:
    before = door.rows()
    answer = door.client.post(door.nora, data=form)
    assert (answer.status_code, door.rows()) == (400, before)
    assert "No button was pressed, so nothing was changed." in text_of(answer)


def test_rfc8058_eight_posts_at_once_are_one_opt_out(either_door: Door) -> None:
    with ThreadPoolExecutor(8) as mail_programs:
        answers = list(mail_programs.map(lambda _: either_door.client.post(either_door.nora, data=ONE_CLICK), range(8)))
    assert [answer.status_code for answer in answers] == [200] * 8
    assert len(either_door.rows()["opt_out"]) == 1


def test_rfc8058_casl_can_spam_the_link_works_years_later_with_a_rotated_key_and_without_the_bulletin(
    either_door: Door, config: MakeConfig
) -> None:
    with either_door.db.write() as session:
        for table in (Delivery, Batch, Run, Version, Bulletin):
            session.execute(delete(table))
    rotated = config(either_door.db, secret_key="n" * 40, old_secret_keys=["k" * 40])
    years_later = create_app(
        rotated, db=either_door.db, clock=lambda: either_door.clock.now + timedelta(days=2000)
    ).test_client()
    assert "Stop these mails?" in years_later.get(either_door.nora).text
    assert years_later.post(either_door.nora, data=ONE_CLICK).status_code == 200
    assert len(either_door.rows()["opt_out"]) == 1


@pytest.mark.parametrize("moment", ["before leaving", "after leaving"])
def test_fault26_get_head_and_options_change_nothing_in_any_order(
    either_door: Door, now: datetime, moment: str
) -> None:
    if moment == "after leaving":
        opt_out(either_door.db, either_door.stage.nora, Way.PAGE, now)
    before = either_door.rows()
    pages = [f"{either_door.nora}{rest}" for rest in ("", "/why", "/unit", "?leave=topic&reason=backup")]
    for order in permutations(("GET", "HEAD", "OPTIONS")):
        for method in order * 2:
            for page in pages:
                assert either_door.client.open(page, method=method, data=ONE_CLICK).status_code == 200
    assert either_door.rows() == before
