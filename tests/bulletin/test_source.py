import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.account.serial import SerialRange
from newsletter.bulletin.source import LARGEST_SOURCE, BulletinClass, Source, read_source
from newsletter.errors import BadBulletin

FULL = """\
---
number: TB-2026-014
title: Spindle bearing lubrication
class: technical
models: VX-500, VX-500i
serials: A100000-A104000, B7
topic: safety
# a remark for colleagues
language: en, de
title.de: Schmierung der Spindellager
---
# In English

Hello {{ name }}
---de---
Auf Deutsch
"""
SHORT = "---\nnumber: TB-1\ntitle: T\nclass: safety\nlanguage: en\n---\ntext"


def test_a_bulletin_is_read() -> None:
    source = read_source(FULL)
    assert (source.number, source.title, source.klass) == ("TB-2026-014", "Spindle bearing lubrication", "technical")
    assert (source.models, source.topic) == (("VX-500", "VX-500i"), "safety")
    assert source.serials == (SerialRange("A", 100000, 104000), SerialRange("B", 7, 7))
    english, german = source.sections
    assert (english.language, english.title, english.line) == ("en", "Spindle bearing lubrication", 12)
    assert english.markdown == "# In English\n\nHello {{ name }}"
    assert (german.language, german.title, german.line) == ("de", "Schmierung der Spindellager", 16)
    assert (german.markdown, german.title_line, german.title_column) == ("Auf Deutsch\n", 10, 11)


@pytest.mark.parametrize(
    "written",
    [
        "\ufeff" + FULL,
        FULL.replace("\n", "\r\n"),
        "\ufeff" + FULL.replace("\n", "\r\n"),
        FULL.replace("\n", "\r"),
        FULL.replace("---\n", "---  \n"),
        FULL.replace("class: technical", " CLASS :  Technical "),
        FULL.replace("title.de", "Title.DE"),
        FULL.replace("---de---", "---DE---"),
        FULL.replace("language: en, de", "language: en,, de, en, de"),
        FULL.replace("language", "\nlanguage"),
    ],
    ids=["bom", "crlf", "bom and crlf", "cr", "blanks", "letter case", "title", "marker", "said twice", "empty line"],
)
def test_how_it_was_typed_does_not_matter(written: str) -> None:
    read = read_source(written)
    assert [(s.language, s.title, s.markdown) for s in read.sections] == [
        (s.language, s.title, s.markdown) for s in read_source(FULL).sections
    ]
    assert (read.number, read.klass, read.serials) == ("TB-2026-014", "technical", read_source(FULL).serials)


def without(line: str) -> str:
    kept = [each for each in FULL.splitlines(keepends=True) if not each.startswith(line)]
    assert len(kept) < len(FULL.splitlines())
    return "".join(kept)


