"""A newsletter of a former provider, read."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.fields import as_fields
from newsletter.bulletin.imported import decoded, read_newsletter
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import TAGS
from newsletter.errors import BadBulletin, BadFile
from newsletter.message.alone import prepare_alone

MAILING = (Path(__file__).parent / "newsletters" / "mailing.html").read_bytes()


def test_a_newsletter_becomes_a_bulletin_without_the_frame_of_its_sender() -> None:
    found = read_newsletter(decoded(MAILING))
    assert (found.title, found.preheader, found.language) == ("Schmierung & mehr", "Mit halber Menge", "de")
    assert found.markdown == (
        "![](https://cdn.acme.example/logo.png)\n\n# Schmierung der Spindel\n\nHallo \\*|FNAME|\\*,\n\n"
        "nehmen Sie **die Hälfte**. [Mehr lesen](https://acme.us1.list-manage.com/track/click?u=1&id=2)\n\n"
        "- eins\n- zwei\n"
    )
    assert found.images == (("https://cdn.acme.example/logo.png", ""),)


def test_what_was_left_out_is_said_with_its_reason() -> None:
    assert read_newsletter(decoded(MAILING)).left_out == (
        "A link to the former page in the browser: Im Browser ansehen",
        "The frame of the former sender: Copyright © 2025 Acme, All rights reserved. Our mailing address is: Weg 1",
        "A way to opt out of the former list: Mögen Sie das nicht? Abmelden oder Profil ändern",
        "A tracking pixel: https://acme.us1.list-manage.com/track/open.php?u=1.",
    )


def test_what_somebody_should_look_at_is_said() -> None:
    first, second, third = read_newsletter(decoded(MAILING)).look_at
    assert first.startswith("*|FNAME|* was a field of the former provider")
    assert "track/click" in second
    assert "logo.png" in third


def test_it_can_be_written_on_and_cannot_be_sent_before_it_has_a_number() -> None:
    source = read_newsletter(decoded(MAILING)).source
    with pytest.raises(BadBulletin, match="no number"):
        read_source(source)
    assert as_fields(source) is not None
    assert read_source(source.replace("number: ", "number: TB-1")).sections[0].preheader == "Mit halber Menge"


WAYS_OUT = {
    "English": "<p>No more? <a href='https://x.example/u'>Unsubscribe here</a></p>",
    "by its address": "<p><a href='https://x.example/unsubscribe?u=1'>click</a></p>",
    "French": "<p><a href='https://x.example/u'>Se désabonner</a></p>",
    "Spanish": "<p><a href='https://x.example/u'>Darse de baja</a></p>",
    "Japanese": "<p><a href='https://x.example/u'>配信停止</a></p>",
    "in the browser": "<div><a href='https://x.example/v'>View this email in your browser</a></div>",
    "settings": "<td><a href='https://x.example/p'>Update your preferences</a></td>",
    "the frame": "<p>You are receiving this email because you opted in.</p>",
}


@pytest.mark.parametrize("html", WAYS_OUT.values(), ids=WAYS_OUT)
def test_the_ways_out_of_the_former_list_are_left_out(html: str) -> None:
    found = read_newsletter(f"<h1>Grease</h1><p>Use half.</p>{html}")
    assert found.markdown == "# Grease\n\nUse half.\n"
    assert len(found.left_out) == 1


def test_a_long_paragraph_keeps_its_words_and_loses_only_the_link() -> None:
    html = f"<p>{'Grease it. ' * 50}<a href='https://x.example/unsubscribe'>Leave</a></p>"
    found = read_newsletter(html)
    assert found.markdown.startswith("Grease it.")
    assert "unsubscribe" not in found.markdown


def test_words_about_leaving_that_are_no_link_stay() -> None:
    assert "unsubscribe" in read_newsletter("<p>How to unsubscribe from alarms of the spindle.</p>").markdown


def test_the_title_is_the_first_heading_where_there_is_none() -> None:
    assert read_newsletter("<h2>Grease <i>now</i></h2><p>a</p>").title == "Grease now"
    assert read_newsletter("<p>a</p>").title == "Without a title"
    assert read_newsletter("<title>a\r\nb\u202e &lt;x&gt; {{ n }}</title><p>a</p>").title == "a b <x> { { n }}"


@pytest.mark.parametrize("html", ["", "<style>p{}</style>", "<!-- x -->", "<script>alert(1)</script>"])
def test_what_says_nothing_is_refused(html: str) -> None:
    with pytest.raises(BadBulletin, match="no text"):
        read_newsletter(html)


FILES = {
    "UTF-8": "<p>Öl</p>".encode(),
    "UTF-8 with its mark": "<p>Öl</p>".encode("utf-8-sig"),
    "Latin-1 that says so": "<meta charset='iso-8859-1'><p>Öl</p>".encode("latin-1"),
    "Windows that does not": "<p>Öl</p>".encode("cp1252"),
    "UTF-16": "<p>Öl</p>".encode("utf-16"),
    "an encoding there is not": "<meta charset=klingon><p>Öl</p>".encode("cp1252"),
}


@pytest.mark.parametrize("octets", FILES.values(), ids=FILES)
def test_a_file_is_read_in_the_encoding_it_names(octets: bytes) -> None:
    assert "<p>Öl</p>" in decoded(octets)


@pytest.mark.parametrize("octets", [b"", b"\x89PNG\r\n\x1a\n\0\0\0", b"a" * 20_000_001], ids=["", "PNG", "20 MB"])
def test_a_file_that_is_none_is_refused(octets: bytes) -> None:
    with pytest.raises(BadFile):
        decoded(octets)


@given(st.text("<>abp/ ='\"{}:-#|*%[]&;\n", max_size=80) | st.text(max_size=60))
def test_whatever_is_brought_becomes_a_text_that_we_set_or_is_refused(html: str) -> None:
    try:
        found = read_newsletter(f"<title>{html}</title>{html}")
    except BadBulletin as refused:
        assert "no text" in refused.message  # noqa: PT017 - either is right
        return
    section = read_source(found.source.replace("number: ", "number: TB-1", 1)).sections[0]
    assert prepare_alone(markdown=section.markdown, tags=TAGS).slots == ()
