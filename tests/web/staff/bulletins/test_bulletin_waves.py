"""Sending in waves from the pages: chosen, looked at, confirmed, watched, let go, held."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from newsletter.ledger.run import Run
from newsletter.ledger.start import start_due
from newsletter.ledger.wave import Wave, WaveState
from newsletter.ledger.wave_opening import open_due
from newsletter.ledger.wave_rule import CameBack
from tests.ledger.test_waves import look, send_all
from tests.web.staff.bulletins.newsroom import Newsroom, value, words

SEND = "/staff/bulletins/TB-1/send"
PLAN = "25 %, 4 h, rest"


@pytest.fixture(autouse=True)
def _written(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("sqlite_room" if "sqlite_room" in request.fixturenames else "room").written()


def ordered(room: Newsroom, **more: str) -> int:
    asked = room.open(f"{SEND}?{urlencode({'waves': PLAN, **more})}")
    fields = {name: value(asked, name) for name in ("seen", "at", "zone", "grace", "waves")}
    answer = room.post(SEND, **fields)
    assert answer.status_code == 303, words(answer)
    return int(answer.location.rpartition("/")[2])


def begun(room: Newsroom) -> int:
    run = ordered(room)
    assert start_due(room.db, "engine", room.now) == [run]
    return run


def test_the_second_look_says_the_waves_and_the_run_has_them(room: Newsroom) -> None:
    assert "25 %, wait 4 hours, the rest" in room.get(f"{SEND}?waves=25+%25,+4h,+rest")
    run = ordered(room)
    page = room.get(f"/staff/runs/{run}")
    assert "Wave Stands Copies" in page
    assert "not yet counted" in page
    with room.db.read() as session:
        assert [wave.share for wave in session.scalars(select(Wave).order_by(Wave.number))] == [2500, 7500]


def test_a_plan_that_is_none_is_refused_beside_the_form_and_what_was_typed_is_kept(sqlite_room: Newsroom) -> None:
    page = sqlite_room.open(f"{SEND}?waves=ten+per+cent&at=2026-12-01T09:00&zone=Europe/Berlin", 400)
    assert "waves" in words(page)
    assert value(page, "waves") == "ten per cent"
    assert value(page, "at") == "2026-12-01T09:00"
    answer = sqlite_room.post(SEND, waves="10 %", seen="x")
    assert answer.status_code == 400
    assert sqlite_room.count(Run) == 0


def test_the_run_page_shows_each_wave_and_lets_the_next_go(room: Newsroom) -> None:
    run = begun(room)
    send_all(room.db, room.now)
    open_due(room.db, "engine", room.now, look)
    page = room.get(f"/staff/runs/{run}")
    assert "1 25 % gone since 21 Nov 2026, 10:00 CET 1 1 0 0" in page
    assert "2 the rest to come 21 Nov 2026, 14:00 CET 3 0 0 0" in page
    assert "Send the rest now" in page
    assert room.post(f"/staff/runs/{run}/next-wave").status_code == 303
    page = room.get(f"/staff/runs/{run}")
    assert "let go by ada@vendor.example" in page
    assert "Send the rest now" not in page
    assert room.post(f"/staff/runs/{run}/all-waves").status_code == 409


def test_a_wave_let_go_while_the_run_is_paused_is_not_said_to_go(sqlite_room: Newsroom) -> None:
    run = begun(sqlite_room)
    for act, said in (("pause", "Paused."), ("next-wave", "The next wave goes once the run goes on.")):
        assert sqlite_room.post(f"/staff/runs/{run}/{act}").status_code == 303
        assert said in sqlite_room.get(f"/staff/runs/{run}")


def test_a_held_wave_stands_on_today_and_on_the_run(room: Newsroom) -> None:
    run = begun(room)
    send_all(room.db, room.now)
    open_due(room.db, "engine", room.now, look)
    later = room.now + timedelta(hours=4)
    open_due(room.db, "engine", later, lambda *_: CameBack(100, 40, 0))
    with room.db.read() as session:
        assert session.get_one(Wave, (run, 2)).state == WaveState.HELD
    because = "40 of 100 copies were refused or sent back"
    assert because in room.get(f"/staff/runs/{run}")
    today = room.get("/staff/")
    assert because in today


def test_only_marketing_lets_waves_go(sqlite_room: Newsroom) -> None:
    run = begun(sqlite_room)
    service = sqlite_room.hire("service")
    for act in ("next-wave", "all-waves"):
        assert service.post(f"/staff/runs/{run}/{act}").status_code == 403
    assert "Send the rest now" not in service.get(f"/staff/runs/{run}")
