import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.address import masked, read_address
from newsletter.errors import BadAddress
from newsletter.message.address import wire_address


@pytest.mark.parametrize(
    ("written", "spelled", "key"),
    [
        ("pia@fitters.example", "pia@fitters.example", "pia@fitters.example"),
        ("  pia@fitters.example\t", "pia@fitters.example", "pia@fitters.example"),
        ("Pia.Marsh@Fitters.Example", "Pia.Marsh@fitters.example", "pia.marsh@fitters.example"),
        ("pia+vx@fitters.example", "pia+vx@fitters.example", "pia+vx@fitters.example"),
        ("ines@zahnräder.example", "ines@zahnräder.example", "ines@xn--zahnrder-4za.example"),
        ("ines@xn--zahnrder-4za.example", "ines@zahnräder.example", "ines@xn--zahnrder-4za.example"),
        ("jürgen@x.example", "jürgen@x.example", "jürgen@x.example"),
        ("STRASSE@x.example", "STRASSE@x.example", "strasse@x.example"),
    ],
)
def test_an_address_is_kept_as_spelled_and_compared_by_its_key(written: str, spelled: str, key: str) -> None:
    address = read_address(written)
    assert (address.spelled, address.key) == (spelled, key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "pia",
        "@x.example",
        "pia@",
        "pia@@x.example",
        "a b@x.example",
        "pia@x.example\nBcc: all@x.example",
        "pia@x",
        "pia@localhost",
        "pia@[127.0.0.1]",
        '"a b"@x.example',
        "pia@x.example, omar@x.example",
        "pia\x00@x.example",
        "pia@\ud800.example",
        "\ud800@x.example",
        f"{'a' * 65}@x.example",
        f"{'ä' * 33}@x.example",
        "a" * 100000 + "@x.example",
        "n/a",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadAddress, match="is no e-mail address"):
        read_address(text)


@given(st.one_of(st.text(), st.emails(), st.from_regex(r"[^\s@]{1,20}@[^\s@.]{1,20}\.example", fullmatch=True)))
def test_any_text_is_refused_or_can_be_written_to(text: str) -> None:
    try:
        address = read_address(text)
    except BadAddress:
        return
    assert wire_address(address.spelled, smtputf8=True)
    assert read_address(address.spelled).key == address.key


def test_a_masked_address_shows_its_first_letter_and_its_domain() -> None:
    assert masked("nora@toolroom-north.example") == "n•••@toolroom-north.example"
