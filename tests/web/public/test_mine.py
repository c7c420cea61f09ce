import json
from datetime import timedelta
from pathlib import Path

from newsletter.links import OptOutLink
from newsletter.privacy.journal import read_lines
from tests.web.public.doors import Door, text_of
from tests.web.public.strangers import last_link, letters


def ask(door: Door) -> str:
    """Ask on Nora's page for what we hold; the link in the letter."""
    page = door.links.preferences(door.stage.cast.nora.id).removeprefix(door.links.base_url)
    answer = door.client.post(f"{page}/mine", data={"mine": "send"})
    assert (answer.status_code, "look into your mailbox" in text_of(answer)) == (200, True)
    return last_link(door)


def test_the_link_in_every_mail_shows_nothing_of_what_we_hold(either_door: Door) -> None:
    """Mails are passed on and scanned, so a fresh link goes to the mailbox, and its GET shows buttons only."""
    page = either_door.links.preferences(either_door.stage.cast.nora.id).removeprefix(either_door.links.base_url)
    link = ask(either_door)
    seen = [either_door.client.get(path) for path in (f"{page}/mine", f"{page}/erase", link, f"{link}/erase")]
    assert {answer.status_code for answer in seen} == {200}
    for answer in seen:
        assert "nora@" not in answer.text
        assert "Toolroom" not in answer.text
    assert letters(either_door)[0].address == either_door.stage.cast.nora.address


def test_gdpr_15_everything_is_shown_in_plain_words(either_door: Door) -> None:
    either_door.client.post(either_door.nora, data={"leave": "topic"})
    either_door.client.post(f"{either_door.nora}/why", data={"reason": "used_own_service"})
    shown = text_of(either_door.client.post(ask(either_door), data={"as": "page"}))
    for words in (
        "Nora Frost", "nora@toolroom-north.example", "Toolroom North", "Agreed to get “Technical bulletins”",
        "Left “Technical bulletins”", "TB-2026-014", "our own people look after it",
    ):  # fmt: skip
        assert words in shown
    assert "omar" not in shown.lower()


def test_gdpr_20_everything_is_handed_over_as_a_file(either_door: Door) -> None:
    file = either_door.client.post(ask(either_door), data={"as": "file"})
    assert file.mimetype == "application/json"
    assert file.headers["Content-Disposition"].startswith("attachment")
    handed = json.loads(file.data)
    assert handed["person"]["address"] == either_door.stage.cast.nora.address
    assert len(handed["held"]["delivery"]) == 1


def test_the_link_works_for_a_day_and_is_sent_once_a_day(door: Door) -> None:
    link = ask(door)
    ask(door)
    assert len(letters(door)) == 1
    door.clock.now += timedelta(hours=23)
    assert door.client.post(link, data={"as": "page"}).status_code == 200
    door.clock.now += timedelta(hours=2)
    assert door.client.post(link, data={"as": "page"}).status_code == 404


def test_gdpr_17_a_button_erases_and_every_link_then_leads_nowhere(either_door: Door) -> None:
    link, cast = ask(either_door), either_door.stage.cast
    erased = either_door.client.post(f"{link}/erase", data={"erase": "yes"})
    assert "You are erased." in text_of(erased)
    everything = json.dumps(either_door.rows(), default=str)
    assert "nora@" not in everything
    assert "Frost" not in everything
    for path in (link, f"{link}/erase", either_door.nora, either_door.path(OptOutLink(cast.nora.id, 1, 0))):
        assert either_door.client.get(path).status_code == 404
    journal = Path(either_door.app.extensions["newsletter"].config.var) / "erasures.jsonl"
    with journal.open() as lines:
        assert [line.erased_at for line in read_lines(lines)] == [either_door.clock.now]
