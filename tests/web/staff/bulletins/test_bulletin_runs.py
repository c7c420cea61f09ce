import re
from datetime import timedelta

import pytest

from newsletter.ledger.control import finish_cancelling
from newsletter.ledger.record import Result
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.seen import note_seen
from newsletter.ledger.states import Event, State
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.pace.limits import limits_in_force
from newsletter.pace.pause import block_domain
from newsletter.pace.rate import Rate
from newsletter.question.reasons import Reason
from tests.ledger.stage import copies, ordered, run_state, started, states, told
from tests.web.staff.bulletins.newsroom import Newsroom, words

ACTS = ("start", "rate", "pause", "resume", "cancel", "resend", "let-be", "release", "retry-refused", "retry-expired")


@pytest.fixture
def run(room: Newsroom) -> int:
    """A run to Nora, Una, Pia and Ines that waits for an engine."""
    return started(room.db, room.links, room.now)


def settle(room: Newsroom, run: int, *events: Event) -> None:
    pairs = zip(copies(room.db, run), events, strict=False)
    results = [Result(copy.id, event, f"250 {event}", room.now + timedelta(hours=1)) for copy, event in pairs]
    told(room.db, results, room.now)


def test_the_page_opens_with_how_the_run_stands(room: Newsroom, run: int) -> None:
    settle(room, run, Event.ACCEPT, Event.DEFER, Event.REFUSE)
    page = room.get(f"/staff/runs/{run}")
    assert "Sending 50 %" in page
    assert "1 accepted 1 to go 1 waiting to retry 1 refused 0 in doubt 0 held 0 left us" in page
    assert "TB-1 · technical · to “Technical bulletins” · version 1" in page


def test_the_moving_part_alone_is_the_same_part(room: Newsroom, run: int) -> None:
    part, page = room.open(f"/staff/runs/{run}/progress").text, room.open(f"/staff/runs/{run}").text
    assert part.strip() in page
    assert 'data-state="sending"' in part
    assert "<html" not in part


def test_a_run_that_is_over_has_no_script_and_no_buttons(room: Newsroom, run: int) -> None:
    path = f"/staff/runs/{run}"
    assert "live.js" in room.open(path).text
    room.post(f"{path}/cancel")
    page = room.open(path).text
    assert "live.js" not in page
    assert "data-from" not in page
    assert f'action="{path}/pause"' not in page
    assert "Cancelled" in page


def test_of_a_cancel_that_is_not_through_the_page_says_so_and_goes_on_looking(room: Newsroom, run: int) -> None:
    with room.db.write() as session:
        session.get_one(Run, run).state = RunState.CANCELLED
    path = f"/staff/runs/{run}"
    page = room.open(path).text
    assert "What had not left is marked as soon as an engine runs." in page
    assert "live.js" in page
    assert f'action="{path}/pause"' not in page
    note_seen(room.db, "engine", room.now, "", room.now)
    assert "What had not left is being marked" in room.open(path).text
    finish_cancelling(room.db, "engine", room.now)
    page = room.open(path).text
    assert "marked" not in page
    assert "live.js" not in page


def test_a_run_is_made_slower_and_let_go_again(room: Newsroom, run: int) -> None:
    path = f"/staff/runs/{run}"
    assert 'value="40/s"' not in room.open(path).text
    room.post(f"{path}/rate", rate="40 / s")
    assert 'value="40/s"' in room.open(path).text
    with room.db.read() as session:
        assert limits_in_force(session).runs == {str(run): Rate(40, 1)}
    room.post(f"{path}/rate", rate="")
    with room.db.read() as session:
        assert limits_in_force(session).is_empty


def test_a_rate_that_is_none_is_refused_in_words(room: Newsroom, run: int) -> None:
    answer = room.post(f"/staff/runs/{run}/rate", rate="fast")
    assert answer.status_code == 400
    assert "50/s" in words(answer)


