"""Letters as bytes: RFC 5321, 5322, 2045, 2046, 6152, 6531."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadLetter
from newsletter.message.headers import auto_headers
from newsletter.message.letter import Mailbox
from newsletter.message.mime import to_bytes
from tests.message.letters import EXPECTED, LETTER, assert_lawful, parsed


def test_a_letter_parses_without_defects_into_exactly_the_fields_allowed() -> None:
    raw = to_bytes(LETTER)
    assert parsed(raw).keys() == EXPECTED
    assert_lawful(raw)


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert to_bytes(LETTER) == to_bytes(replace(LETTER))


def test_rfc_2046_5_1_4_text_comes_before_html_and_both_are_read_back_exactly() -> None:
    plain, html = parsed(to_bytes(LETTER)).iter_parts()
    assert (plain.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert plain.get_content().replace("\r\n", "\n") == LETTER.text
    assert html.get_content().replace("\r\n", "\n") == LETTER.html


def test_rfc_5322_3_6_a_letter_without_reply_to_has_none() -> None:
    assert "Reply-To" not in parsed(to_bytes(replace(LETTER, reply_to=None)))


def test_rfc_5322_3_6_4_the_message_id_arrives_as_given() -> None:
    assert parsed(to_bytes(LETTER))["Message-ID"] == LETTER.message_id


def test_the_date_is_told_in_utc() -> None:
    berlin = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=1)))
    assert b"Date: Sun, 01 Mar 2026 08:30:00 +0000\r\n" in to_bytes(replace(LETTER, date=berlin))


def test_a_date_without_a_zone_is_refused() -> None:
    with pytest.raises(BadLetter, match="time zone"):
        to_bytes(replace(LETTER, date=datetime(2026, 3, 1)))  # noqa: DTZ001 - that is the point


def test_the_language_is_told() -> None:
    assert parsed(to_bytes(replace(LETTER, language="pt-BR")))["Content-Language"] == "pt-BR"


@pytest.mark.parametrize("language", ["", "de_DE", "de\r\nBcc: x", "deutsch bitte"])
def test_a_language_that_is_no_tag_is_refused(language: str) -> None:
    with pytest.raises(BadLetter, match="language tag"):
        to_bytes(replace(LETTER, language=language))


@given(body=st.text(st.sampled_from("ab=. \täß\n\r\x0b-漢"), max_size=400), eight_bit=st.booleans())
def test_rfc_2045_6_7_any_body_is_read_back_exactly_in_lines_of_76(*, body: str, eight_bit: bool) -> None:
    raw = to_bytes(replace(LETTER, text=body, html="<p>\n"), eight_bit=eight_bit)
    plain = parsed(raw).get_body(("plain",))
    assert plain is not None
    wanted = body.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
    assert plain.get_payload(decode=True) == wanted
    if not eight_bit:
        coded = raw.partition(b"quoted-printable\r\n\r\n")[2].partition(b"\r\n--=_")[0]
        assert all(len(line) <= 76 and not line.endswith((b" ", b"\t")) for line in coded.split(b"\r\n"))


@pytest.mark.parametrize("length", range(70, 80))
def test_rfc_2045_6_7_a_blank_at_the_end_of_a_full_line_does_not_stretch_it(length: int) -> None:
    raw = to_bytes(replace(LETTER, text="a" * length + " \nb"))
    assert max(map(len, raw.partition(b"quoted-printable\r\n")[2].split(b"\r\n"))) <= 76


def test_rfc_6152_eight_bit_is_used_only_if_offered_and_only_for_lines_that_fit() -> None:
    assert b"8bit" not in to_bytes(LETTER)
    raw = to_bytes(replace(LETTER, html="<p>" + "ä" * 600), eight_bit=True)
    plain, html = parsed(raw).iter_parts()
    assert (plain["Content-Transfer-Encoding"], html["Content-Transfer-Encoding"]) == ("8bit", "quoted-printable")
    assert parsed(raw)["Content-Transfer-Encoding"] == "8bit"
    assert_lawful(raw)


def test_rfc_2046_5_1_1_a_boundary_that_occurs_in_a_part_is_not_used() -> None:
    first = parsed(to_bytes(LETTER)).get_boundary()
    raw = to_bytes(replace(LETTER, text=f"--{first}\n--{first}--\n"), eight_bit=True)
    assert parsed(raw).get_boundary() != first
    assert len(list(parsed(raw).iter_parts())) == 2


@pytest.mark.parametrize(("body", "said"), [("a\0b", "NUL"), ("a\ud800", "half a character")])
def test_a_body_that_is_no_text_is_refused(body: str, said: str) -> None:
    with pytest.raises(BadLetter, match=said):
        to_bytes(replace(LETTER, html=body))


def test_rfc_6531_3_2_a_non_ascii_local_part_needs_a_server_that_takes_it() -> None:
    letter = replace(LETTER, to=Mailbox("Jürgen", "jürgen@example.com"))
    assert letter.to.needs_smtputf8
    with pytest.raises(BadLetter, match="before the @"):
        to_bytes(letter)
    assert "To: =?utf-8?q?J=C3=BCrgen?= <jürgen@example.com>\r\n".encode() in to_bytes(letter, smtputf8=True)


def test_rfc_5890_a_domain_in_any_script_goes_out_as_a_labels() -> None:
    raw = to_bytes(replace(LETTER, to=Mailbox("", "x@Straße.example")))
    assert b"\r\nTo: <x@xn--strae-oqa.example>\r\n" in raw


def test_an_automatic_letter_says_so() -> None:
    assert (
        parsed(to_bytes(replace(LETTER, headers=auto_headers("auto-generated"))))["Auto-Submitted"] == "auto-generated"
    )


@pytest.mark.parametrize(
    "message_id", ["", "x", "<x>", "<x@>", "<a b@example.com>", "<>", "<x@example.com", "<ä@example.com>"]
)
def test_a_message_id_of_another_shape_is_refused(message_id: str) -> None:
    with pytest.raises(BadLetter):
        to_bytes(replace(LETTER, message_id=message_id))
