"""Rates as people write them."""

import pytest

from newsletter.errors import Refused
from newsletter.pace.rate import Rate, read_rate


@pytest.mark.parametrize(
    ("words", "rate"),
    [
        ("50/s", Rate(50, 1)),
        (" 600 / min ", Rate(600, 60)),
        ("3000/H", Rate(3000, 3600)),
        ("200000/day", Rate(200_000, 86_400)),
    ],
)
def test_a_rate_is_read(words: str, rate: Rate) -> None:
    assert read_rate(words) == rate


@pytest.mark.parametrize("words", ["", "50", "0/s", "-1/s", "1.5/s", "50/w", "50/s/s", "1e9/s", "9999999999/s"])
def test_what_is_no_rate_is_refused(words: str) -> None:
    with pytest.raises(Refused, match="no rate"):
        read_rate(words)


def test_a_rate_is_shown_as_it_is_written() -> None:
    assert [str(read_rate(words)) for words in ("50/s", "600/min", "3000/h", "7/d")] == [
        "50/s",
        "600/m",
        "3000/h",
        "7/d",
    ]
