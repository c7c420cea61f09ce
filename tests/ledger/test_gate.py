"""What is forbidden is not ordered and does not start; what needs a second colleague waits for one."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import BulletinClass, read_source
from newsletter.bulletin.when import When
from newsletter.db import Database
from newsletter.engine.setter import refuse_elsewhere
from newsletter.errors import BadBulletin
from newsletter.ledger.control import start_late
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.gate import Gate
from newsletter.ledger.held_back import lacks_approval, why_not_sent
from newsletter.ledger.look_over import look_over
from newsletter.ledger.order import Desk
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.start import start_due
from newsletter.ledger.states import State
from newsletter.links import Links
from tests import cast
from tests.ledger.approved import approve
from tests.ledger.stage import SENDER, TEXT, desk, run_state, started

PRIVATE = TEXT + "\n[Handbook](http://192.168.0.7/book)\n"


@pytest.fixture
def careful(db: Database, links: Links, now: datetime) -> Desk:
    """The desk of a house where nobody sends a technical bulletin alone."""
    with db.write() as session:
        cast.play(session, now)
    return Desk(db, SENDER, links, approval=(BulletinClass.TECHNICAL,))


def order(here: Desk, now: datetime, text: str = TEXT) -> int:
    run = here.order(text, topic="", when=When(now), author="mara", now=now).run
    assert run is not None
    return run


def start(here: Desk, now: datetime) -> list[int]:
    return start_due(here.db, "engine", now, gate=here.gate)


def test_a_run_waits_for_the_second_colleague_and_then_starts(careful: Desk, now: datetime) -> None:
    ordered = careful.order(TEXT, topic="", when=When(now), author="mara", now=now)
    assert ordered.lacks_approval
    assert start(careful, now) == []
    with careful.db.read() as session:
        assert lacks_approval(session, careful.gate, ordered.run or 0)
    approve(careful, now)
    assert start(careful, now) == [ordered.run]
    with careful.db.read() as session:
        assert not lacks_approval(session, careful.gate, ordered.run or 0)


def test_for_which_nobody_said_yes_in_time_is_late_and_asked_about(careful: Desk, now: datetime) -> None:
    run = order(careful, now)
    much_later = now + timedelta(hours=5)
    assert start(careful, much_later) == []
    assert run_state(careful.db, run) == RunState.LATE
    approve(careful, much_later)
    start_late(careful.db, run, "mara", much_later)
    assert start(careful, much_later) == [run]


def test_another_class_needs_nobody(careful: Desk, now: datetime) -> None:
    run = order(careful, now, TEXT.replace("technical", "safety"))
    assert start(careful, now) == [run]


def test_an_approval_for_one_topic_is_none_for_another(careful: Desk, now: datetime) -> None:
    approve_first = order(careful, now)
    approve(careful, now)
    assert start(careful, now) == [approve_first]
    elsewhere = careful.order(TEXT, topic="safety", when=When(now), author="mara", now=now)
    assert elsewhere.lacks_approval
    assert start(careful, now) == []


def test_another_sender_voids_it(careful: Desk, now: datetime) -> None:
    order(careful, now)
    approve(careful, now)
    assert start(replace(careful, sender=replace(SENDER, vendor="Somebody else")), now) == []


def test_what_is_forbidden_is_not_ordered_and_nothing_is_changed(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    for act in (
        lambda: desk(db, links).order(PRIVATE, topic="", when=When(now), author="mara", now=now),
        lambda: desk(db, links).dry_run(PRIVATE, topic="", when=When(now)),
    ):
        with pytest.raises(BadBulletin, match="private network") as refused:
            act()
        assert refused.value.line == 11
    with db.read() as session:
        assert session.scalars(select(Version)).all() == []


def test_what_became_forbidden_is_cancelled_when_it_comes_due_and_says_why(
    db: Database, links: Links, now: datetime
) -> None:
    """As when the settings or a rule of ours were changed between the order and the start."""
    with db.write() as session:
        cast.play(session, now)
    run = order(desk(db, links), now)
    with db.write() as session:
        session.execute(update(Version).values(source=PRIVATE))
    gate = Gate(SENDER, links, refuse=refuse_elsewhere)  # in a process of its own, as engines do
    assert start_due(db, "engine", now, gate=gate) == []
    assert run_state(db, run) == RunState.CANCELLED
    with db.read() as session:
        assert "private network" in why_not_sent(session, run)
        assert session.scalars(select(Delivery)).all() == []


def test_a_run_that_is_allowed_passes_the_gate_of_an_engine(sqlite_db: Database, links: Links, now: datetime) -> None:
    with sqlite_db.write() as session:
        cast.play(session, now)
    run = order(desk(sqlite_db, links), now)
    assert start_due(sqlite_db, "engine", now, gate=Gate(SENDER, links, refuse=refuse_elsewhere)) == [run]


def test_preflight_counts_who_lacks_a_value_and_who_had_another_bulletin(
    db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        cast.play(session, now)
    first = started(db, links, now - timedelta(days=2), TEXT.replace("TB-1", "TB-0"))
    with db.write() as session:
        had = session.scalars(select(Delivery).where(Delivery.run_id == first).order_by(Delivery.id)).all()
        for copy in had[:2]:
            copy.state, copy.settled_at = State.ACCEPTED, now - timedelta(days=2)
        had[2].state, had[2].settled_at = State.ACCEPTED, now - timedelta(days=8)
        session.get_one(Run, first).finished_at = now - timedelta(days=2)
    source = read_source(TEXT.replace("{{ name }}", "{{ first_name }}"))
    with db.read() as session:
        seen = look_over(session, desk(db, links), source, now, bulletin_id=None, version_id=None)
    said = {finding.code: finding.sentence for finding in seen.findings}
    assert said["value-missing"] == "1 person has no value for {{ first_name }} and would get no copy."
    assert said["recent"] == "1 of 3 had another bulletin within 7 days."  # Una is left out, Pia's was too long ago
