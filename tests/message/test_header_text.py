"""Human text in header fields: RFC 2047, RFC 5322, and what must not break out of them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadLetter
from newsletter.message.letter import Mailbox
from newsletter.message.mime import to_bytes
from tests.message.letters import EXPECTED, LETTER, assert_lawful, name_read, parsed

INJECTIONS = {
    "crlf": "Hello\r\nBcc: x@example.com",
    "bare lf": "Hello\nBcc: x@example.com",
    "bare cr": "Hello\rBcc: x@example.com",
    "nul": "Hello\0",
    "tab": "Hello\tyou",
    "next line": "Hello\x85Bcc: x",
    "line separator": "Hello\u2028Bcc: x",
    "paragraph separator": "Hello\u2029Bcc: x",
    "right-to-left override": "Hello \u202eexe.fdp",
    "isolate": "Hello \u2066you",
    "half a character": "Hello \ud83d",
    "escape": "Hello\x1b[31m",
}
LOOKS_ENCODED = {
    "a line break": "=?utf-8?q?=0ABcc:_x?=",
    "crlf in base64": "=?utf-8?b?DQpCY2M6IHg=?=",
    "after words": "Hello =?utf-8?q?=0D=0ABcc:_x?= you",
    "broken": "=?utf-8?q?",
    "another charset": "=?utf-7?q?+AAoAQg-?=",
    "many": "=?utf-8?q?a?= =?utf-8?q?b?=",
}


@pytest.mark.parametrize("value", INJECTIONS.values(), ids=INJECTIONS)
@pytest.mark.parametrize("place", ["subject", "sender", "to", "reply_to"])
def test_what_could_break_out_of_a_header_is_refused_with_a_sentence(place: str, value: str) -> None:
    given = value if place == "subject" else Mailbox(value, "x@example.com")
    with pytest.raises(BadLetter, match="control character") as refusal:
        to_bytes(replace(LETTER, **{place: given}))
    assert refusal.value.hint


@pytest.mark.parametrize("value", INJECTIONS.values(), ids=INJECTIONS)
@pytest.mark.parametrize("place", ["local part", "domain", "message id", "header name", "header value"])
def test_what_could_break_out_of_a_structured_field_is_refused(place: str, value: str) -> None:
    wrong = {
        "local part": {"to": Mailbox("", f"{value}@example.com")},
        "domain": {"to": Mailbox("", f"x@example.com{value}")},
        "message id": {"message_id": f"<{value}@example.com>"},
        "header name": {"headers": ((value, "x"),)},
        "header value": {"headers": (("X-Test", value),)},
    }
    with pytest.raises(BadLetter):
        to_bytes(replace(LETTER, **wrong[place]), smtputf8=True)


@pytest.mark.parametrize("value", LOOKS_ENCODED.values(), ids=LOOKS_ENCODED)
def test_cve_2024_6923_what_looks_like_an_encoded_word_arrives_as_literal_text(value: str) -> None:
    raw = to_bytes(replace(LETTER, subject=value, to=Mailbox(value, "x@example.com")))
    assert parsed(raw)["Subject"] == value
    assert name_read(raw, "To") == value
    assert parsed(raw).keys() == EXPECTED


@pytest.mark.parametrize(
    "value", ["=?utf-8?q?=0ABcc:_x?=", "a =?utf-8?b?DQpCY2M6IHg=?=", "=?utf-8?b?4oCu?=", "=?nix?q?x?="]
)
def test_a_header_in_wire_form_whose_words_decode_to_something_forbidden_is_refused(value: str) -> None:
    with pytest.raises(BadLetter):
        to_bytes(replace(LETTER, headers=(("X-Test", value),)))


@pytest.mark.parametrize("headers", [(("X-A", "1"), ("x-a", "2")), (("Subject", "x"),), (("bcc", "x@example.com"),)])
def test_a_header_given_twice_or_written_by_us_is_refused(headers: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(BadLetter, match="stands twice or is ours"):
        to_bytes(replace(LETTER, headers=headers))


@pytest.mark.parametrize("name", ["", "X A", "X:", "X-Ä", "-x", "X" * 65])
def test_a_header_name_of_unknown_shape_is_refused(name: str) -> None:
    with pytest.raises(BadLetter, match="name of a header"):
        to_bytes(replace(LETTER, headers=((name, "x"),)))


@pytest.mark.parametrize("value", ["", " x", "x ", "ä"])
def test_a_header_value_that_is_no_printable_ascii_is_refused(value: str) -> None:
    with pytest.raises(BadLetter, match="printable ASCII"):
        to_bytes(replace(LETTER, headers=(("X-Test", value),)))


def test_rfc_2369_2_a_long_unsubscribe_link_stays_raw_on_the_line_of_its_name() -> None:
    link = "https://news.example.com/o/" + "t" * 900
    raw = to_bytes(replace(LETTER, headers=(("List-Unsubscribe", f"<{link}>, <mailto:a@example.com>"),)))
    assert f"\r\nList-Unsubscribe: <{link}>,\r\n <mailto:a@example.com>\r\n".encode() in raw


def test_rfc_5322_2_1_1_a_link_that_needs_more_than_998_octets_is_refused() -> None:
    with pytest.raises(BadLetter, match="998"):
        to_bytes(replace(LETTER, headers=(("List-Unsubscribe", f"<https://example.com/{'t' * 980}>"),)))


@pytest.mark.parametrize("subject", ["", "   "])
def test_a_letter_without_a_subject_is_refused(subject: str) -> None:
    with pytest.raises(BadLetter, match="subject is empty"):
        to_bytes(replace(LETTER, subject=subject))


SUBJECTS = {
    "one long word": "x" * 2000,
    "long ascii": "grease the spindle " * 60,
    "runs of spaces": "a" + " " * 200 + "b" + " " * 90,
    "greek": "Λίπανση ατράκτου " * 30,
    "emoji": "🛠️👩‍🔧🇩🇪" * 60,
    "combining": "e\u0301\u0323" * 100,
    "arabic": "تشحيم المغزل " * 20,
    "chinese": "主轴轴承润滑" * 50,
    "question marks": "?=?= =? ?= _ =5F",
    "no-break spaces": "10\u00a0000\u2003km",
}


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_rfc_2047_a_subject_of_any_length_and_script_arrives_exactly(subject: str) -> None:
    raw = to_bytes(replace(LETTER, subject=subject))
    assert parsed(raw)["Subject"] == subject
    assert_lawful(raw)


@pytest.mark.parametrize("name", SUBJECTS.values(), ids=SUBJECTS)
def test_rfc_2047_a_name_of_any_length_and_script_arrives_exactly_but_for_runs_of_spaces(name: str) -> None:
    raw = to_bytes(replace(LETTER, to=Mailbox(name, "x@example.com")))
    assert name_read(raw, "To") == " ".join(filter(None, name.split(" ")))
    assert_lawful(raw)


def test_rfc_5322_2_2_3_a_long_ascii_subject_is_folded_and_not_encoded() -> None:
    assert b"=?" not in to_bytes(
        replace(LETTER, to=Mailbox("", "x@a.de"), subject="grease it " * 20 + "now", headers=())
    )


@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("Jane Doe", b"Jane Doe <"),
        ("", b"<"),
        ("Doe, Jane", b'"Doe, Jane" <'),
        ('Jane "JD" \\ Doe', b'"Jane \\"JD\\" \\\\ Doe" <'),
        ("J. Doe", b'"J. Doe" <'),
        ("a@b.de", b'"a@b.de" <'),
        ("Jürgen", b"=?utf-8?q?J=C3=BCrgen?= <"),
    ],
)
def test_rfc_5322_3_4_a_name_is_atoms_quoted_or_encoded_as_it_needs(name: str, wire: bytes) -> None:
    raw = to_bytes(replace(LETTER, to=Mailbox(name, "x@example.com")))
    assert b"\r\nTo: " + wire in raw
    assert name_read(raw, "To") == name


def test_a_long_name_folds_inside_its_quotes_and_arrives_exactly() -> None:
    name = "Maschinenbau, Vertrieb (Sued) " * 8 + "GmbH"
    raw = to_bytes(replace(LETTER, to=Mailbox(name, "x@example.com")))
    assert parsed(raw)["To"].addresses[0].display_name == name
    assert_lawful(raw)


TEXT = st.text(st.characters(codec=None, categories=None), max_size=120)
SCRIPTS = st.text(st.one_of(st.characters(min_codepoint=32, exclude_categories=["C"]), st.sampled_from(' ?=_"\\,.äß')))


@given(subject=st.one_of(TEXT, SCRIPTS), name=st.one_of(TEXT, SCRIPTS), body=TEXT)
def test_any_subject_name_and_text_is_refused_with_a_sentence_or_arrives_exactly(
    subject: str, name: str, body: str
) -> None:
    try:
        raw = to_bytes(replace(LETTER, subject=subject, to=Mailbox(name, "x@example.com"), text=body, html=body))
    except BadLetter:
        assert not (subject + name + body).isprintable() or not subject.strip()
        return
    message = parsed(raw)
    assert_lawful(raw)
    assert message.keys() == EXPECTED
    assert message["Subject"] == subject
    assert name_read(raw, "To") == " ".join(filter(None, name.split(" ")))
    wanted = body.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n").encode()
    assert [part.get_payload(decode=True) for part in message.iter_parts()] == [wanted, wanted]
