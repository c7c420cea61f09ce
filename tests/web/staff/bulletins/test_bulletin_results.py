"""What came of a run, on its page, by name and as a file."""

import csv
from datetime import datetime, timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from newsletter.bulletin.source import BulletinClass
from newsletter.hit.hit import Hit
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.ledger.states import Event
from newsletter.links import OptOutLink
from newsletter.optout.act import opt_out
from newsletter.optout.opt_out import OptOut, Way
from newsletter.results.keep import keep_figures, kept
from newsletter.results.look import results
from newsletter.results.people import Show, recipients
from newsletter.results.rates import Measure
from tests.ledger import stage
from tests.web.staff.bulletins.newsroom import Newsroom
from tests.web.staff.bulletins.test_bulletin_runs import settle


@pytest.fixture
def run(room: Newsroom) -> int:
    return stage.started(room.db, room.links, room.now)


def copies(room: Newsroom, run: int) -> dict[str, Delivery]:
    return {copy.address.partition("@")[0]: copy for copy in stage.copies(room.db, run)}


def visit(room: Newsroom, copy: Delivery, verdict: str) -> None:
    with room.db.write() as session:
        at = room.now + timedelta(minutes=5)
        hit = Hit(at=at, method="GET", kind="view", person_id=copy.person_id, delivery_id=copy.id, verdict=verdict)
        session.add(hit)


def leave(room: Newsroom, copy: Delivery) -> None:
    topic = room.cast.bulletins.id
    opt_out(room.db, OptOutLink(copy.person_id, topic, copy.id), Way.PAGE, room.now + timedelta(minutes=9))


def told(room: Newsroom, run: int) -> None:
    """Three accepted, one refused; a person and a program came, and one reader left."""
    settle(room, run, Event.ACCEPT, Event.ACCEPT, Event.ACCEPT, Event.REFUSE)
    first, second, *_ = stage.copies(room.db, run)
    visit(room, first, "human")
    visit(room, first, "machine")
    visit(room, second, "machine")
    leave(room, second)


def test_the_figures_stand_with_their_intervals_and_a_word_on_opens(room: Newsroom, run: int) -> None:
    told(room, run)
    page = room.get(f"/staff/runs/{run}/results")
    assert "Accepted 3 of 4 75 % 30 to 95 %" in page
    assert "Came back 1 of 4 25 %" in page
    assert "Opened by people 1 of 3 33 %" in page
    assert "Opened by programs only 1 of 3" in page
    assert "Opted out 1 of 3" in page
    assert "no reason given 1" in page
    assert page.count("fewer than 3 to compare with") == 7
    assert "Opens of the mail itself are not counted" in page


def test_a_run_that_has_not_started_says_so(room: Newsroom) -> None:
    run = stage.ordered(room.db, room.links, room.now)
    assert "There are no results before it starts." in room.get(f"/staff/runs/{run}/results")
    assert "stands here now" in room.get(f"/staff/runs/{run}/results/people")


def test_who_took_it_back_did_not_leave(room: Newsroom, run: int) -> None:
    told(room, run)
    with room.db.write() as session:
        session.scalars(select(OptOut)).one().undone_at = room.now + timedelta(minutes=10)
    assert "Nobody opted out by it." in room.get(f"/staff/runs/{run}/results")


def test_each_list_holds_who_it_says(room: Newsroom, run: int) -> None:
    told(room, run)
    ids = [copy.id for copy in stage.copies(room.db, run)]
    expected = {
        Show.ALL: ids, Show.ACCEPTED: ids[:3], Show.BOUNCED: ids[3:], Show.CLICKED: ids[:1], Show.LEFT: ids[1:2],
        Show.IN_DOUBT: [],
    }  # fmt: skip
    with room.db.read() as session:
        row = session.get_one(Run, run)
        assert {show: [one.id for one in recipients(session, row, show, limit=9)] for show in Show} == expected
        pages = [recipients(session, row, Show.ALL, limit=1, after_id=after)[0].id for after in (0, *ids[:3])]
    assert pages == ids
    for show in Show:
        assert room.get(f"/staff/runs/{run}/results/people?show={show}")


@pytest.mark.parametrize("asked", ["show=nonsense", "show=accepted&after=x", "after=99999999999999999999", "after=-1"])
def test_nonsense_in_the_address_shows_everybody(room: Newsroom, run: int, asked: str) -> None:
    told(room, run)
    assert "nora@" in room.get(f"/staff/runs/{run}/results/people?{asked}")


def test_the_file_holds_everybody_and_no_formula(room: Newsroom, run: int) -> None:
    """Fault 37."""
    told(room, run)
    with room.db.write() as session:
        session.get_one(Delivery, stage.copies(room.db, run)[3].id).reply = "=cmd|' /C calc'!A0"
    answer = room.open(f"/staff/runs/{run}/results/people.csv")
    rows = list(csv.DictReader(StringIO(answer.text.removeprefix("\ufeff"))))
    assert len(rows) == 4
    assert rows[0]["clicked"] == "human"
    assert rows[1]["left_at"] == "2026-11-21T09:09:00+00:00"
    assert rows[3]["server_said"] == "'=cmd|' /C calc'!A0"
    assert "attachment" in answer.headers["Content-Disposition"]


def test_an_unknown_run_has_no_results(room: Newsroom) -> None:
    for path in ("", "/people", "/people.csv"):
        assert "There is no run 999." in room.get(f"/staff/runs/999/results{path}", 404)


def test_the_usual_is_the_middle_of_three_or_more_of_the_same_class(room: Newsroom, now: datetime) -> None:
    for number, events in enumerate((("accept",) * 4, ("accept",) * 2, ("accept",) * 3, ("accept",)), 1):
        text = stage.TEXT.replace("TB-1", f"TB-{number}")
        at = now + timedelta(hours=number)
        run = stage.started(room.db, room.links, at, text)
        with room.db.write() as session:
            session.get_one(Run, run).started_at = at
        settle(room, run, *(Event(event) for event in events))
    with room.db.read() as session:
        head = session.get_one(Run, run)
        found = results(session, head.id, BulletinClass.TECHNICAL, "UTC", now)
        other = results(session, head.id, BulletinClass.SAFETY, "UTC", now)
    usual = found.usual[Measure.ACCEPTED]
    assert usual is not None
    assert (usual.middle, usual.lowest, usual.highest, usual.bulletins) == (0.75, 0.5, 1.0, 3)
    assert other.usual[Measure.ACCEPTED] is None


def test_what_the_engine_keeps_is_what_was_counted(room: Newsroom, run: int) -> None:
    told(room, run)
    assert keep_figures(room.db, "UTC", room.now) == 1
    assert keep_figures(room.db, "UTC", room.now) == 0
    assert keep_figures(room.db, "UTC", room.now + timedelta(minutes=2)) == 1
    with room.db.read() as session:
        seen = kept(session, run)
        live = results(session, run, BulletinClass.TECHNICAL, "UTC", room.now + timedelta(minutes=2)).figures
    assert seen == live


def test_servers_words_are_kept_without_addresses(room: Newsroom, run: int) -> None:
    settle(room, run, Event.REFUSE)
    with room.db.write() as session:
        copy = session.scalars(select(Delivery).where(Delivery.state == "refused")).one()
        copy.reply = "550 <other@else.example> unknown"
    keep_figures(room.db, "UTC", room.now)
    with room.db.read() as session:
        found = kept(session, run)
    assert found is not None
    assert [said.reply for said in found.said] == ["550 <…> unknown"]
