"""What the editor keeps on its own, and how two at one text lose nothing."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from newsletter.bulletin.draft import Draft
from newsletter.bulletin.saved_text import SavedText
from newsletter.bulletin.write import newest_of
from tests.ledger.stage import TEXT
from tests.web.staff.bulletins.newsroom import FIELDS, MODELS, Newsroom, value, words

NEW = "/staff/bulletins/new"
EDIT = "/staff/bulletins/TB-1/edit?as=file"
DRAFT = "/staff/editor/draft"
HISTORY = "/staff/bulletins/TB-1/history"
LONG = TEXT + "\n\nOne.\n\nTwo.\n\nThree.\n"


def kept(room: Newsroom, **typed: Any) -> TestResponse:  # noqa: ANN401 - fields of a form
    answer = room.post(DRAFT, **typed)
    assert answer.status_code == 200, answer.text
    return answer


def source_of(room: Newsroom) -> str:
    with room.db.read() as session:
        return newest_of(session, "TB-1").source


def test_a_draft_is_offered_taken_up_and_dropped(room: Newsroom) -> None:
    room.written()
    seen = value(room.open(EDIT), "seen")
    told = kept(room, source=TEXT + "Half a {{ sen", seen=seen, draft_of="TB-1")
    assert told.json["others"] == ""
    offered = room.open(EDIT)
    assert "You have text from" in words(offered)
    assert "Half a {{ sen" in words(offered)
    assert value(offered, "source") == TEXT
    assert "data-draft=" not in offered.text  # until somebody decides, nothing overwrites it
    taken = room.open("/staff/bulletins/TB-1/edit?take=draft")
    assert "Half a {{ sen" in value(taken, "markdown-0")
    assert value(taken, "seen") == seen
    assert room.post("/staff/editor/draft/drop", draft_of="TB-1").location == "/staff/bulletins/TB-1/edit"
    assert "You have text from" not in words(room.open(EDIT))
    assert room.count(Draft) == 0


def test_a_draft_of_a_new_bulletin_may_be_hardly_anything(sqlite_room: Newsroom) -> None:
    kept(sqlite_room, **{**FIELDS, "number": "", "title-0": ""}, draft_of="")
    taken = sqlite_room.open(NEW + "?take=draft")
    assert value(taken, "markdown-0").startswith("Hello {{ name }}")
    sqlite_room.post("/staff/editor/draft/drop", draft_of="")
    assert "that was not saved" not in words(sqlite_room.open(NEW + "?take=draft"))


def test_saving_forgets_the_draft(room: Newsroom) -> None:
    kept(room, **FIELDS, draft_of="")
    assert room.post(NEW, **FIELDS, models=MODELS).status_code == 303
    assert room.count(Draft) == 0
    for text in (source_of(room), "what was on its way when she saved"):
        kept(room, source=text, seen="", draft_of="TB-1")
        assert "that was not saved" not in words(room.open(EDIT))


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        pytest.param({"source": "ä" * 2_500_000}, 400, "longer than 1,000,000 characters", id="5 MB"),
        pytest.param({"source": "a\0b"}, 400, "no text", id="a NUL"),
        pytest.param({"source": "x", "draft_of": "TB-9"}, 404, "no such bulletin", id="of nothing"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(
    sqlite_room: Newsroom, typed: dict[str, str], status: int, said: str
) -> None:
    answer = sqlite_room.post(DRAFT, **typed)
    assert answer.status_code == status
    assert said in answer.json["problem"]


def test_who_else_is_at_it_is_said(room: Newsroom) -> None:
    room.written()
    otto = room.hire("marketer")
    kept(otto, source="x", seen="", draft_of="TB-1")
    assert "otto@vendor.example is editing this too." in words(room.open(EDIT))
    told = kept(room, source="x", seen="", draft_of="TB-1")
    assert told.json["others"].startswith("otto@vendor.example is editing this too.")


def overtaken(room: Newsroom, ours: str, theirs: str) -> TestResponse:
    """The answer to Ada, who saves after Otto did; both began with the same text."""
    room.written(LONG)
    seen = value(room.open(EDIT), "seen")
    room.hire("marketer").post(EDIT, source=theirs, seen=seen)
    answer = room.post(EDIT, source=ours, seen=seen)
    assert answer.status_code == 409
    return answer


def test_edits_of_different_lines_are_put_together(room: Newsroom) -> None:
    answer = overtaken(room, LONG.replace("One.", "1."), LONG.replace("Three.", "3."))
    assert "You changed different lines" in words(answer)
    assert room.count(Draft) == 1
    carried = {name: value(answer, name) for name in ("source", "seen", "was")}
    together = room.post(EDIT, **carried, do="merge")
    assert source_of(room) == LONG.replace("Three.", "3.")  # nothing is saved yet
    both = LONG.replace("One.", "1.").replace("Three.", "3.")
    assert value(together, "source") == both
    room.post(EDIT, source=both, seen=value(together, "seen"))
    assert source_of(room) == both
    assert room.count(SavedText) == 3
    assert room.count(Draft) == 0


def test_edits_of_the_same_line_are_shown_and_both_kept(room: Newsroom) -> None:
    answer = overtaken(room, LONG.replace("One.", "1."), LONG.replace("One.", "I."))
    assert "You changed the same lines" in words(answer)
    assert "Put both together" not in words(answer)
    assert value(answer, "source") == LONG.replace("One.", "1.")
    assert source_of(room) == LONG.replace("One.", "I.")
    carried = {name: value(answer, name) for name in ("source", "seen", "was")}
    assert room.post(EDIT, **carried, do="merge").status_code == 400
    room.post(EDIT, **carried)
    assert source_of(room) == LONG.replace("One.", "1.")
    assert "I." in room.get(HISTORY)


def test_any_two_saved_texts_are_compared_and_an_old_one_is_taken_up_again(room: Newsroom) -> None:
    room.written(LONG)
    for number in ("1.", "2."):
        page = room.open(EDIT)
        room.post(EDIT, source=LONG.replace("One.", number), seen=value(page, "seen"))
    page = room.open(HISTORY)
    assert "Saved 3 times" in words(page)
    assert "1. +" not in words(page)
    with room.db.read() as session:
        first, _, third = [saved.id for saved in session.query(SavedText).order_by(SavedText.id)]
    compared = room.open(f"{HISTORY}?from={third}&to={first}")
    assert "<del>One.</del>" in compared.text
    assert "<ins>2.</ins>" in compared.text
    again = room.post(HISTORY, saved=str(first), seen=value(compared, "seen"))
    assert again.status_code == 303
    assert source_of(room) == LONG
    assert room.count(SavedText) == 4
    stale = room.post(HISTORY, saved=str(third), seen=value(compared, "seen"))
    assert stale.status_code == 409
    assert source_of(room) == LONG
    room.open(f"{HISTORY}?from=x&to={first}")
    room.open(f"{HISTORY}?from={first}&to=99", 404)
    assert room.post(HISTORY, saved="99", seen="").status_code == 404


def test_the_history_is_for_all_and_taking_up_for_marketers(room: Newsroom) -> None:
    room.written()
    service = room.hire("service")
    assert "Saved 1 time" in service.get(HISTORY)
    assert service.post(HISTORY, saved="1", seen="").status_code == 403
    room.open("/staff/bulletins/TB-9/history", 404)


def test_what_is_pasted_from_word_is_markdown(sqlite_room: Newsroom) -> None:
    html = '<p class=MsoNormal><b style="mso-x:y">Grease</b> it<script>alert(1)</script> {{ name }}</p><ul><li>daily'
    told = sqlite_room.post("/staff/editor/paste", html=html).json["markdown"]
    assert told.startswith("**Grease** it")
    assert "alert" not in told
    assert "- daily" in told
    refused = sqlite_room.post("/staff/editor/paste", html="<p>" + "x" * 5_000_000)
    assert refused.status_code == 400
    assert refused.json["problem"]


def test_snippets_are_written_changed_and_deleted(room: Newsroom) -> None:
    page = "/staff/snippets"
    assert "There is none yet." in room.get(page)
    assert room.post(page, name="Service", text="Call **us**.").status_code == 303
    again = room.post(page, name="Service", text="Other")
    assert again.status_code == 409
    assert value(again, "text") == "Other"
    assert "Call **us**." in room.get(f"{page}/1")
    room.post(f"{page}/1", name="Service line", text="Call.")
    assert "Service line" in room.get(page)
    assert room.post(f"{page}/1", do="delete").status_code == 303
    assert room.post(f"{page}/1", do="delete").status_code == 404
    assert room.post(page, name="", text="x").status_code == 400
    room.hire("service").open(page, 403)
