import re
from datetime import timedelta

import pytest

from newsletter.ledger.record import Result
from newsletter.ledger.run import RunState
from newsletter.ledger.seen import note_seen
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event, State
from newsletter.results import look
from newsletter.results.keep import keep_figures
from newsletter.web.staff import run_page
from tests.ledger.stage import copies, ordered, put, run_state, started, states, told
from tests.web.staff.bulletins.newsroom import Newsroom


@pytest.fixture
def run(room: Newsroom) -> int:
    """A run to Nora, Una, Pia and Ines that waits for an engine."""
    return started(room.db, room.links, room.now)


def settle(room: Newsroom, run: int, *events: Event) -> None:
    pairs = zip(copies(room.db, run), events, strict=False)
    told(room.db, [Result(copy.id, event, f"250 {event}") for copy, event in pairs], room.now)


def test_copies_in_doubt_are_named_and_sent_again(room: Newsroom, run: int) -> None:
    settle(room, run, Event.LOSE, Event.HOLD, Event.ACCEPT, Event.ACCEPT)
    path = f"/staff/runs/{run}"
    page = room.get(path)
    assert "Nora Frost nora@toolroom-north.example sent, but their server never confirmed it" in page
    assert "Send the 1 in doubt once more" in page
    room.post(f"{path}/resend", copy="all")
    assert states(room.db, run) == {State.WAITING: 1, State.HELD: 1, State.ACCEPTED: 2}


@pytest.mark.parametrize(
    ("act", "event", "becomes"),
    [
        ("resend", Event.LOSE, State.WAITING),
        ("let-be", Event.LOSE, State.LET_BE),
        ("release", Event.HOLD, State.WAITING),
    ],
)
def test_each_copy_has_buttons_of_its_own(room: Newsroom, run: int, act: str, event: Event, becomes: State) -> None:
    settle(room, run, event, event, Event.ACCEPT)
    path, (one, other, *_) = f"/staff/runs/{run}", copies(room.db, run)
    stood = states(room.db, run)
    for page in (path, f"{path}/copies/{'in-doubt' if event is Event.LOSE else 'held'}"):
        form = re.search(
            r'<form method="post"[^>]*>(?:(?!</form>).)*?<table.*?</form>', room.open(page).text, re.DOTALL
        )
        assert form
        assert f'value="{one.id}"' in form[0]
        assert f'/{act}"' in form[0]
    for nonsense in ({}, {"copy": ""}, {"copy": "0"}, {"copy": "99"}, {"copy": "x"}, {"copy": "9" * 40}):
        assert room.post(f"{path}/{act}", **nonsense).status_code == 409
    assert states(room.db, run) == stood
    done = room.post(f"{path}/{act}", copy=other.id)
    assert "1 copy is" in room.get(done.location)
    by_id = {copy.id: copy.state for copy in copies(room.db, run)}
    assert by_id[other.id] == becomes
    assert by_id[one.id] == (State.IN_DOUBT if event is Event.LOSE else State.HELD)


def test_the_refused_are_tried_again_by_cause_and_domain(room: Newsroom, run: int) -> None:
    nora, una, pia, ines = copies(room.db, run)
    replies = {nora: "550 5.1.1 who?", una: "550 5.7.1 blocked", pia: "550 5.7.1 blocked", ines: "550 no"}
    told(room.db, [Result(copy.id, Event.REFUSE, reply) for copy, reply in replies.items()], room.now)
    path = f"/staff/runs/{run}"
    page = room.open(path).text
    assert 'value="mailbox">' in page  # not ticked: to try again is in vain
    assert 'value="policy" checked>' in page
    assert "they do not want mail like ours (2)" in room.get(path)
    assert room.post(f"{path}/retry-refused", domain="toolroom-north.example").status_code == 409  # nothing is ticked
    room.post(f"{path}/retry-refused", cause=["policy", "nonsense"], domain="@toolroom-north.example")
    assert {copy.id for copy in copies(room.db, run) if copy.state == State.WAITING} == {una.id}
    room.post(f"{path}/retry-refused", cause=["policy", "other"], domain="")
    assert states(room.db, run) == {State.WAITING: 3, State.REFUSED: 1}


def test_what_waits_again_is_not_offered_as_refused_though_it_was_counted_so(
    room: Newsroom, run: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(look, "LARGE", 0)
    monkeypatch.setattr(run_page, "LARGE", 0)
    settle(room, run, Event.REFUSE, Event.REFUSE)
    keep_figures(room.db, "Europe/Berlin", room.now)
    path = f"/staff/runs/{run}"
    assert "Refused by their servers As of 21 Nov 2026, 10:00 CET." in room.get(path)
    room.post(f"{path}/retry-refused", cause="other", domain="")
    assert "Refused by their servers" not in room.get(path)


def test_what_was_given_up_is_tried_again(room: Newsroom, run: int) -> None:
    settle(room, run, Event.EXPIRE, Event.EXPIRE)
    path = f"/staff/runs/{run}"
    assert "Try the 2 given up once more" in room.get(path)
    room.post(f"{path}/retry-expired", copy="all")
    assert states(room.db, run) == {State.WAITING: 4}


def test_what_servers_said_is_counted_without_the_addresses(room: Newsroom, run: int) -> None:
    told(
        room.db,
        [Result(copy.id, Event.REFUSE, f"550 5.1.1 <{copy.address}>: unknown") for copy in copies(room.db, run)],
        room.now,
    )
    assert "550 5.1.1 <…>: unknown refused by their server 4" in room.get(f"/staff/runs/{run}")


def test_a_late_run_asks_and_starts_when_told(room: Newsroom) -> None:
    run = ordered(room.db, room.links, room.now - timedelta(hours=5))
    assert start_due(room.db, "engine", room.now) == []
    assert start_due(room.db, "engine", room.now) == []
    note_seen(room.db, "engine", room.now, "", room.now)
    path = f"/staff/runs/{run}"
    assert "1 bulletin did not start in time. Decide what becomes of it." in room.get("/staff/")
    page = room.get(path)
    said = "Late It was to start 21 Nov 2026, 05:00 CET, but no engine ran then, or nobody had approved it."
    assert f"{said} That is 5 hours ago" in page
    assert "Start it now" in page
    assert "It was to start" in room.get(f"{path}/cancel")
    room.post(f"{path}/start")
    assert run_state(room.db, run) == RunState.SCHEDULED
    assert start_due(room.db, "engine", room.now) == [run]


def test_a_late_run_can_be_cancelled(room: Newsroom) -> None:
    run = ordered(room.db, room.links, room.now - timedelta(hours=5))
    start_due(room.db, "engine", room.now)
    room.post(f"/staff/runs/{run}/cancel")
    assert run_state(room.db, run) == RunState.CANCELLED


def test_a_cancelled_run_sends_nothing_more(room: Newsroom, run: int) -> None:
    path = f"/staff/runs/{run}"
    room.post(f"{path}/cancel")
    put(room.db, copies(room.db, run)[0].id, State.IN_DOUBT)
    page = room.open(path).text
    assert "Send the" not in page
    assert "formaction" not in page
    assert room.post(f"{path}/resend", copy="all").status_code == 409
    assert states(room.db, run)[State.IN_DOUBT] == 1
