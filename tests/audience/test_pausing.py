from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from newsletter.account.account import Account
from newsletter.audience.pausing import months_after, pause_for, pause_until, zone_of
from newsletter.db import Database
from newsletter.errors import BadAnswer
from tests import cast


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 21), 3, date(2027, 2, 21)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
    ],
)
def test_a_month_ends_where_the_month_does(day: date, months: int, after: date) -> None:
    assert months_after(day, months) == after


@pytest.mark.parametrize(
    ("zone", "now", "at"),
    [
        ("Europe/Berlin", datetime(2026, 11, 21, 9, tzinfo=UTC), datetime(2026, 12, 20, 23, tzinfo=UTC)),
        ("Pacific/Auckland", datetime(2026, 11, 21, 12, tzinfo=UTC), datetime(2026, 12, 21, 11, tzinfo=UTC)),
        ("America/Santiago", datetime(2026, 8, 6, 12, tzinfo=UTC), datetime(2026, 9, 6, 4, tzinfo=UTC)),
    ],
    ids=["behind midnight in Berlin", "the next day already in Auckland", "a midnight that Chile's clocks skip"],
)
def test_a_pause_ends_with_the_first_moment_of_their_day(zone: str, now: datetime, at: datetime) -> None:
    assert pause_for(1, ZoneInfo(zone), now).at == at


def test_today_is_theirs() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert pause_until(date(2026, 11, 22), ZoneInfo("Europe/Berlin"), now).day == date(2026, 11, 22)
    with pytest.raises(BadAnswer, match="after today"):  # it is the 22nd there
        pause_until(date(2026, 11, 22), ZoneInfo("Pacific/Auckland"), now)


def test_the_zone_is_their_own_then_their_accounts_then_utc(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        assert zone_of(session, house.nora).key == "Europe/Berlin"
        house.nora.zone = "Asia/Tokyo"
        assert zone_of(session, house.nora).key == "Asia/Tokyo"
        house.nora.zone = "Nowhere/Else"
        assert zone_of(session, house.nora).key == "Europe/Berlin"
        session.get_one(Account, house.north.id).zone = ""
        house.nora.zone = ""
        assert zone_of(session, house.nora).key == "UTC"
        assert zone_of(session, house.bela).key == "UTC"