def test_a_block_of_a_provider_stands_on_the_page_of_today(room: Newsroom) -> None:
    with room.db.write() as session:
        block_domain(session, "big.example", "550 5.7.1 blocked", by="engine", now=room.now)
    assert "big.example refuses our mail" in room.get("/staff/")


def test_trouble_is_said(room: Newsroom, run: int) -> None:
    path = f"/staff/runs/{run}"
    assert "No engine is running" in room.get(path)
    note_seen(room.db, "engine", room.now, "", room.now)
    assert "No engine is running" not in room.get(path)
    note_seen(room.db, "engine", room.now, "The relay refused the connection.", room.now)
    page = room.get(path)
    assert "The relay has trouble, so mail waits: The relay refused the connection." in page


def test_buttons_pause_it_let_it_go_on_and_cancel_it(room: Newsroom, run: int) -> None:
    path = f"/staff/runs/{run}"
    assert "Paused." in room.get(room.post(f"{path}/pause").location)
    assert run_state(room.db, run) == RunState.PAUSED
    room.post(f"{path}/resume")
    assert run_state(room.db, run) == RunState.SENDING
    settle(room, run, Event.ACCEPT)
    assert "3 copies of 4 are not sent yet" in room.get(f"{path}/cancel")
    assert run_state(room.db, run) == RunState.SENDING
    room.post(f"{path}/cancel")
    assert states(room.db, run) == {State.ACCEPTED: 1, State.CANCELLED: 3}
    assert "there is nothing left to cancel" in room.get(f"{path}/cancel")


def test_a_button_that_came_too_late_says_so_and_changes_nothing(room: Newsroom, run: int) -> None:
    path = f"/staff/runs/{run}"
    said_by = {
        "resume": f"Run {run} is sending.",
        "start": f"Run {run} is sending.",
        "resend": "No such copy of this run is in doubt any more.",
        "let-be": "No such copy of this run is in doubt any more.",
        "release": "No such copy of this run is held any more.",
        "retry-expired": "No such copy of this run is given up any more.",
        "retry-refused": "No such copy of this run is refused so any more.",
    }
    for act, said in said_by.items():
        late = room.post(f"{path}/{act}", copy="all", cause="other")
        assert late.status_code == 409
        assert said in words(late)
        assert "Nothing was changed." in words(late)
    assert run_state(room.db, run) == RunState.SENDING


def test_each_figure_leads_to_its_copies(room: Newsroom, run: int) -> None:
    settle(room, run, Event.ACCEPT, Event.DEFER, Event.REFUSE, Event.LOSE)
    for group, said in (
        ("accepted", "250 accept"), ("retry", "again 21 Nov 2026, 11:00 CET"), ("refused", "250 refuse"),
        ("in-doubt", "250 lose"),
    ):  # fmt: skip
        assert f"/copies/{group}" in room.open(f"/staff/runs/{run}").text
        assert said in room.get(f"/staff/runs/{run}/copies/{group}")
    assert "No copy of this run stands here now." in room.get(f"/staff/runs/{run}/copies/held")
    assert "No further copy" in room.get(f"/staff/runs/{run}/copies/accepted?after={10**17}")


def test_who_does_not_get_it_is_counted_and_named(room: Newsroom, run: int) -> None:
    assert "The person opted out of this topic 1 person" in room.get(f"/staff/runs/{run}")
    for rule in ("opted_out", "", "nonsense", "%00"):
        assert "Omar Haddad" in room.get(f"/staff/runs/{run}/left-out?rule={rule}")
    assert "Nobody further was left out." in room.get(f"/staff/runs/{run}/left-out?after={10**17}")


