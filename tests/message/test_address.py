"""Addresses in header fields: RFC 5321 section 4.5.3.1, RFC 5890, RFC 6531."""

import pytest

from newsletter.errors import BadLetter
from newsletter.message.address import a_label, wire_address


@pytest.mark.parametrize("address", ["a@b", "first.last+tag@works.example", "o'neil@example.com", "x@localhost"])
def test_a_usual_address_goes_out_as_it_is(address: str) -> None:
    assert wire_address(address) == address


@pytest.mark.parametrize(
    ("domain", "wire"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("MÜNCHEN.example", "xn--mnchen-3ya.example"),
        ("例え.example", "xn--r8jz45g.example"),
        ("παράδειγμα.example", "xn--hxajbheg2az3al.example"),
        ("l·l.example", "xn--ll-0ea.example"),
        ("works\uff0eexample", "works.example"),
    ],
)
def test_rfc_5890_a_domain_becomes_a_labels_and_keeps_its_sharp_s(domain: str, wire: str) -> None:
    assert a_label(domain) == wire


@pytest.mark.parametrize(
    "domain", ["", "a..b", "-a.de", "a b.de", "ä💩.de", "a" * 64 + ".de", "ä\u200b.de", "a_b.ä", "a.de."]
)
def test_what_cannot_be_a_host_name_is_refused(domain: str) -> None:
    with pytest.raises(BadLetter) as refusal:
        a_label(domain)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "@b.de",
        "a@",
        "a b@c.de",
        '"a b"@c.de',
        "a..b@c.de",
        ".a@c.de",
        "a@b@c.de",
        "a,b@c.de",
        "<a@b.de>",
        "a" * 65 + "@b.de",
        "=?utf-8?q?a?=@b.de",
        "a@[127.0.0.1]",
        "a@b.de\r\nBcc: x@y.de",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(BadLetter):
        wire_address(address, smtputf8=True)


def test_rfc_6531_a_local_part_in_another_script_is_never_mangled() -> None:
    assert wire_address("用户@例え.example", smtputf8=True) == "用户@xn--r8jz45g.example"
    with pytest.raises(BadLetter, match="does not take"):
        wire_address("用户@例え.example")


@pytest.mark.parametrize("local", ["a\u202eb", "a\u00a0b", "a\u200bb", "a\ud800b"])
def test_invisible_characters_in_a_local_part_are_refused(local: str) -> None:
    with pytest.raises(BadLetter, match="invisible"):
        wire_address(f"{local}@example.com", smtputf8=True)
