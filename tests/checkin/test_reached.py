from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.audience.bounce import Unreachable
from newsletter.audience.unreachable import CameBack, came_back
from newsletter.checkin.reached import find_again
from newsletter.db import Database
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State
from tests import cast


@pytest.mark.parametrize(
    ("kind", "days", "is_found"),
    [(Kind.HEARTBEAT, 1, True), (Kind.CHECK_IN_ANSWER, 1, True), (Kind.HEARTBEAT, -1, False), (Kind.BOUNCE, 1, False)],
    ids=["an answer", "another", "an answer before", "no answer"],
)
def test_who_answers_after_a_bounce_is_written_to_again(
    db: Database, now: datetime, kind: Kind, days: int, *, is_found: bool
) -> None:
    with db.write() as session:
        house = cast.play(session, now)
        una = house.una
        bounced = CameBack("delivery:1", una.id, una.address, is_hard=True, status="5.1.1", words="")
        assert came_back(session, bounced, now)
        seen = Observation(
            key="x",
            account_id=house.north.id,
            unit_id=house.a100231.id,
            person_id=una.id,
            kind=kind,
            says=State.IN_USE,
            detail="",
            observed_at=now + timedelta(days=days),
            source="x",
        )
        note(session, seen, now + timedelta(days=2))
    assert find_again(db, now + timedelta(days=2)) == is_found
    assert find_again(db, now + timedelta(days=2)) == 0
    with db.read() as session:
        row = session.scalars(select(Unreachable)).one()
        assert (row.lifted_at is not None) == is_found