def with_(old: str, new: str) -> str:
    assert old in FULL
    return FULL.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "said"),
    [
        pytest.param("", 1, 1, "does not begin with front matter", id="nothing"),
        pytest.param("# News\n", 1, 1, "does not begin with front matter", id="no front matter"),
        pytest.param("\n" + FULL, 1, 1, "does not begin with front matter", id="front matter too late"),
        pytest.param("---\nnumber: X\n", 3, 1, "does not end", id="unclosed"),
        pytest.param(with_("topic:", "  colour:"), 7, 3, "no field 'colour'", id="unknown field"),
        pytest.param(with_("topic: safety", "  topic"), 7, 3, "not `name: value`", id="no colon"),
        pytest.param(with_("topic: safety", "Number: TB-2"), 7, 1, "'Number' stands twice", id="twice"),
        pytest.param(without("number"), 1, 1, "has no number", id="no number"),
        pytest.param(with_("TB-2026-014", ""), 2, 9, "has no number", id="empty number"),
        pytest.param(with_("TB-2026-014", "-1"), 2, 9, "'-1' is no bulletin number", id="bad number"),
        pytest.param(with_("TB-2026-014", "a" * 65), 2, 9, "is no bulletin number", id="long number"),
        pytest.param(without("title: "), 1, 1, "has no title", id="no title"),
        pytest.param(with_("Spindle bearing lubrication", ""), 3, 8, "has no title", id="empty title"),
        pytest.param(without("class"), 1, 1, "has no class", id="no class"),
        pytest.param(with_("technical", "urgent"), 4, 8, "'urgent' is no class", id="bad class"),
        pytest.param(without("language"), 1, 1, "has no language", id="no language"),
        pytest.param(with_("en, de", ""), 9, 11, "has no language", id="empty language"),
        pytest.param(with_("en, de", " , "), 9, 12, "has no language", id="only a comma"),
        pytest.param(with_("en, de", "en, German"), 9, 15, "'German' is no language", id="bad language"),
        pytest.param(with_("en, de", "en"), 10, 11, "title in 'de', but no text", id="title without text"),
        pytest.param(with_("en, de", "en, de, fr"), 9, 19, "text in 'fr' is missing", id="missing section"),
        pytest.param(with_("---de---", "---fr---"), 15, 1, "No text in 'fr' is expected", id="unexpected section"),
        pytest.param(with_("---de---", "---en---"), 15, 1, "No text in 'en' is expected", id="first language marked"),
        pytest.param(FULL + "---de---\nagain", 17, 1, "No text in 'de' is expected", id="section twice"),
        pytest.param(with_("Auf Deutsch", "  "), 16, 1, "text in 'de' is empty", id="empty section"),
        pytest.param(SHORT.removesuffix("text"), 7, 1, "text in 'en' is empty", id="no text"),
        pytest.param(SHORT.removesuffix("\ntext"), 7, 1, "text in 'en' is empty", id="no line after it"),
        pytest.param(with_("B7", "nonsense"), 6, 27, "'nonsense' is no serial range", id="bad serial"),
        pytest.param(with_("A104000", "A99"), 6, 10, "'A100000-A99' does not run", id="range upside down"),
        pytest.param(without("models"), 5, 10, "Serials are given without models", id="serials without models"),
        pytest.param(with_("VX-500, VX-500i", ","), 6, 10, "Serials are given without models", id="no model at all"),
        pytest.param(with_("In English", "In \0"), 12, 6, "U+0000", id="NUL"),
        pytest.param(with_("In English", "In \ud83d"), 12, 6, "U+D83D", id="half a character"),
        pytest.param(with_("bearing", "bea\x07ring"), 3, 19, "U+0007", id="bell in the title"),
        pytest.param("\r" * 3 + "\0", 4, 1, "U+0000", id="NUL on a line of old Macs"),
        pytest.param("-" * (LARGEST_SOURCE + 1), 1, 1, "longer than 1,000,000", id="1 MB"),
        pytest.param(with_("topic", "x" * 1000), 7, 1, "x…'", id="a long name is cut"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_place(text: str, line: int, column: int, said: str) -> None:
    with pytest.raises(BadBulletin) as refusal:
        read_source(text)
    assert said in refusal.value.message
    assert (refusal.value.line, refusal.value.column) == (line, column)
    assert refusal.value.hint
    assert len(str(refusal.value)) < 500


LINES = st.lists(
    st.sampled_from([*FULL.splitlines(), "---en---", "---", "language: ,", "serials: 1-2-3", "title.: x", ":", "#"])
    | st.text(max_size=12),
    max_size=14,
)


@given(st.one_of(st.text(), LINES.map("\n".join), LINES.map(lambda rest: "---\n" + "\r\n".join(rest))))
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    read = read_or_refused(text)
    if isinstance(read, BadBulletin):
        assert 1 <= read.line <= text.count("\n") + text.count("\r") + 2
        assert read.column >= 1
    else:
        assert read.sections
        assert all(section.markdown.strip() for section in read.sections)


def read_or_refused(text: str) -> Source | BadBulletin:
    try:
        return read_source(text)
    except BadBulletin as refusal:
        return refusal


@pytest.mark.parametrize("piece", ["---\n", "a:", ",", "---de---\n", "1-", "\r\n", "title.x", " "])
def test_the_longest_text_takes_no_time(piece: str) -> None:
    head = "---\nnumber: T\nclass: safety\nlanguage: en\ntitle: T\nmodels: M\nserials: "
    for text in (piece, head + piece, head + "1\n---\n" + piece):
        long = (text + piece * (LARGEST_SOURCE // len(piece)))[:LARGEST_SOURCE]
        began = time.thread_time()
        read = read_or_refused(long)
        assert time.thread_time() - began < 5
        assert not isinstance(read, BadBulletin) or len(str(read)) < 500


def tagged(*languages: str) -> str:
    titles = "".join(f"title.{language}: in {language}\n" for language in languages)
    rest = "".join(f"---{language}---\ntext\n" for language in languages[1:])
    return f"---\nnumber: T\nclass: safety\nlanguage: {', '.join(languages)}\n{titles}---\ntext\n{rest}"


@pytest.mark.parametrize(
    ("languages", "wish", "read"),
    [
        ("en de", "de", "de"),
        ("en de", "de-AT", "de"),
        ("en de", "de_AT", "de"),
        ("en de", "DE", "de"),
        ("en de", "fr", "en"),
        ("en de", "", "en"),
        ("de en", "fr", "de"),
        ("en pt-BR", "pt", "pt-BR"),
        ("en pt-BR pt", "pt-PT", "pt"),
        ("en pt pt-BR", "pt-br", "pt-BR"),
        ("en zh-Hans-CN", "zh-Hans-CN", "zh-Hans-CN"),
        ("en es-419", "es-MX", "es-419"),
    ],
)
def test_a_reader_gets_the_nearest_text_with_its_own_title(languages: str, wish: str, read: str) -> None:
    section = read_source(tagged(*languages.split())).section_for(wish)
    assert (section.language, section.title) == (read, f"in {read}")


def test_only_advertising_is_not_sent_again_without_asking() -> None:
    assert [klass for klass in BulletinClass if not klass.resends] == ["marketing"]
