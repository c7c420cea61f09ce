from datetime import UTC, datetime

from flask import Flask

from newsletter.web.staff.show import day, moment


def test_a_time_is_shown_in_the_zone_of_the_house(app: Flask) -> None:
    with app.app_context():
        assert "21 Nov 2026, 10:00 CET" in moment(datetime(2026, 11, 21, 9, tzinfo=UTC))
        assert day(datetime(2026, 11, 21, 23, 30, tzinfo=UTC)) == "22 Nov 2026"


def test_a_day_without_a_time_stays_that_day_in_every_zone(app: Flask) -> None:
    consented = datetime(2024, 11, 28, tzinfo=UTC)
    with app.app_context():
        assert ">28 Nov 2024<" in moment(consented)
        assert day(consented) == "28 Nov 2024"
