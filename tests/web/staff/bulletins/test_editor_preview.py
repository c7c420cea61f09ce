"""The letter beside the text: set from what is typed, for anybody, and written down nowhere."""

import re
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from newsletter import tables
from newsletter.audience.sample_person import SamplePerson
from newsletter.ledger.preview import NOBODY
from newsletter.links import OptOutLink
from tests.web.staff.bulletins.newsroom import FIELDS, MODELS, Newsroom, words

LETTER = "/staff/editor/preview"
SAID = "/staff/editor/said"


def shown(room: Newsroom, path: str = LETTER, **typed: Any) -> TestResponse:  # noqa: ANN401 - fields of a form
    return room.post(path, **{**FIELDS, "models": MODELS, **typed})


def test_the_letter_is_set_for_whoever_is_chosen_with_their_machines(room: Newsroom) -> None:
    nora = shown(room, reader=str(room.cast.nora.id))
    assert "Hello Nora Frost, your A100231 and A103000." in words(nora)
    assert "Hello Pia Marsh, your A100231, A103000, A100500, and A100900." in words(shown(room, who="pia@fast"))
    assert "Hello Nora Frost, your A100231." in words(shown(room, reader="made-up:one"))
    german = {"language-1": "de", "title-1": "Schmierung", "preheader-1": "", "markdown-1": "Hallo {{ name }}."}
    assert "Hallo Nora Frost." in words(shown(room, **german, reader="made-up:one:de"))
    assert "Hello Nora Frost, your" in words(shown(room, **german, reader="made-up:nonsense:fr"))


def test_somebody_it_is_not_for_is_shown_with_all_their_machines(room: Newsroom) -> None:
    answer = shown(room, SAID, models=["VX-500"], serials="A100900", **{"markdown-0": "Hi {{ model }}"}, who="ines")
    assert "It is not for this person as it stands" in words(answer)
    assert "VX-500 A100500" in words(answer)


def test_what_is_said_names_the_subject_the_reader_and_the_language(room: Newsroom) -> None:
    said = words(shown(room, SAID, reader=str(room.cast.nora.id)))
    assert "Subject: Lubrication for Nora Frost, in English" in said


def test_either_variant_of_a_bulletin_can_be_looked_at(room: Newsroom) -> None:
    text = ":::variant a\r\nAt length\r\n:::\r\n:::variant b\r\nIn short\r\n:::"
    typed = {"markdown-0": text, "more": "b.title: Half"}
    assert "At length" in words(shown(room, **typed))
    assert "In short" in words(shown(room, **typed, variant="b"))
    assert "Subject: Half" in words(shown(room, SAID, **typed, variant="b"))


def test_an_unfinished_bulletin_is_shown_too(room: Newsroom) -> None:
    typed = {"number": "", "title-0": "", "language-1": "de", "title-1": "", "preheader-1": "", "markdown-1": ""}
    answer = shown(room, SAID, **typed)
    assert answer.status_code == 200
    assert "(no title yet)" in words(answer)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"markdown-0": "One\r\n\r\n{{ nmae }}"}, "Line 3, column 1: There is no tag 'nmae'."),
        ({"title-0": "{{ nmae }}"}, "There is no tag 'nmae'."),
        ({"topic": "nonsense"}, "There is no topic 'nonsense'."),
        ({"who": "nobody at all"}, "Nobody on record is called “nobody at all”."),
        ({"who": "toolroom"}, "Several people are called so"),
        ({"reader": "made-up:nothing"}, "There is no value for {{ name }}."),
        ({"language-1": "de", "title-1": "", "markdown-1": "{{ nmae }}"}, "Deutsch: Line 1, column 1"),
        ({"markdown-0": "![a](picture:none.png)"}, "There is no picture"),
    ],
    ids=lambda value: "" if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_shown_is_said_with_its_place(room: Newsroom, typed: dict[str, str], said: str) -> None:
    answer = shown(room, SAID, **typed)
    assert answer.status_code == 400
    assert said in words(answer)


def test_in_the_frame_a_mistake_is_a_sentence(sqlite_room: Newsroom) -> None:
    answer = shown(sqlite_room, **{"markdown-0": "{{ nmae }}"})
    assert answer.status_code == 400
    assert "Line 1, column 1: There is no tag 'nmae'." in words(answer)
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_the_frame_may_do_nothing(sqlite_room: Newsroom) -> None:
    """Fault 32."""
    answer = shown(sqlite_room, **{"markdown-0": '<script>alert(1)</script> <b onclick="x">'})
    assert "<script" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "sandbox allow-popups" in policy


def test_as_text_it_is_plain_text(sqlite_room: Newsroom) -> None:
    answer = shown(sqlite_room, view="text")
    assert answer.content_type.startswith("text/plain")
    assert "Hello Berg, your A100231 and A103000." in answer.text


def test_in_the_dark_the_rules_for_the_dark_hold_on_any_screen(sqlite_room: Newsroom) -> None:
    light, dark = shown(sqlite_room).text, shown(sqlite_room, dark="yes").text
    for page in (light, dark):
        assert "prefers-color-scheme" not in page
    assert re.search(r"@media \(min-width: ?0\)", dark)
    assert re.search(r"@media \(max-width: ?0\)", light)


def test_looking_writes_nothing_down_and_leaks_no_link_of_the_person(room: Newsroom) -> None:
    before = counts(room)
    nora = room.cast.nora.id
    page = shown(room, reader=str(nora)).text + shown(room, reader=str(nora), view="text").text
    shown(room, SAID, reader=str(nora))
    assert counts(room) == before
    topic = room.cast.bulletins.id
    links = room.app.extensions["newsletter"].links
    tokens = re.findall(r"/leave/([\w-]+)", page)
    assert set(tokens) == {links.opt_out_token(OptOutLink(NOBODY, topic, NOBODY))}
    assert links.preferences(nora).rpartition("/")[2] not in page


def counts(room: Newsroom) -> dict[str, int | None]:
    with room.db.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table))
            for table in tables.metadata.sorted_tables
        }


def test_people_are_found_by_a_part_of_name_or_address(room: Newsroom) -> None:
    found = room.get("/staff/editor/people?who=frost")
    assert "Nora Frost, nora@toolroom-north.example" in found
    assert "Pia" not in found
    assert room.get("/staff/editor/people?who=") == ""


def test_a_sample_person_is_kept_for_all_and_let_go(room: Newsroom) -> None:
    ines = str(room.cast.ines.id)
    kept = room.post("/staff/bulletins/new", **FIELDS, do="keep", reader=ines)
    assert "is kept for previews of every bulletin" in words(kept)
    assert kept.status_code == 200
    assert '<optgroup label="Sample persons">' in room.open("/staff/bulletins/new").text
    room.post("/staff/bulletins/new", **FIELDS, do="forget", reader=ines)
    assert room.count(SamplePerson) == 0


def test_looking_is_for_marketers_with_their_token(room: Newsroom) -> None:
    service = room.hire("service")
    for path in (LETTER, SAID, "/staff/editor/draft", "/staff/editor/paste"):
        assert service.post(path, **FIELDS).status_code == 403
        assert room.post(path, **FIELDS, csrf_token="").status_code == 400
        assert room.browser.get(path).status_code == 405