def test_it_says_what_the_run_taught_us(room: Newsroom, run: int) -> None:
    settle(room, run, *[Event.ACCEPT] * 4)
    assert "Nothing yet." in room.get(f"/staff/runs/{run}")
    ines = room.cast.ines
    (copy,) = [copy for copy in copies(room.db, run) if copy.person_id == ines.id]
    link = OptOutLink(ines.id, room.cast.bulletins.id, copy.id)
    opt_out(room.db, link, Way.PAGE, room.now)
    answer(room.db, link, Why(Reason.BACKUP), room.now, language="en")
    page = room.get(f"/staff/runs/{run}")
    assert "1 machine in use as back-up" in page
    assert "1 person left by this run: It is only a back-up now 1" in page
    assert "1 left us" in page


def test_domains_stand_in_a_table(room: Newsroom, run: int) -> None:
    settle(room, run, Event.ACCEPT, Event.REFUSE)
    assert "toolroom-north.example 1 0 1 0 2" in room.get(f"/staff/runs/{run}")


def test_an_unknown_run_is_not_found(room: Newsroom) -> None:
    for run in ("0", "99", "9" * 18, "9" * 30, "-1", "x", "%00"):
        for page in ("", "/progress", "/cancel", "/left-out", "/copies/accepted"):
            room.open(f"/staff/runs/{run}{page}", 404)


def test_an_unknown_figure_is_not_found(room: Newsroom, run: int) -> None:
    room.open(f"/staff/runs/{run}/copies/lost", 404)


def test_an_unknown_run_is_not_steered(room: Newsroom) -> None:
    for act in ACTS:
        assert room.post(f"/staff/runs/99/{act}", copy="all", cause="other").status_code == 404


def test_everybody_reads_runs_and_marketers_steer_them(room: Newsroom, run: int) -> None:
    sales = room.hire("sales")
    page = sales.open(f"/staff/runs/{run}").text
    assert "Pause" not in page
    assert "Cancel" not in page
    sales.open(f"/staff/runs/{run}/progress")
    sales.open(f"/staff/runs/{run}/cancel", 403)
    for act in ACTS:
        assert sales.post(f"/staff/runs/{run}/{act}", copy="all").status_code == 403


def test_looking_at_a_run_changes_nothing(room: Newsroom, run: int) -> None:
    before = states(room.db, run)
    for page in ("", "/progress", "/cancel", "/left-out", "/copies/to-go"):
        room.open(f"/staff/runs/{run}{page}")
    assert (states(room.db, run), run_state(room.db, run)) == (before, RunState.SENDING)
    for act in (act for act in ACTS if act != "cancel"):
        room.open(f"/staff/runs/{run}/{act}", 405)


def test_a_page_asks_a_bounded_number_of_questions(room: Newsroom, run: int) -> None:
    settle(room, run, Event.LOSE, Event.HOLD, Event.REFUSE, Event.DEFER)
    for path, most in (("", 48), ("/progress", 24), ("/left-out", 16), ("/copies/accepted", 14)):
        with room.counted() as asked:
            room.open(f"/staff/runs/{run}{path}")
        assert len(asked) <= most


def test_a_scheduled_run_says_when_it_starts(room: Newsroom) -> None:
    run = ordered(room.db, room.links, room.now + timedelta(days=1))
    page = room.get(f"/staff/runs/{run}")
    assert "Scheduled Starts 22 Nov 2026, 10:00 CET" in page
    assert "It was to start 22 Nov 2026, 10:00 CET. Nobody gets it then." in room.get(f"/staff/runs/{run}/cancel")


def test_every_form_that_changes_something_carries_its_token(room: Newsroom, run: int) -> None:
    settle(room, run, Event.LOSE, Event.HOLD, Event.REFUSE, Event.EXPIRE)
    for path in (f"/staff/runs/{run}", f"/staff/runs/{run}/cancel", "/staff/bulletins/TB-1", "/staff/bulletins/new"):
        forms = re.findall(r'<form method="post".*?</form>', room.open(path).text, re.DOTALL)
        assert len(forms) >= 2  # signing out is one
        assert [form for form in forms if 'name="csrf_token"' not in form] == []
