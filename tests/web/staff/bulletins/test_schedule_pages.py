"""The calendar and the series on pages."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import When, read_theirs
from newsletter.schedule.series import Series, SeriesState
from newsletter.schedule.steer import Planned, plan_series
from tests.ledger.stage import TEXT
from tests.web.staff.bulletins.newsroom import Newsroom, value, words

CALENDAR, SERIES = "/staff/calendar", "/staff/series"
FIELDS = {"number": "TB-1", "plan": "every first Tuesday", "at": "09:00", "zone": "Europe/Berlin", "grace": "4"}


@pytest.fixture(autouse=True)
def _written(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("sqlite_room" if "sqlite_room" in request.fixturenames else "room").written()


def planned(room: Newsroom) -> int:
    return plan_series(
        room.db, Planned("TB-1", "every Monday", "09:00", "Europe/Berlin"), by="ada@vendor.example", now=room.now
    )


def series_of(room: Newsroom, series: int) -> Series:
    with room.db.read() as session:
        return session.get_one(Series, series)


def test_the_calendar_shows_what_is_planned_and_links_to_it(room: Newsroom) -> None:
    run = room.desk.order(
        TEXT, topic="", when=When(room.now, waves=read_waves("25 %, 2 d, rest")), author="mara", now=room.now
    ).run
    series = planned(room)
    page = room.open(CALENDAR)
    said = words(page)
    assert "November 2026" in said
    assert "by the days and clocks of Europe/Berlin" in said
    assert "21 November today 10:00 TB-1 Lubrication scheduled" in said
    assert "Monday, 23 November 09:00 TB-1 planned: every Monday at 09:00 10:00 TB-1 Lubrication, wave 2" in said
    assert f'href="/staff/runs/{run}"' in page.text
    assert f'href="/staff/series/{series}"' in page.text
    december = room.get(f"{CALENDAR}?month=2026-12")
    assert "Monday, 7 December 09:00 TB-1" in december
    assert 'href="/staff/calendar?month=2027-01"' in room.open(f"{CALENDAR}?month=2026-12").text


def test_an_empty_month_says_what_to_do(room: Newsroom) -> None:
    page = room.get(f"{CALENDAR}?month=2020-02")
    assert "February 2020" in page
    assert "Nothing went out in this month" in page


@pytest.mark.parametrize("month", ["x", "2026-13", "0001-01", "9999-12", "2026-1", "%00", "2026-12-01", "²026-12"])
def test_a_month_that_is_none_is_not_found(sqlite_room: Newsroom, month: str) -> None:
    sqlite_room.open(f"{CALENDAR}?month={month}", 404)


def test_a_series_is_planned_on_its_page(room: Newsroom) -> None:
    answer = room.post(SERIES, **FIELDS, waves="10%, 4h, rest", hours="8:00-17:00 Mon-Fri")
    assert answer.status_code == 303, words(answer)
    page = room.get(answer.location)
    said = "Every first Tuesday at 09:00 Europe/Berlin"
    assert said.lower() in page.lower()
    assert "in waves: 10 %, wait 4 hours, the rest, only 08:00-17:00 mon-fri" in page
    assert "1 Dec 2026, 09:00 CET" in page
    assert "No day of it has come yet." in page
    assert "TB-1" in room.get(SERIES)


def test_a_digest_of_topics_is_planned_on_the_same_page(room: Newsroom) -> None:
    answer = room.post(SERIES, plan="on the 1st", at="09:00", zone="Europe/Berlin", topic="bulletins")
    assert answer.status_code == 303, words(answer)
    page = room.get(answer.location)
    assert "digest of bulletins" in page
    assert "On the 1st at 09:00 Europe/Berlin." in page
    assert "1 December 09:00 Digest of bulletins planned" in room.get(f"{CALENDAR}?month=2026-12")
    both = room.post(SERIES, **FIELDS, topic="bulletins")
    assert both.status_code == 400
    assert 'value="bulletins" checked' in both.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"plan": "now and then"}, {"plan": ""}, {"at": "soon"}, {"zone": "Nowhere"}, {"number": "TB-9"}, {"grace": "x"},
        {"number": "TB\0-1 "}, {"waves": "all"}, {"hours": "never"}, {"since": "31.12."}, {"plan": "x" * 5000},
        {"theirs": "yes", "waves": "10%, 1h, rest"},
    ],
    ids=str,
)  # fmt: skip
def test_a_series_that_cannot_be_is_refused_and_what_was_typed_is_kept(
    sqlite_room: Newsroom, wrong: dict[str, str]
) -> None:
    answer = sqlite_room.post(SERIES, **{**FIELDS, "name": "Season", **wrong})
    if wrong == {"number": "TB\0-1 "}:  # a NUL is dropped, and the rest is a number
        assert answer.status_code == 303
        return
    assert answer.status_code == 400
    assert value(answer, "name") == "Season"
    assert sqlite_room.count(Series) == 0


def test_a_series_is_paused_skipped_resumed_and_ended(room: Newsroom) -> None:
    series = planned(room)
    one = f"{SERIES}/{series}"
    assert room.post(f"{one}/skip", day="2026-11-23").status_code == 303
    assert room.post(f"{one}/skip", day="2026-11-23").status_code == 409
    assert room.post(f"{one}/skip", day="soon").status_code == 400
    assert "23 Nov 2026: left out by ada@vendor.example" in room.get(one)
    assert room.post(f"{one}/pause").status_code == 303
    assert "Nothing while it is paused." in room.get(one)
    assert room.post(f"{one}/pause").status_code == 409
    assert room.post(f"{one}/resume").status_code == 303
    assert series_of(room, series).due_on == date(2026, 11, 30)
    assert room.post(f"{one}/end").status_code == 303
    assert series_of(room, series).state == SeriesState.ENDED
    assert "Pause" not in room.get(one)
    assert room.post(f"{one}/end").status_code == 409
    assert room.post(f"{SERIES}/99/end").status_code == 404
    room.open(f"{SERIES}/99", 404)


def test_service_looks_and_steers_nothing(sqlite_room: Newsroom) -> None:
    series = planned(sqlite_room)
    service = sqlite_room.hire("service")
    assert "Plan a series" not in service.get(SERIES)
    assert "Pause" not in service.get(f"{SERIES}/{series}")
    for act in ("", f"/{series}/pause", f"/{series}/resume", f"/{series}/skip", f"/{series}/end"):
        assert service.post(SERIES + act, **FIELDS).status_code == 403


def test_at_the_local_time_of_each_is_chosen_looked_at_and_confirmed(room: Newsroom) -> None:
    send = "/staff/bulletins/TB-1/send?at=2026-12-01T09:00&zone=Europe/Berlin&theirs=yes&hours=08:00-17:00+mon-fri"
    page = room.open(send)
    assert "on Tuesday, 1 December 2026 at 09:00 where each person is" in words(page)
    assert "08:00-17:00 mon-fri by the recipient" in words(page)
    fields = {name: value(page, name) for name in ("seen", "at", "zone", "grace", "theirs", "hours")}
    answer = room.post("/staff/bulletins/TB-1/send", **fields)
    assert answer.status_code == 303
    run = room.get(answer.location)
    assert "chosen as 2026-12-01 09:00 where each person is" in run
    assert "clock: 08:00-17:00" in run


@pytest.mark.parametrize(
    "asked",
    [
        "theirs=yes&at=2026-12-01T09:00&zone=Europe/Berlin&waves=10%25,+1h,+rest",
        "hours=always",
        "theirs=yes&at=2020-12-01T09:00&zone=Europe/Berlin",
    ],
)
def test_a_time_that_cannot_be_is_refused_beside_the_form(sqlite_room: Newsroom, asked: str) -> None:
    page = sqlite_room.open(f"/staff/bulletins/TB-1/send?{asked}", 400)
    assert 'role="alert"' in page.text


def test_how_late_it_may_be_is_shown_and_changed_until_it_starts(room: Newsroom) -> None:
    due = room.now + timedelta(days=3)
    run = room.desk.order(TEXT, topic="", when=When(due, grace=timedelta(hours=4)), author="m", now=room.now).run
    page = room.open(f"/staff/runs/{run}")
    assert value(page, "grace") == "4"
    assert room.post(f"/staff/runs/{run}/grace", grace="0.5").status_code == 303
    assert value(room.open(f"/staff/runs/{run}"), "grace") == "0.5"
    assert room.post(f"/staff/runs/{run}/grace", grace="soon").status_code == 400
    assert room.post(f"/staff/runs/{run}/cancel").status_code == 303
    assert room.post(f"/staff/runs/{run}/grace", grace="1").status_code == 409


def test_reminders_are_planned_when_it_is_sent_and_stand_in_the_calendar(room: Newsroom) -> None:
    room.written(TEXT.replace("TB-1", "SB-1").replace("class: technical", "class: safety"))
    send = "/staff/bulletins/SB-1/send"
    page = room.open(f"{send}?remind=every+7+days,+at+most+2")
    assert "every 7 days, at most 2 to who has not acknowledged" in words(page)
    fields = {name: value(page, name) for name in ("seen", "remind")}
    assert room.post(send, **fields).status_code == 303
    assert "28 November 10:00 Reminder: SB-1 Lubrication planned" in room.get(CALENDAR)
    assert "5 December 10:00 Reminder: SB-1 Lubrication planned: reminder 2 of" in room.get(f"{CALENDAR}?month=2026-12")
    room.open(f"{send}?remind=daily", 400)
    room.open("/staff/bulletins/TB-1/send?remind=every+7+days,+at+most+2", 400)
    technical = room.open("/staff/bulletins/TB-1/send")
    assert 'name="remind" value=""' in technical.text
    answer = room.post("/staff/bulletins/TB-1/send", seen=value(technical, "seen"), remind="every 7 days, at most 2")
    assert answer.status_code == 400


def test_a_local_time_that_is_skipped_somewhere_is_ordered_all_the_same(room: Newsroom) -> None:
    when = read_theirs("2027-03-28T02:30", "Europe/Berlin", room.now)
    room.desk.order(TEXT, topic="", when=when, author="mara", now=room.now)
    assert "TB-1 Lubrication" in room.get(f"{CALENDAR}?month=2027-03")
    with room.db.read() as session:
        assert session.scalars(select(Series)).all() == []
    assert isinstance(when.wall, datetime)
