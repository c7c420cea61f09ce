"""The form of the editor without a script: languages, snippets, what is missing, and what is not taken."""

import pytest

from newsletter.bulletin.saved_text import SavedText
from newsletter.bulletin.snippet import save_snippet
from newsletter.bulletin.source import read_source
from newsletter.bulletin.when import When
from newsletter.bulletin.write import newest_of
from tests.ledger.stage import TEXT
from tests.web.staff.bulletins.newsroom import FIELDS, MODELS, Newsroom, value, words

NEW = "/staff/bulletins/new"
EDIT = "/staff/bulletins/TB-1/edit"
GERMAN = {"language-1": "de", "title-1": "Schmierung", "preheader-1": "", "markdown-1": "Hallo {{ name }}."}


def source_of(room: Newsroom) -> str:
    with room.db.read() as session:
        return newest_of(session, "TB-1").source


def test_a_language_is_added_written_and_taken_away(room: Newsroom) -> None:
    added = room.post(NEW, **FIELDS, models=MODELS, do="add", another="de")
    assert added.status_code == 200
    assert "Nothing is saved yet." in words(added)
    assert value(added, "markdown-0").replace("\r\n", "\n") == "Hello {{ name }},\nyour {{ serial }}."
    assert value(added, "markdown-1") == ""
    assert room.post(NEW, **FIELDS, **GERMAN, models=MODELS).status_code == 303
    assert [part.title for part in read_source(source_of(room)).sections] == ["Lubrication", "Schmierung"]
    page = room.open(EDIT)
    typed = {**FIELDS, **GERMAN, "seen": value(page, "seen"), "front": value(page, "front")}
    gone = room.post(EDIT, **typed, models=MODELS, do="drop-0")
    assert value(gone, "title-0") == "Schmierung"
    assert 'name="title-1"' not in gone.text
    assert "title: Schmierung" in value(gone, "front") or "title" not in value(gone, "front")


def test_another_language_becomes_the_first(sqlite_room: Newsroom) -> None:
    turned = sqlite_room.post(NEW, **FIELDS, **GERMAN, models=MODELS, do="first-1")
    assert [value(turned, f"title-{at}") for at in (0, 1)] == ["Schmierung", "Lubrication"]


@pytest.mark.parametrize(
    ("pressed", "said"),
    [
        ({"do": "add", "another": "en"}, "That language is there already."),
        ({"do": "drop-0"}, "A bulletin needs one language."),
        ({"do": "drop-7"}, "No button of this page was pressed."),
        ({"do": "burn"}, "No button of this page was pressed."),
        ({"do": "snippet-0", "snippet": "99"}, "There is no such snippet."),
        ({"do": "merge", "was": "nonsense"}, "There is nothing to put together."),
        ({"do": "keep", "reader": "made-up:two"}, "This person is not on record."),
    ],
    ids=lambda value: value["do"] if isinstance(value, dict) else "",
)
def test_a_button_that_makes_no_sense_is_answered_in_words(
    sqlite_room: Newsroom, pressed: dict[str, str], said: str
) -> None:
    answer = sqlite_room.post(NEW, **FIELDS, **pressed)
    assert answer.status_code == 400
    assert said in words(answer)
    assert value(answer, "title-0") == "Lubrication"


def test_a_snippet_is_put_below_the_text(room: Newsroom) -> None:
    snippet = save_snippet(room.db, None, "Service", "Call **us**.", author="mara", now=room.now)
    answer = room.post(NEW, **FIELDS, **GERMAN, do="snippet-1", snippet=str(snippet))
    assert value(answer, "markdown-1") == "Hallo {{ name }}.\n\nCall **us**."
    as_file = room.post(NEW + "?as=file", source=TEXT, do="snippet-0", snippet=str(snippet))
    assert value(as_file, "source") == f"{TEXT}\nCall **us**."


