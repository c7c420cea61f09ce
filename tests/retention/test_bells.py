"""The engine rings for each figure; one rings once a day, and as often as it wants."""

from datetime import datetime, timedelta

import pytest

from newsletter.bulletin.compose import Sender
from newsletter.db import Database
from newsletter.engine.timed import TIMED, Means
from newsletter.links import Links
from newsletter.retention.reckoning import Figures, reckoned_at
from tests import cast

SENDER = Sender("ACME", "news@acme.example", "service@acme.example", "1 Works Road", "news.acme.example")


@pytest.mark.parametrize("figures", Figures)
def test_the_engine_keeps_each_figure_once_a_day(db: Database, links: Links, now: datetime, figures: Figures) -> None:
    with db.write() as session:
        cast.play(session, now)
    (line,) = (line for line in TIMED if line.name == f"keep_{figures}")
    seen = []
    for hours in (0, 1, 5, 24, 25):
        line.act(Means(db, SENDER, links, "UTC"), now + timedelta(hours=hours))
        with db.read() as session:
            seen.append(reckoned_at(session, figures))
    day = now + timedelta(hours=24)
    assert seen == [now, now, now, day, day]
