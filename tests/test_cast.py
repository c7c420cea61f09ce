from datetime import datetime

from newsletter.account.serial import read_ranges
from newsletter.audience.segment import Audience, reach
from newsletter.db import Database
from tests import cast


def test_the_cast_is_who_its_page_says(db: Database, now: datetime) -> None:
    with db.write() as session:
        house = cast.play(session, now)
    audience = Audience(
        house.bulletins.id, ("VX-500", "VX-500i"), read_ranges("A100000-A104000"), ("first_name",), at=now
    )
    with db.read() as session:
        counted = reach(session, audience)
    assert (counted.targeted, counted.left_out) == (3, {"opted_out": 1, "missing_value:first_name": 1})
