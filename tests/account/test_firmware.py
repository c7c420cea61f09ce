"""Which firmware is the newer."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.account.firmware import identity_of, is_of, order_of, subject_of

RISING = ("4", "4.2", "V4.9", "4.10", "FW 4.10b", "4.10.1", "4.10.2-rc", "4.10.2-rc1", "4.10.10", "5.0", "2026.1")


def test_versions_rise_by_their_numbers() -> None:
    orders = [order_of(version) for version in RISING]
    assert all(older < newer for older, newer in pairwise(orders)), orders


@pytest.mark.parametrize(("one", "other"), [("4.2", "v4.2"), ("4.2", "4-2"), ("4.02", "4.2"), ("4.2B", "4.2b")])
def test_spellings_of_one_version_are_one(one: str, other: str) -> None:
    assert order_of(one) == order_of(other)
    assert identity_of(one) == identity_of(other)


@pytest.mark.parametrize("unknown", ["", " -.", "???"])
def test_what_holds_neither_letter_nor_number_has_no_order(unknown: str) -> None:
    assert order_of(unknown) == ()


def test_what_has_no_order_is_one_with_its_own_spelling_only() -> None:
    assert identity_of("É") == identity_of("é")
    assert len({identity_of(unknown) for unknown in ("", "-", "--", "???", "4")}) == 5


@pytest.mark.parametrize(
    ("version", "asked", "answer"),
    [
        pytest.param("HMI 4.2", "PLC 4.2", False, id="another part of the machine"),
        pytest.param("PLC V4.2", "plc-4.2", True, id="the same part, however spelled"),
        pytest.param("HMI 4.2", "fw 4.2", True, id="any part"),
        pytest.param("Version 4.2", "V4.2", True, id="of neither a part is known"),
        pytest.param("4.2", "PLC 4.2", False, id="of what it is nobody wrote down"),
        pytest.param("-", "PLC 4.2", False, id="no version"),
    ],
)
def test_a_version_is_of_what_stands_before_it(version: str, asked: str, *, answer: bool) -> None:
    assert is_of(version, asked) is answer


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_version_is_always_of_its_own_subject(version: str, asked: str) -> None:
    assert is_of(version, version)
    assert is_of(version, asked) is (not subject_of(asked) or subject_of(asked) == subject_of(version))


@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_two_can_be_compared(versions: list[str]) -> None:
    orders = sorted(map(order_of, versions))
    assert all(not one > other for one, other in pairwise(orders))
