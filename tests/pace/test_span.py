"""Hours in words, and the hours of one run within those of the house."""

from datetime import UTC, date, datetime, time

import pytest

from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.pace.change import forget_run, open_run, set_hours
from newsletter.pace.hours import Hours
from newsletter.pace.limits import limits_in_force
from newsletter.pace.span import in_words, read_open

WEEK = frozenset(range(1, 6))


@pytest.mark.parametrize(
    ("words", "hours"),
    [
        pytest.param("08:00-17:00", Hours(time(8), time(17)), id="every day"),
        pytest.param("8:00 - 17:30 Mon-Fri", Hours(time(8), time(17, 30), WEEK), id="on working days"),
        pytest.param("22:00-06:00 sat,sun", Hours(time(22), time(6), frozenset({6, 7})), id="over midnight"),
    ],
)
def test_hours_are_read_as_they_are_said_and_said_as_they_are_read(words: str, hours: Hours) -> None:
    assert read_open(words) == hours
    assert read_open(in_words(hours)) == hours


@pytest.mark.parametrize("words", ["", "8-17", "25:00-26:00", "08:00-17:00 someday", "08:00-17:00 mon-", "08:00", "\0"])
def test_what_are_no_hours_is_refused(words: str) -> None:
    with pytest.raises(Refused):
        read_open(words)


@pytest.mark.parametrize(
    ("house", "own", "both"),
    [
        pytest.param("07:00-20:00 mon-sat", "08:00-22:00 tue,sun", "08:00-20:00 tue", id="both must be open"),
        pytest.param("00:00-00:00", "08:00-17:00", "08:00-17:00", id="a house without quiet hours"),
        pytest.param("07:00-12:00", "13:00-17:00", "07:00-12:00", id="never both: the house counts"),
        pytest.param("22:00-06:00", "08:00-17:00 mon", "22:00-06:00 mon", id="over midnight the house counts"),
        pytest.param("08:00-17:00 mon", "08:00-17:00 tue", "08:00-17:00 mon", id="no day in common: the house counts"),
    ],
)
def test_a_run_narrows_the_hours_of_the_house_and_never_widens_them(house: str, own: str, both: str) -> None:
    assert read_open(house).narrowed(read_open(own)) == read_open(both)


def test_closed_days_of_the_house_hold_for_a_run_with_hours_of_its_own() -> None:
    closed = frozenset({(date(2026, 12, 25), "")})
    narrowed = Hours(closed=closed).narrowed(read_open("08:00-17:00"))
    christmas = datetime(2026, 12, 25, 8, tzinfo=UTC)
    assert narrowed.opening("Europe/Berlin", christmas) == datetime(2026, 12, 26, 7, tzinfo=UTC)


def test_a_run_has_its_hours_until_it_is_over(db: Database, now: datetime) -> None:
    set_hours(db, read_open("07:00-20:00"), by="mara", now=now)
    with db.write() as session:
        open_run(session, 7, read_open("08:00-22:00 mon-fri"))
    with db.read() as session:
        limits = limits_in_force(session)
    assert limits.hours_of(7) == read_open("08:00-20:00 mon-fri")
    assert limits.hours_of(8) == read_open("07:00-20:00")
    with db.write() as session:
        forget_run(session, 7)
    with db.read() as session:
        later = limits_in_force(session, limits)
    assert later is not limits
    assert later.hours_of(7) == later.hours_of(8)
