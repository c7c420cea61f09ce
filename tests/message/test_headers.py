"""List headers (RFC 2369, 2919, 8058) and automatic mail (RFC 3834)."""

from dataclasses import replace
from email.header import decode_header, make_header
from typing import Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.errors import BadLetter
from newsletter.message.headers import ListIdentity, auto_headers, list_headers, message_id, one_click

IDENTITY = ListIdentity(
    list_id="lubrication.news.example.com",
    name="Lubrication notices",
    help_uri="https://news.example.com/help",
    owner_uri="mailto:owner@news.example.com",
)
LINK = "https://news.example.com/o/abc"
FEEDBACK = ("tb-14", "technical", "7", "vexler")


def fields(identity: ListIdentity = IDENTITY, unsubscribe: str = LINK, **more: object) -> dict[str, str]:
    built = list_headers(identity, unsubscribe=unsubscribe, **{"feedback": FEEDBACK, **more})
    assert len(dict(built)) == len(built)
    return dict(built)


def test_rfc_8058_3_1_there_is_one_https_link_and_exactly_the_one_click_pair() -> None:
    assert fields()["List-Unsubscribe"] == f"<{LINK}>"
    assert fields()["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_rfc_8058_3_1_a_mailto_may_stand_after_the_link() -> None:
    assert fields(mailto="mailto:out+1@example.com")["List-Unsubscribe"] == f"<{LINK}>, <mailto:out+1@example.com>"


def test_rfc_8058_3_1_a_second_link_of_http_is_refused() -> None:
    with pytest.raises(BadLetter, match="mailto"):
        fields(mailto="https://example.com/second")


@pytest.mark.parametrize(
    "link",
    ["http://localhost:8000/o/a", "http://127.0.0.1/o/a", "http://127.8.0.1/o/a", "http://[::1]:8000/o/a"],
)
def test_http_is_enough_for_this_very_machine(link: str) -> None:
    assert fields(unsubscribe=link)["List-Unsubscribe"] == f"<{link}>"


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://news.example.com/o/a",
        "http://localhost.example.com/o/a",
        "http://127.0.0.1@example.com/o/a",
        "https:///o/a",
        "https://[::1/o/a",
        "https://news.example.com/ä",
        "https://news.example.com/a b",
        "https://news.example.com/a>b",
        "https://news.example.com/<a",
        "https://news.example.com/a,b",
        "https://news.example.com/a\r\nBcc: x",
        "https://news.example.com/a>, <https://example.com/b",
        "https://news.example.com/%zz",
        "javascript:alert(1)",
        "mailto:a@example.com",
    ],
)
def test_a_link_that_could_not_be_clicked_once_and_safely_is_refused(link: str) -> None:
    with pytest.raises(BadLetter) as refusal:
        fields(unsubscribe=link)
    assert refusal.value.hint


@given(
    stem=st.sampled_from(
        ["https://news.example.com/leave", "http://localhost", "https://", "http://x.example", "https:/"]
    ),
    token=st.one_of(st.from_regex(r"[A-Za-z0-9_.-]{0,40}", fullmatch=True), st.text(max_size=9)),
)
@example("https://news.example.com", "a,b")
@example("https://news.example.com", "a?b=c")
@example("http:/", "localhost")
def test_a_link_is_looked_at_as_a_whole_however_often_its_beginning_was_seen(stem: str, token: str) -> None:
    def verdict(link: str) -> bool:
        try:
            return one_click(link) == f"<{link}>"
        except BadLetter:
            return False

    # The second has an empty query at its end, so no token stands there.
    assert verdict(f"{stem}/{token}") == verdict(f"{stem}/{token}?")


@pytest.mark.parametrize("mailto", ["mailto:", "mailto:nobody", "mailto:a b@example.com", "out@example.com"])
def test_a_mailto_without_an_address_is_refused(mailto: str) -> None:
    with pytest.raises(BadLetter):
        fields(mailto=mailto)


def test_rfc_2369_3_an_announcement_names_help_and_owner_and_takes_no_posts() -> None:
    built = fields()
    assert built["List-Help"] == "<https://news.example.com/help>"
    assert built["List-Owner"] == "<mailto:owner@news.example.com>"
    assert built["List-Post"] == "NO"


def test_rfc_2919_2_the_list_id_is_a_name_and_an_id() -> None:
    assert fields()["List-Id"] == "Lubrication notices <lubrication.news.example.com>"


def test_rfc_2919_4_the_id_stays_when_the_name_changes() -> None:
    renamed = fields(replace(IDENTITY, name="Schmierung, Öl & mehr"))["List-Id"]
    assert renamed.endswith(" <lubrication.news.example.com>")
    assert str(make_header(decode_header(renamed))).startswith("Schmierung, Öl & mehr")


@pytest.mark.parametrize(
    "list_id", ["", "lubrication", "a..b", "a b.example.com", "ä.example.com", "a.b>", "=?x.y?=.b", f"a.{'b' * 254}"]
)
def test_rfc_2919_2_an_id_that_is_no_dot_atom_of_255_octets_is_refused(list_id: str) -> None:
    with pytest.raises(BadLetter, match="list id"):
        fields(replace(IDENTITY, list_id=list_id))


def test_a_list_name_that_looks_encoded_arrives_as_literal_text() -> None:
    built = fields(replace(IDENTITY, name="=?utf-8?q?=0ABcc:_x?="))["List-Id"]
    assert str(make_header(decode_header(built.rpartition(" ")[0]))) == "=?utf-8?q?=0ABcc:_x?="


def test_a_list_name_with_a_line_break_is_refused() -> None:
    with pytest.raises(BadLetter, match="name of the list"):
        fields(replace(IDENTITY, name="Lubrication\r\nBcc: x@example.com"))


def test_rfc_3834_3_1_8_a_bulletin_asks_for_no_automatic_answers_and_is_not_automatic_itself() -> None:
    built = fields()
    assert (built["Precedence"], built["X-Auto-Response-Suppress"]) == ("bulk", "All")
    assert "Auto-Submitted" not in built


def test_the_feedback_id_ends_with_the_sender() -> None:
    assert fields()["Feedback-ID"] == "tb-14:technical:7:vexler"


@pytest.mark.parametrize("part", ["", "a:b", "a b", "ä", "a\r\n"])
def test_a_feedback_id_of_another_shape_is_refused(part: str) -> None:
    with pytest.raises(BadLetter, match="Feedback-ID"):
        fields(feedback=("a", part, "c", "vexler"))


@pytest.mark.parametrize("kind", ["auto-generated", "auto-replied"])
def test_rfc_3834_5_an_automatic_letter_has_one_field_that_says_so(
    kind: Literal["auto-generated", "auto-replied"],
) -> None:
    assert auto_headers(kind) == (("Auto-Submitted", kind),)


def test_rfc_5322_3_6_4_a_retry_keeps_its_message_id() -> None:
    assert message_id("d17.abc", "news.example.com") == "<d17.abc@news.example.com>"


@pytest.mark.parametrize(("token", "domain"), [("", "a.de"), ("a b", "a.de"), ("a", ""), ("a>", "a.de"), ("a", "a b")])
def test_a_message_id_that_would_not_parse_is_refused(token: str, domain: str) -> None:
    with pytest.raises(BadLetter):
        message_id(token, domain)
