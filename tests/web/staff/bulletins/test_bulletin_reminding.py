import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from newsletter.bulletin.when import When
from newsletter.checkin.acknowledge import acknowledge
from newsletter.checkin.heartbeat import tell_running
from newsletter.checkin.remind import remind_due
from newsletter.db import Database
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.order import Desk
from newsletter.ledger.start import start_due
from newsletter.links import DoneLink, Links, RunningLink
from newsletter.question.reasons import UnitAnswer
from tests import cast
from tests.bulletin.test_asking import SENDER
from tests.cast import Cast
from tests.checkin.test_remind import BULLETIN, WRITER
from tests.web.staff.colleagues import SITE, Colleague, token

PAGE = "/staff/bulletins/SB-1/done"


@pytest.fixture
def played(sqlite_db: Database, links: Links, now: datetime) -> Cast:
    """A safety bulletin went out 15 days ago; Una did hers, Ines' machine is gone, the rest was reminded."""
    sent = now - timedelta(days=15)
    with sqlite_db.write() as session:
        played = cast.play(session, now)
    Desk(sqlite_db, SENDER, links).order(BULLETIN, topic="", when=When(sent), author="ada", now=sent)
    start_due(sqlite_db, "engine", sent)
    with sqlite_db.write() as session:
        for copy in session.scalars(select(Delivery)):
            copy.state, copy.settled_at = "accepted", sent
        copies = {copy.person_id: copy.id for copy in session.scalars(select(Delivery))}
    acknowledge(sqlite_db, DoneLink(played.una.id, copies[played.una.id]), played.a100231.id, now)
    gone = RunningLink(played.ines.id, copies[played.ines.id])
    tell_running(sqlite_db, gone, played.a100500.id, UnitAnswer.GONE, now)
    remind_due(sqlite_db, links, WRITER, now)
    return played


@pytest.fixture
def desk(hire: Callable[..., Colleague], played: Cast) -> FlaskClient:
    """The browser of a colleague from service."""
    assert played
    ada = hire("service")
    ada.sign_in()
    return ada.browser


def read(desk: FlaskClient) -> str:
    answer = desk.get(PAGE, base_url=SITE)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


def test_staff_see_what_is_done_and_open_and_whom_to_call(desk: FlaskClient) -> None:
    page = read(desk)
    assert "2 machines of 4 still open" in page
    assert "1 done 2 open 1 no longer in use" in page
    assert "Toolroom North K1 VX-500i A103000 Nora Frost, Berg, Pia Marsh" in page
    assert "Lakeside Valves K3 VX-500 A100900 Pia Marsh" in page
    assert "1 of at most 3 sent, every 14 days" in page
    assert "The next goes out" in page


def test_staff_stop_the_reminders_once(desk: FlaskClient, played: Cast) -> None:
    assert played
    data = {"csrf_token": token(desk, PAGE), "run": "1"}
    assert desk.post(f"{PAGE}/stop", base_url=SITE, data=data).status_code == 303
    assert "No more go out: a colleague stopped them." in read(desk)
    again = desk.post(f"{PAGE}/stop", base_url=SITE, data=data)
    assert again.status_code == 409
    assert "sends no reminders any more" in again.text


def test_the_limit_is_said(desk: FlaskClient, sqlite_db: Database, links: Links, now: datetime) -> None:
    for days in (14, 28, 42, 56):
        remind_due(sqlite_db, links, WRITER, now + timedelta(days=days))
    page = read(desk)
    assert "3 of at most 3 sent" in page
    assert "No more go out: the limit is reached." in page
