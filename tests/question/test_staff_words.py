from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as some

from newsletter.errors import BadWording
from newsletter.language import SUPPORTED
from newsletter.question.staff_words import kept_line, kept_name, longest
from newsletter.question.versions import in_catalogue
from newsletter.question.wording import LINES


@pytest.mark.parametrize("language", SUPPORTED)
def test_our_own_words_are_words_that_staff_may_write(language: str) -> None:
    for line, words in in_catalogue(language).items():
        assert kept_line(line, words) == words


@pytest.mark.parametrize(
    "text",
    [
        "Busy\u202eysub", "a\u2066b", "a\u200eb", "a\u061cb", "zero\u200bwidth", "nul\x00", "esc\x1b[0m", "half \ud83d",
        "private \ue000", "tag \U000e0041", "line\u2028break", "unassigned \U000effff",
    ],
)  # fmt: skip
def test_fault_31_what_cannot_be_seen_is_refused(text: str) -> None:
    with pytest.raises(BadWording, match="cannot be seen"):
        kept_line("why", text)


@pytest.mark.parametrize(
    "text",
    [
        "See https://acme.example", "javascript://x", "www.acme", "WWW.ACME.EXAMPLE", "mailto:x", "ask nora@acme",
        "acme.example/why", "täst.example", "example.рф", "go to acme.com",
    ],
)  # fmt: skip
def test_fault_30_a_link_is_refused(text: str) -> None:
    with pytest.raises(BadWording, match="link"):
        kept_line("why", text)


@pytest.mark.parametrize(
    "text", ["z.B. zu viele", "u.a.", "Not now. Later.", "3.5 a week", "Why…", "<b>bold</b>", "a {0}"]
)
def test_what_only_looks_odd_is_kept_to_the_letter(text: str) -> None:
    assert kept_line("why", text) == text


@pytest.mark.parametrize("line", ["why", "intro", "why.backup", "fate", "fate.sold", "machine.gone"])
def test_a_line_has_an_end(line: str) -> None:
    assert kept_line(line, "x" * longest(line)) == "x" * longest(line)
    with pytest.raises(BadWording, match="is the most") as refused:
        kept_line(line, "x" * (longest(line) + 1))
    assert refused.value.line == line


@pytest.mark.parametrize("text", ["", " ", "\r\n"])
def test_an_empty_line_is_left_to_us_and_an_empty_name_is_refused(text: str) -> None:
    assert kept_line("why", text) == ""
    with pytest.raises(BadWording, match="name"):
        kept_name(text)


def test_a_form_field_becomes_one_line() -> None:
    assert kept_line("intro", "  one\r\n two\t three ") == "one two three"
    assert kept_line("why", "Pourquoi\xa0?") == "Pourquoi\xa0?"  # French wants that blank unbroken


@given(some.text(max_size=400), some.sampled_from(sorted(LINES)))
def test_whatever_is_kept_would_be_kept_again(text: str, line: str) -> None:
    with suppress(BadWording):
        kept = kept_line(line, text)
        assert kept_line(line, kept) == kept
