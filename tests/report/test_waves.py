"""What each wave brought, when the whole run will be over, and what a copy in a later wave waits for."""

from datetime import datetime, timedelta

from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import When, read_theirs
from newsletter.db import Database
from newsletter.ledger.control import cancel
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event, State
from newsletter.ledger.wave import WIDTH
from newsletter.ledger.wave_opening import open_due, send_next
from newsletter.ledger.wave_rule import CameBack
from newsletter.links import Links
from newsletter.optout.opt_out import OptOut, Way
from newsletter.pace.admission import Errand
from newsletter.pace.change import set_rate
from newsletter.pace.rate import Rate
from newsletter.pace.rule import Kind
from newsletter.report.ahead import ahead
from newsletter.report.waves import came_back, waves_of
from newsletter.results.copy_told import tell
from tests.ledger import stage
from tests.ledger.crowd import TEXT, crowd
from tests.ledger.test_waves import look, send_all

HOUR = timedelta(hours=1)


def ordered(db: Database, links: Links, now: datetime, when: When) -> int:
    with db.write() as session:
        crowd(session, 20, now)
    run = stage.desk(db, links).order(TEXT.format(number="TB-1"), topic="", when=when, author="mara", now=now).run
    return run or 0


def begun(db: Database, links: Links, now: datetime, plan: str = "50 %, 4 h, rest") -> int:
    run = ordered(db, links, now, When(now, waves=read_waves(plan)))
    start_due(db, "engine", now)
    return run


def leave(db: Database, run: int, wave: int, how_many: int, now: datetime, *, undone: bool = False) -> None:
    copies = [copy for copy in stage.copies(db, run) if copy.batch // WIDTH == wave - 1][:how_many]
    with db.write() as session:
        for copy in copies:
            session.add(
                OptOut(
                    person_id=copy.person_id,
                    topic_id=1,
                    delivery_id=copy.id,
                    way=Way.PAGE,
                    left_at=now,
                    undone_at=now if undone else None,
                )
            )


def test_each_wave_tells_what_it_brought(db: Database, links: Links, now: datetime) -> None:
    run = begun(db, links, now)
    send_all(db, now)
    leave(db, run, 1, 2, now)
    send_next(db, run, "mara@vendor.example", now)
    send_all(db, now, Event.REFUSE)
    leave(db, run, 2, 1, now, undone=True)  # who took it back has not left
    with db.read() as session:
        first, second = waves_of(session, run)
        assert came_back(session, run, 1) == CameBack(10, 0, 2)
        assert came_back(session, run, 2) == CameBack(10, 10, 0)
    assert (first.share, first.stands, first.accepted, first.refused, first.left) == ("50 %", "gone", 10, 0, 2)
    assert (second.share, second.stands, second.accepted, second.refused, second.left) == ("the rest", "gone", 0, 10, 0)
    assert second.opened_by == "mara@vendor.example"


def test_before_it_has_started_the_waves_have_no_size(db: Database, links: Links, now: datetime) -> None:
    run = ordered(db, links, now, When(now + HOUR, waves=read_waves("50 %, 4 h, rest")))
    with db.read() as session:
        first, second = waves_of(session, run)
    assert (first.copies, first.due_at, first.stands, first.is_to_come) == (None, now + HOUR, "to come", True)
    assert (second.copies, second.due_at, second.pause) == (None, None, "4 hours")
    cancel(db, run, "mara", now)
    with db.read() as session:
        assert {wave.stands for wave in waves_of(session, run)} == {"cancelled"}


def test_a_run_that_goes_at_once_has_no_waves(db: Database, links: Links, now: datetime) -> None:
    run = ordered(db, links, now, When(now))
    with db.read() as session:
        assert waves_of(session, run) == ()


def test_the_forecast_knows_the_waits_to_come(db: Database, links: Links, now: datetime) -> None:
    run = begun(db, links, now, "25 %, 4 h, 25 %, 1 d, rest")
    set_rate(db, Kind.RUN, str(run), Rate(1, 1), by="mara", now=now)
    sending = timedelta(seconds=30)  # 20 copies, one a second

    def done_at(at: datetime) -> datetime | None:
        with db.read() as session:
            found = ahead(session, Errand(run, "relay", "UTC"), at)
        assert found is not None
        return found.done_at

    found = done_at(now)
    assert found is not None
    assert now + 28 * HOUR < found < now + 28 * HOUR + sending
    send_all(db, now)
    open_due(db, "engine", now, look)
    later = now + 3 * HOUR  # one of the four hours is left
    found = done_at(later)
    assert found is not None
    assert later + 25 * HOUR < found < later + 25 * HOUR + sending
    open_due(db, "engine", now + 4 * HOUR, lambda *_: CameBack(100, 90, 0))
    assert done_at(now + 4 * HOUR) is None  # held: nobody can know


def test_the_forecast_knows_the_clocks_of_the_readers(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        crowd(session, 1, now, zone="Pacific/Honolulu")
    run = ordered(db, links, now, read_theirs("2026-12-01T09:00", "Europe/Berlin", now))
    due = datetime(2026, 12, 1, 8, tzinfo=now.tzinfo)
    start_due(db, "engine", due)
    with db.read() as session:
        found = ahead(session, Errand(run, "relay", "UTC"), due)
    assert found is not None
    assert (found.done_at, found.why) == (due + 11 * HOUR, "the clocks of the recipients")


def test_why_says_which_wave_a_copy_waits_for(db: Database, links: Links, now: datetime) -> None:
    run = begun(db, links, now)
    copy = next(copy for copy in stage.copies(db, run) if copy.batch >= WIDTH)

    def told(at: datetime) -> str:
        with db.read() as session:
            return tell(session, copy, "UTC", at, lambda moment: f"{moment:%H:%M}").sentence

    assert "It is in wave 2, which goes when wave 1 has gone out." in told(now)
    send_all(db, now)
    open_due(db, "engine", now, look)
    assert "It is in wave 2, which goes on 13:00." in told(now)
    open_due(db, "engine", now + 4 * HOUR, lambda *_: CameBack(100, 90, 0))
    assert "It is in wave 2, which is held: 90 of 100 copies" in told(now)
    send_next(db, run, "mara", now)
    assert "wave" not in told(now)
    assert stage.state_of(db, copy.id) == State.WAITING