def test_each_language_says_what_it_lacks(room: Newsroom) -> None:
    room.post(NEW, **FIELDS, **GERMAN, models=MODELS)
    page = room.open(EDIT)
    assert "no preheader" in words(page).lower()
    typed = {**FIELDS, **GERMAN, "front": value(page, "front"), "seen": value(page, "seen")}
    empty = room.post(EDIT, **{**typed, "title-1": "", "markdown-1": ""}, models=MODELS)
    assert "No title, no preheader, no text" in words(empty)


def test_an_old_bulletin_of_mail_merge_keeps_what_the_form_does_not_know(room: Newsroom) -> None:
    room.written(TEXT.replace("language: en", "# for the trade fair\nlanguage: en"))
    page = room.open(EDIT)
    assert "# for the trade fair" in value(page, "more")
    names = ("number", "serials", "front", "more", "seen", "title-0", "markdown-0", "remind")
    typed = {name: value(page, name) for name in names} | {"klass": "technical", "language-0": "en"}
    room.post(EDIT, **{**typed, "title-0": "Grease"}, models=MODELS)
    assert source_of(room) == TEXT.replace("language: en", "# for the trade fair\nlanguage: en").replace(
        "title: Lubrication", "title: Grease"
    )


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param({"markdown-0": "ü" * 2_500_000}, "longer than 1,000,000 characters", id="5 MB of text"),
        pytest.param({"markdown-0": "[Order]({{ name }}.example/x)"}, "Line 1, column", id="a tag chooses the host"),
        pytest.param({"markdown-0": "[x](https://{{ serial }}.example/)"}, "cannot choose the host", id="a host"),
        pytest.param({"markdown-0": "[x](javascript:alert(1))"}, "leads nowhere a reader can go", id="a script"),
        pytest.param({"title-0": "Invoice \u202egpj.exe"}, "U+202E", id="a bidi control in the title"),
        pytest.param({"preheader-0": "a\x07b"}, "U+0007", id="a bell in the preheader"),
        pytest.param({"number": "TB-1\x00"}, "U+0000", id="a NUL in the number"),
    ],
)
def test_what_must_not_be_sent_is_refused_in_words_and_kept_in_the_form(
    sqlite_room: Newsroom, typed: dict[str, str], said: str
) -> None:
    """Faults 33 to 35."""
    answer = sqlite_room.post(NEW, **{**FIELDS, **typed}, models=MODELS)
    assert answer.status_code == 400
    assert said in words(answer)
    for name, text in typed.items():
        assert value(answer, name) == text


def test_a_title_of_two_lines_becomes_one(room: Newsroom) -> None:
    """Fault 34."""
    room.post(NEW, **{**FIELDS, "title-0": "Grease\r\nBcc: all@vendor.example"}, models=MODELS)
    assert read_source(source_of(room)).title == "Grease Bcc: all@vendor.example"


def test_what_looks_like_html_is_shown_as_text_everywhere(room: Newsroom) -> None:
    """Fault 31."""
    evil = '</textarea><script>alert(1)</script><img src=x onerror="alert(2)">'
    save_snippet(room.db, None, evil[:60], evil, author=evil, now=room.now)
    room.post(NEW, **{**FIELDS, "title-0": f"T {evil}", "markdown-0": f"{evil}\n\n{{{{ name }}}}"}, models=MODELS)
    for path in (EDIT, EDIT + "?as=file", "/staff/bulletins/TB-1/history", "/staff/snippets"):
        page = room.open(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_every_save_is_kept_however_it_came(room: Newsroom) -> None:
    room.written()
    room.desk.dry_run(TEXT, topic="", when=when(room))
    page = room.open(EDIT + "?as=file")
    room.post(EDIT + "?as=file", source=TEXT + "More.", seen=value(page, "seen"))
    room.post(EDIT + "?as=file", source=TEXT + "More.", seen=value(room.open(EDIT + "?as=file"), "seen"))
    assert room.count(SavedText) == 2


def when(room: Newsroom) -> When:
    return When(room.now)
