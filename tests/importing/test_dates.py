from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadFile
from newsletter.importing.dates import DateOrder, SlashedColumn, read_date

DAY_FIRST, MONTH_FIRST = DateOrder
SPELLINGS = {
    "ISO": lambda day: day.isoformat(),
    "ISO with time": lambda day: f"{day.isoformat()}T00:00:00.000Z",
    "German": lambda day: f"{day.day:02}.{day.month:02}.{day.year:04}",
    "German, short": lambda day: f"{day.day}.{day.month}.{day.year:04} 00:00",
}


@given(st.dates(), st.sampled_from(sorted(SPELLINGS)), st.sampled_from(DateOrder))
def test_a_day_that_leaves_no_doubt_is_read_whatever_the_order(day: date, spelling: str, order: DateOrder) -> None:
    assert read_date(SPELLINGS[spelling](day), order) == day


@given(st.lists(st.dates(), min_size=1), st.sampled_from(DateOrder))
def test_a_column_with_slashes_is_read_right_or_refused(days: list[date], order: DateOrder) -> None:
    def spell(day: date) -> str:
        first, second = (day.day, day.month) if order is DAY_FIRST else (day.month, day.day)
        return f"{first}/{second}/{day.year:04}"

    column = SlashedColumn("Installed on")
    for line, day in enumerate(days, start=2):
        column.see(line, spell(day))
    if all(day.day <= 12 for day in days) and any(day.day != day.month for day in days):
        with pytest.raises(BadFile, match="dates=dmy"):
            column.order()
    else:
        assert [read_date(spell(day), column.order()) for day in days] == days


@given(st.text(max_size=30))
def test_any_text_is_a_day_or_a_sentence(text: str) -> None:
    try:
        answer = str(read_date(text, DAY_FIRST)) + "."
    except ValueError as error:
        answer = str(error)
    assert answer.endswith(".")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2023-02-29", "There is no day"),
        ("31.04.2024", "There is no day"),
        ("00.00.0000", "There is no day"),
        ("01.02.24", "two digits"),
        ("1/2/24", "two digits"),
        ("soon", "is no date"),
        ("45123", "is no date"),
        ("\u0662\u0660\u0662\u0664-01-02", "is no date"),
    ],
)
def test_what_is_no_day_is_said_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        read_date(text, DAY_FIRST)


def test_the_month_may_come_first() -> None:
    assert read_date("03/04/2024", MONTH_FIRST) == date(2024, 3, 4)
    assert read_date("03/04/2024", DAY_FIRST) == date(2024, 4, 3)
