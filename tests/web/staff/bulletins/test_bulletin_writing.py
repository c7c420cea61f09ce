import re
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.values import TAGS
from newsletter.bulletin.write import newest_of
from newsletter.ledger.start import start_due
from tests.bulletin.test_fields import read_again
from tests.ledger.stage import TEXT, ordered
from tests.web.staff.bulletins.newsroom import FIELDS, MODELS, Newsroom, value, words

NEW = "/staff/bulletins/new"
EDIT = "/staff/bulletins/TB-1/edit"
DEMO = (Path(__file__).parents[4] / "demo/bulletin.md").read_text()


def source_of(room: Newsroom, number: str = "TB-1") -> str:
    with room.db.read() as session:
        return newest_of(session, number).source


def test_without_a_bulletin_the_list_says_what_to_do(room: Newsroom) -> None:
    page = room.get("/staff/bulletins")
    assert "There is no bulletin yet." in page
    assert "Write a bulletin" in page


def test_fields_become_the_file_that_could_have_been_sent(room: Newsroom) -> None:
    answer = room.post(NEW, **FIELDS, models=MODELS)
    assert answer.location == "/staff/bulletins/TB-1"
    assert source_of(room) == (
        "---\nnumber: TB-1\ntitle: Lubrication\nclass: technical\ntopic: bulletins\nmodels: VX-500, VX-500i\n"
        "serials: A100000-A104000\nlanguage: en\n---\nHello {{ name }},\nyour {{ serial }}."
    )


def test_what_was_written_in_fields_is_edited_in_fields(room: Newsroom) -> None:
    room.post(NEW, **FIELDS, models=MODELS)
    page = room.open(EDIT)
    typed = {name: value(page, name) for name in ("number", "title-0", "serials", "markdown-0", "front", "seen")}
    assert typed["markdown-0"] == "Hello {{ name }},\nyour {{ serial }}."
    before = source_of(room)
    assert room.post(EDIT, **{**FIELDS, **typed}, models=MODELS).status_code == 303
    assert source_of(room) == before
    assert room.post(EDIT, **{**FIELDS, **typed, "title-0": "Grease"}, models=["CT-7"]).status_code == 303
    assert "title: Grease\n" in source_of(room)
    assert "models: CT-7\n" in source_of(room)


def typed_of(page: TestResponse) -> dict[str, str]:
    """What stands in the form of a bulletin in two languages."""
    columns = [f"{name}-{at}" for at in (0, 1) for name in ("title", "preheader", "markdown")]
    typed = {name: value(page, name) for name in ("number", "serials", "front", "more", "seen", *columns)}
    return {**typed, "klass": "technical", "language-0": "en", "language-1": "de"}


def test_two_languages_stand_side_by_side_and_survive_their_editing(room: Newsroom) -> None:
    room.written(DEMO)
    page = room.open("/staff/bulletins/TB-DEMO-1/edit")
    typed = {**typed_of(page), "heartbeat": read_again(DEMO).heartbeat}
    models = read_again(DEMO).models.split(", ")
    assert "Deutsch" in words(page)
    room.post("/staff/bulletins/TB-DEMO-1/edit", **typed, models=models)
    assert source_of(room, "TB-DEMO-1") == DEMO
    typed["markdown-1"] += "Servus."
    room.post("/staff/bulletins/TB-DEMO-1/edit", **typed, models=models)
    assert source_of(room, "TB-DEMO-1") == DEMO + "Servus."


def test_a_file_survives_its_editing(room: Newsroom) -> None:
    room.written(DEMO)
    path = "/staff/bulletins/TB-DEMO-1/edit?as=file"
    page = room.open(path)
    assert value(page, "source") == DEMO
    as_sent = value(page, "source").replace("\n", "\r\n")  # browsers send CR LF
    room.post(path, source=as_sent, seen=value(page, "seen"))
    assert source_of(room, "TB-DEMO-1") == DEMO


def test_everybody_may_write_a_file(sqlite_room: Newsroom) -> None:
    assert "title.de:" in value(sqlite_room.open(NEW + "?as=file"), "source")
    assert sqlite_room.written() == "TB-1"
    assert value(sqlite_room.open(EDIT + "?as=file"), "source") == TEXT


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"number": "no number!"}, "'no number!' is no bulletin number."),
        ({"number": ""}, "The bulletin has no number."),
        ({"title-0": ""}, "The bulletin has no title."),
        ({"klass": "loud"}, "'loud' is no class."),
        ({"topic": "nonsense"}, "There is no topic 'nonsense'."),
        ({"serials": "A9-A1"}, "The range 'A9-A1' does not run from low to high."),
        ({"language-0": "??"}, "'??' is no language."),
        ({"markdown-0": ""}, "The text in 'en' is empty."),
        ({"markdown-0": "Hello,\r\n{{ nmae }}"}, "Line 2, column 1: There is no tag 'nmae'."),
        ({"markdown-0": "a\x00b"}, "Line 1, column 2: The text holds the control character U+0000."),
        ({"markdown-0": "Hi\n---de---\nHallo"}, "Line 2, column 1: No text in 'de' is expected here."),
    ],
    ids=lambda value: "" if isinstance(value, str) else repr(value)[:40],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    sqlite_room: Newsroom, typed: dict[str, str], said: str
) -> None:
    answer = sqlite_room.post(NEW, **{**FIELDS, **typed}, models=MODELS)
    assert answer.status_code == 400
    assert said in words(answer)
    kept = {**FIELDS, **typed}
    for name in ("number", "title-0", "serials"):
        assert value(answer, name) == kept[name]
    assert value(answer, "markdown-0").replace("\r\n", "\n") == kept["markdown-0"].replace("\r\n", "\n")
    assert len(re.findall(r'name="models"[^>]* checked', answer.text)) == len(MODELS)
    assert sqlite_room.count(Bulletin) == 0


