from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from newsletter.bulletin.frame import frame_texts
from newsletter.language import CATALOGUES, SUPPORTED, direction, negotiate, translator

HOUSE = CATALOGUES.parent
_THE_SAME = {("No", "es"), ("No", "it")}
TRANSLATED = [language for language in SUPPORTED if language != "en"]  # the sentences in the code are English


def _spoken() -> Iterator[str]:
    """Every sentence the code and the public templates want to say."""
    for file in sorted(HOUSE.glob("newsletter/**/*.py")):
        yield from _sentences(file, "python", "sentence")
    for file in sorted(HOUSE.glob("templates/public/**/*.html")):
        yield from _sentences(file, "jinja2.ext:babel_extract", "_")


def _sentences(file: Path, method: str, keyword: str) -> Iterator[str]:
    with file.open("rb") as source:
        for _line, text, _comments, _context in extract(method, source, keywords={keyword: None}):
            assert isinstance(text, str)
            yield text


def _catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def _fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in Formatter().parse(text) if field is not None}


@pytest.fixture(scope="module")
def spoken() -> set[str]:
    return set(_spoken())


def test_there_are_sentences_of_code_and_of_templates(spoken: set[str]) -> None:
    assert {"It is only a back-up now", "Stop these mails?", "Your machines"} <= spoken


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_and_nothing_else_is(language: str, spoken: set[str]) -> None:
    messages = {message.id: message for message in _catalogue(language) if message.id}
    assert set(messages) == spoken
    assert [m.id for m in messages.values() if not str(m.string).strip() or m.fuzzy] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_puts_in_what_the_sentence_does(language: str) -> None:
    for message in _catalogue(language):
        assert _fields(str(message.string)) == _fields(str(message.id)), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_is_in_its_own_language(language: str) -> None:
    same = [m.id for m in _catalogue(language) if m.id and m.string == m.id and (m.id, language) not in _THE_SAME]
    assert same == []


@pytest.mark.parametrize("language", SUPPORTED)
def test_the_mail_frame_speaks_every_language(language: str) -> None:
    texts = frame_texts(language, vendor="Acme", topic="Technical bulletins")
    assert "Acme" in texts.because
    assert "Technical bulletins" in texts.because
    assert (texts.language, texts.direction) == (language, direction(language))
    assert all([texts.opt_out, texts.machines, texts.contact])


def test_a_frame_in_a_language_we_do_not_speak_is_english() -> None:
    assert frame_texts("tlh", vendor="Acme", topic="News").opt_out == "Stop these mails"


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        (("de-AT", "fr"), "de"),
        (("", "zh_Hant_TW"), "zh"),
        (("tlh", "", "PT-br"), "pt"),
        (("*", "x" * 10_000), "en"),
        ((), "en"),
    ],
    ids=["a region of a language", "an empty wish", "one we do not speak", "nonsense", "no wish at all"],
)
def test_the_first_wish_we_can_fulfil_counts(wishes: tuple[str, ...], language: str) -> None:
    assert negotiate(*wishes) == language


def test_only_arabic_runs_from_right_to_left() -> None:
    assert {language for language in SUPPORTED if direction(language) == "rtl"} == {"ar"}


def test_a_language_we_do_not_speak_gives_the_sentence_back() -> None:
    assert translator("tlh").gettext("Sold") == "Sold"
    assert translator("de").gettext("Sold") == "Verkauft"
