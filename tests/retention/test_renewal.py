from datetime import UTC, date, datetime

import pytest

from newsletter.retention.months import KEPT, end_of, ended_months, month_of, months_later, with_year_before
from newsletter.retention.renewal import only_at_renewal

TODAY = date(2026, 11, 21)
END = date(2026, 6, 30)


@pytest.mark.parametrize(
    ("ends", "contacts", "is_so"),
    [
        pytest.param([END], [], True, id="an agreement and never a word"),
        pytest.param([END], [date(2026, 4, 15)], True, id="a letter about the renewal"),
        pytest.param([END], [date(2026, 7, 29)], True, id="a reminder after it"),
        pytest.param([END], [date(2026, 4, 15), date(2025, 11, 3)], False, id="a bulletin in between"),
        pytest.param([END], [date(2023, 11, 3)], True, id="a bulletin three years ago"),
        pytest.param([date(2027, 1, 31)], [], True, id="it ends soon"),
        pytest.param([date(2028, 1, 31)], [], False, id="it ends in a year, so nobody is late yet"),
        pytest.param([date(2024, 1, 31)], [], False, id="it ended long ago"),
        pytest.param([], [], False, id="no agreement"),
        pytest.param([date(2025, 6, 30), END], [date(2025, 5, 2), date(2026, 5, 2)], True, id="at each renewal"),
    ],
)
def test_who_hears_from_us_only_at_a_renewal(ends: list[date], contacts: list[date], *, is_so: bool) -> None:
    assert only_at_renewal(ends, contacts, TODAY) is is_so


def test_the_months_that_are_counted_are_over() -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    months = ended_months(now)
    assert (len(months), months[0], months[-1]) == (KEPT, date(2023, 3, 1), date(2026, 2, 1))
    assert end_of(months[-1]) < now <= end_of(month_of(now))
    assert with_year_before([date(2026, 2, 1)]) == (date(2025, 2, 1), date(2026, 2, 1))
    assert [months_later(date(2026, 1, 1), by) for by in (-13, -1, 0, 12)] == [
        date(2024, 12, 1),
        date(2025, 12, 1),
        date(2026, 1, 1),
        date(2027, 1, 1),
    ]
