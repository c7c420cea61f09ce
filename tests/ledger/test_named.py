from contextlib import suppress
from datetime import datetime

from sqlalchemy import func, select

from newsletter.audience.segment import Audience, reach
from newsletter.db import Database
from newsletter.ledger.named import named
from tests import cast


def test_who_was_found_is_forgotten_whether_the_start_succeeds_or_not(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    audience = Audience(house.bulletins.id, ("VX-500", "VX-500i"), at=now)
    with db.read() as session:
        counted = reach(session, audience)
    # Four times, because a connection that is used again may not remember the people of another run.
    for fails in (False, True, True, False):
        with suppress(ZeroDivisionError), db.write() as session, named(session, audience) as people:
            found = session.execute(select(people.c.rule, func.count()).group_by(people.c.rule)).all()
            assert dict(map(tuple, found)) == {None: counted.targeted} | counted.left_out
            assert not fails or 1 / 0
