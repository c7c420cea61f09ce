"""Four engines, as processes, on a real database of either kind."""

from datetime import datetime

from newsletter.db import Database
from newsletter.pace.change import set_rate
from newsletter.pace.rate import read_rate
from newsletter.pace.rule import Kind
from tests.pace.sending import RELAY, Work, excess, mean, send_with, settled

SECONDS = 3.0


def test_four_engines_keep_a_rate_and_use_it(db: Database, now: datetime) -> None:
    set_rate(db, Kind.RELAY, RELAY, read_rate("200/s"), by="Ann", now=now)
    set_rate(db, Kind.DOMAIN, "slow.example", read_rate("10/s"), by="Ann", now=now)
    url = db.engine.url.render_as_string(hide_password=False)
    domains = {"slow.example": 1.0, "a.example": 2.0}
    sent, missed = send_with(url, [Work(1, domains, SECONDS, seed) for seed in range(4)])
    assert excess([one.at for one in sent], 200) <= 0
    assert excess([one.at for one in sent if one.domain == "slow.example"], 10) <= 0
    # Slots missed because this machine has better to do count as used: the bench measures what a quiet machine does.
    assert mean([one.at for one in settled(sent, SECONDS)]) + missed / SECONDS >= 0.95 * 200
