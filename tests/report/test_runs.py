from datetime import datetime

import pytest
from sqlalchemy import update

from newsletter.bulletin.source import BulletinClass
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.layout import AT_ONCE
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.links import Links
from newsletter.report.runs import DomainFigures, copies, domains, left_out_of, run_head
from tests import cast
from tests.ledger import stage as ledger
from tests.ledger.stage import TEXT, ordered, put, started


@pytest.fixture
def run(db: Database, links: Links, now: datetime) -> int:
    """A run to Nora, Una, Pia and Ines."""
    with db.write() as session:
        cast.play(session, now)
    return started(db, links, now)


def test_a_run_says_what_it_sends_and_which_it_is(db: Database, links: Links, now: datetime, run: int) -> None:
    second = ordered(db, links, now, TEXT.replace("Lubrication", "Grease"))
    with db.read() as session:
        one, two = run_head(session, run), run_head(session, second)
    assert (one.number, one.title, one.klass, one.revision) == ("TB-1", "Lubrication", BulletinClass.TECHNICAL, 1)
    assert (one.ordinal, one.runs, one.state, one.next_due_at) == (1, 2, RunState.SENDING, AT_ONCE)
    assert (two.title, two.revision, two.ordinal, two.next_due_at) == ("Grease", 2, 2, None)


def test_an_unknown_run_is_not_found(db: Database) -> None:
    with db.read() as session, pytest.raises(NotFound):
        run_head(session, 2**63 - 1)


def test_domains_are_counted_by_what_became_of_their_copies(db: Database, run: int) -> None:
    for copy, state in zip(ledger.copies(db, run), (State.ACCEPTED, State.DEFERRED, State.REFUSED), strict=False):
        put(db, copy.id, state)
    with db.write() as session:
        north = Delivery.address.like("una@%") | Delivery.address.like("pia@%")
        session.execute(update(Delivery).where(north).values(address="x@toolroom-north.example"))
    with db.read() as session:
        found = domains(session, run)
        cut = domains(session, run, limit=1)
    assert found.largest == (
        DomainFigures("toolroom-north.example", 3, 1, 1, 1),
        DomainFigures("brandt-zahnräder.example", 1, 0, 0, 0),
    )
    assert (found.others, cut.others, cut.rest) == (0, 1, DomainFigures("", 1, 0, 0, 0))


def test_a_run_that_has_not_started_has_no_domains(db: Database, links: Links, now: datetime, run: int) -> None:
    waiting = ordered(db, links, now)
    with db.read() as session:
        assert run != waiting
        assert domains(session, waiting).largest == ()


def test_copies_are_named_by_state_and_paged(db: Database, run: int) -> None:
    ids = [copy.id for copy in ledger.copies(db, run)]
    put(db, ids[1], State.IN_DOUBT)
    waiting = (State.WAITING, State.CLAIMED)
    with db.read() as session:
        assert [copy.id for copy in copies(session, run, (State.IN_DOUBT,), limit=9)] == [ids[1]]
        first = copies(session, run, waiting, limit=2)
        rest = copies(session, run, waiting, limit=2, after_id=first[-1].id)
    assert [copy.id for copy in (*first, *rest)] == [ids[0], ids[2], ids[3]]
    assert first[0].name == "Nora Frost"


def test_who_was_left_out_is_named_by_rule(db: Database, run: int) -> None:
    with db.read() as session:
        (omar,) = left_out_of(session, run, "", limit=9)
        assert (omar.name, omar.rule) == ("Omar Haddad", "opted_out")
        assert left_out_of(session, run, "paused", limit=9) == []
        assert left_out_of(session, run, "opted_out", limit=9, after_id=omar.person_id) == []
