"""What a setting may say about how long an answer may take."""

import pytest

from newsletter.errors import Misconfigured
from newsletter.smtp.timeouts import Timeouts


def test_what_is_not_named_keeps_its_default() -> None:
    assert Timeouts.from_mapping({"dot": 900, "connect": 2.5}) == Timeouts(dot=900, connect=2.5)
    assert Timeouts.from_mapping({}) == Timeouts()


def test_the_defaults_are_no_shorter_than_rfc_5321_allows() -> None:
    usual = Timeouts()
    least = {"greeting": 300, "mail": 300, "rcpt": 300, "data": 120, "block": 180, "dot": 600}
    assert all(getattr(usual, name) >= seconds for name, seconds in least.items())


@pytest.mark.parametrize(
    "seconds",
    [
        {"final_dot": 600},
        {"dot": 0},
        {"dot": -1},
        {"dot": "600"},
        {"dot": True},
        {"dot": None},
        {"dot": [600]},
        {"dot": float("nan")},
        {"dot": float("inf")},
        {"dot": 10**400},
    ],
)
def test_nonsense_is_a_sentence_that_names_it(seconds: dict[str, object]) -> None:
    with pytest.raises(Misconfigured, match="dot"):
        Timeouts.from_mapping(seconds)
