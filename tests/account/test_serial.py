import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.account.serial import SerialRange, masked_serials, read_ranges, split_serial
from newsletter.errors import Refused


@pytest.mark.parametrize(
    ("serial", "parts"),
    [
        ("A100231", ("A", 100231)),
        ("100231", ("", 100231)),
        ("A007", ("A", 7)),
        ("VX-100", ("VX-", 100)),
        ("A", ("A", None)),
        ("", ("", None)),
        ("100A", ("100A", None)),
        ("A\N{ARABIC-INDIC DIGIT ONE}", ("A\N{ARABIC-INDIC DIGIT ONE}", None)),
        ("A1\n2", ("A1\n2", None)),
        ("1" * 20, ("11", int("1" * 18))),
    ],
)
def test_a_serial_is_letters_and_a_number_at_the_end(serial: str, parts: tuple[str, int | None]) -> None:
    assert split_serial(serial) == parts


@given(st.text(max_size=40))
def test_any_text_comes_apart_and_its_number_fits_the_database(serial: str) -> None:
    prefix, number = split_serial(serial)
    assert serial.startswith(prefix)
    assert number is None or 0 <= number < 10**18


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", ()),
        (" , ", ()),
        ("A100000-A104000", (SerialRange("A", 100000, 104000),)),
        ("A100000 - A104000", (SerialRange("A", 100000, 104000),)),
        ("A100000\N{EN DASH}A104000", (SerialRange("A", 100000, 104000),)),
        ("B7", (SerialRange("B", 7, 7),)),
        ("A1-A2, B7", (SerialRange("A", 1, 2), SerialRange("B", 7, 7))),
        ("1-2", (SerialRange("", 1, 2),)),
        ("VX-100", (SerialRange("VX-", 100, 100),)),
        ("VX-100-VX-200", (SerialRange("VX-", 100, 200),)),
        ("A5-A5", (SerialRange("A", 5, 5),)),
    ],
)
def test_ranges_are_read(text: str, ranges: tuple[SerialRange, ...]) -> None:
    assert read_ranges(text) == ranges


@pytest.mark.parametrize(
    "text", ["A", "A100-", "-A100", "A100-B200", "A200-A100", "A100-104000", "A-B", "-", "--", "ÄÖ"]
)
def test_what_is_no_range_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused, match="range") as refusal:
        read_ranges(f"A1, {text}")
    assert repr(text) in refusal.value.message


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        ranges = read_ranges(text)
    except Refused:
        return
    assert all(one.first <= one.last for one in ranges)


def test_a_range_holds_both_its_ends_and_nothing_beyond() -> None:
    (serials,) = read_ranges("A100000-A104000")
    held = [s for s in ("A99999", "A100000", "A100231", "A104000", "A104001", "B100231", "A") if serials.holds(s)]
    assert held == ["A100000", "A100231", "A104000"]
    assert read_ranges(str(serials)) == (serials,)


@pytest.mark.parametrize(
    ("serials", "masked"),
    [
        (["A100231"], ["A1002••"]),
        (["A100231", "A103000"], ["A1002••", "A1030••"]),
        (["B200017", "B200018"], ["B200••7", "B200••8"]),
        (["B200017", "B200018", "B200027"], ["B20••17", "B20••18", "B20••27"]),
        (["A100231", "A100231"], ["A1002••", "A1002••"]),
        (["1", "2"], ["1", "2"]),
        (["7"], ["•"]),
        ([""], [""]),
        ([], []),
    ],
    ids=[
        "usual",
        "two",
        "neighbours",
        "three",
        "one serial on two models",
        "nothing can be hidden",
        "short",
        "none",
        "no",
    ],
)
def test_a_masked_serial_hides_two_characters_and_is_told_from_the_others(
    serials: list[str], masked: list[str]
) -> None:
    known = masked_serials(serials)
    assert [known[serial] for serial in serials] == masked
