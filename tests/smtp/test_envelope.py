"""Addresses that can be nothing but addresses."""

import idna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.domain import as_a_labels
from newsletter.errors import BadAddress, BadLetter
from newsletter.smtp.envelope import Envelope, xtext

LONG_DOMAIN = ".".join(["d" * 60] * 3)


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.com",
        "a.b+c=d@sub.example.com",
        "o'neil/x{y}|z~!#$%&*?^_`-@example.com",
        "anna@localhost",
        "a" * 64 + "@example.com",
        "a@" + LONG_DOMAIN,
        "UPPER@Example.COM",
        "a@xn--mller-kva.example",
    ],
)
def test_an_ordinary_address_stays_as_it_is(address: str) -> None:
    assert Envelope("bounce+x@example.com", address).recipient == address
    assert not Envelope("", address).needs_smtputf8


@pytest.mark.parametrize(
    ("address", "on_the_wire"),
    [
        ("a@müller.example", "a@xn--mller-kva.example"),
        ("a@MÜLLER.Example", "a@xn--mller-kva.example"),
        ("a@mu\u0308ller.example", "a@xn--mller-kva.example"),
        ("a@weiß.example", "a@xn--wei-7ka.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@пример.example", "a@xn--e1afmkfd.example"),
        ("a@\uff45\uff58ample.com", "a@example.com"),
    ],
)
def test_a_domain_of_another_script_becomes_a_labels(address: str, on_the_wire: str) -> None:
    envelope = Envelope(address, address)
    assert (envelope.sender, envelope.recipient) == (on_the_wire, on_the_wire)
    assert not envelope.needs_smtputf8


@pytest.mark.parametrize(
    "domain", ["straße.example", "βόλος.example", "bücher.example", "ارامكو.example", "ไทย.example"]
)
def test_a_labels_are_those_of_idna_2008(domain: str) -> None:
    assert as_a_labels(domain) == idna.encode(domain).decode()


def test_a_local_part_of_another_script_needs_smtputf8() -> None:
    assert Envelope("", "jürgen@example.com").needs_smtputf8
    assert Envelope("jürgen@example.com", "a@example.com").needs_smtputf8


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@example.com",
        "anna@",
        "anna@example.com> SIZE=1",
        "anna@example.com>\r\nRCPT TO:<other@example.com",
        "anna@example.com\r\n",
        "anna@example.com\n",
        "anna @example.com",
        "anna@exam ple.com",
        "<anna@example.com>",
        "anna@example.com,other@example.com",
        "@relay.example:anna@example.com",
        "anna@other@example.com",
        '"anna"@example.com',
        '"a b"@example.com',
        "anna(comment)@example.com",
        "an\\na@example.com",
        ".anna@example.com",
        "anna.@example.com",
        "an..na@example.com",
        "anna@[127.0.0.1]",
        "anna@.example.com",
        "anna@example.com.",
        "anna@example..com",
        "anna@-example.com",
        "anna@exa_mple.com",
        "anna@" + "d" * 64 + ".com",
        "anna@" + ".".join(["d" * 60] * 5),
        "a" * 65 + "@example.com",
        "ü" * 33 + "@example.com",
        "a" * 64 + "@" + ".".join(["d" * 60] * 4),
        "anna\0@example.com",
        "anna\x7f@example.com",
        "anna\x85@example.com",
        "anna\xa0@example.com",
        "anna\u2028@example.com",
        "anna\u202e@example.com",
        "anna\udc80@example.com",
        "anna@exam\xa0ple.com",
        "anna@☃.example",
        "anna@a\u200db.example",
        "anna@\u0308a.example",
        "anna@ü-.example",
        "anna@xn--ü.example",
        "anna@a。b..example",
        "anna@" + "ü" * 60 + ".example",
    ],
)
def test_what_could_say_more_than_an_address_is_refused(address: str) -> None:
    with pytest.raises(BadAddress):
        Envelope("bounce@example.com", address)
    if address:
        with pytest.raises(BadAddress):
            Envelope(address, "anna@example.com")


def test_a_return_path_may_be_empty() -> None:
    assert Envelope("", "anna@example.com").sender == ""


@given(st.text())
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        recipient = Envelope("", text + "@example.com").recipient
    except BadAddress:
        return
    assert not set(recipient) & set(' <>"\r\n\0,:;')
    assert recipient.isprintable()


@given(st.text(min_size=1))
def test_any_domain_is_ascii_or_refused(text: str) -> None:
    try:
        domain = as_a_labels(text)
    except BadAddress:
        return
    assert set(domain.lower()) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")


@pytest.mark.parametrize("envid", ["", "a\r\nb", "é", "x" * 101, "+" * 34])
def test_an_envelope_id_that_no_report_could_carry_is_refused(envid: str) -> None:
    with pytest.raises(BadLetter):
        Envelope("", "anna@example.com", envid)


def test_xtext_hides_what_a_parameter_cannot_hold() -> None:
    assert xtext("a+b=c d~é") == "a+2Bb+3Dc+20d~+C3+A9"