def test_a_file_is_refused_with_its_line_and_column(sqlite_room: Newsroom) -> None:
    wrong = TEXT.replace("class: technical", "class: loud")
    answer = sqlite_room.post(NEW + "?as=file", source=wrong, seen="")
    assert answer.status_code == 400
    assert "Line 4, column 8: 'loud' is no class." in words(answer)
    assert value(answer, "source") == wrong


def test_a_megabyte_is_refused_in_a_sentence(sqlite_room: Newsroom) -> None:
    answer = sqlite_room.post(NEW, **{**FIELDS, "markdown-0": "x" * 1_000_001})
    assert answer.status_code == 400
    assert "The bulletin is longer than 1,000,000 characters." in words(answer)


def test_a_number_that_is_taken_is_said_beside_the_number(room: Newsroom) -> None:
    room.written()
    answer = room.post(NEW, **{**FIELDS, "title-0": "Something else"}, models=MODELS)
    assert answer.status_code == 409
    assert "There is a bulletin TB-1 already." in words(answer)
    assert value(answer, "title-0") == "Something else"
    assert source_of(room) == TEXT


def test_a_number_cannot_be_changed_by_an_edit(room: Newsroom) -> None:
    room.written()
    page = room.open(EDIT + "?as=file")
    other = TEXT.replace("TB-1", "TB-2")
    answer = room.post(EDIT + "?as=file", source=other, seen=value(page, "seen"))
    assert answer.status_code == 400
    assert "The number of a bulletin cannot be changed." in words(answer)
    assert room.count(Bulletin) == 1


def test_of_two_who_edit_the_second_is_told_and_loses_nothing(room: Newsroom) -> None:
    room.written()
    otto = room.hire("marketer")
    ours, theirs = room.open(EDIT + "?as=file"), otto.open(EDIT + "?as=file")
    otto.post(EDIT + "?as=file", source=TEXT + "Otto.", seen=value(theirs, "seen"))
    answer = room.post(EDIT + "?as=file", source=TEXT + "Ada.", seen=value(ours, "seen"))
    assert answer.status_code == 409
    assert "otto@vendor.example saved this bulletin" in words(answer)
    assert value(answer, "source") == TEXT + "Ada."
    assert "Otto." in answer.text
    assert source_of(room) == TEXT + "Otto."
    # Having seen both, Ada may decide.
    room.post(EDIT + "?as=file", source=TEXT + "Ada and Otto.", seen=value(answer, "seen"))
    assert source_of(room) == TEXT + "Ada and Otto."


def test_a_change_after_sending_is_the_next_version(room: Newsroom) -> None:
    ordered(room.db, room.links, room.now)
    start_due(room.db, "engine", room.now)
    page = room.open(EDIT + "?as=file")
    assert "What you save becomes version 2." in words(page)
    room.post(EDIT + "?as=file", source=TEXT + "More.", seen=value(page, "seen"))
    assert room.count(Version) == 2


def test_a_model_that_is_on_no_list_is_kept(room: Newsroom) -> None:
    room.post(NEW, **FIELDS, models=["VX-9000"])
    assert 'value="VX-9000"' in room.open(EDIT).text
    assert "no machine on record of the model VX-9000" in room.get("/staff/bulletins/TB-1")


def test_every_merge_tag_stands_beside_the_text(sqlite_room: Newsroom) -> None:
    page = sqlite_room.get(NEW)
    for tag in TAGS:
        assert f"{{{{ {tag} }}}}" in page
    assert "A100231 and A103000" in page


def test_writing_is_for_marketers(room: Newsroom) -> None:
    room.written()
    service = room.hire("service")
    for path in (NEW, EDIT):
        service.open(path, 403)
    assert "Edit" not in service.get("/staff/bulletins/TB-1")
    assert "Write a bulletin" not in service.get("/staff/bulletins")


def test_an_unknown_number_is_not_found(room: Newsroom) -> None:
    for number in ("TB-9", "%00", "a%2Fb", "%ff", "x" * 300):
        for path in ("", "/edit", "/send", "/letter", "/machines"):
            room.open(f"/staff/bulletins/{number}{path}", 404)
