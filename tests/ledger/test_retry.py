from datetime import datetime, timedelta
from itertools import pairwise

from newsletter.ledger.retry import next_try


def test_rfc_5321_4_5_4_1_tries_are_half_an_hour_apart_and_end_after_four_to_five_days(now: datetime) -> None:
    tries = [now]
    while due := next_try(len(tries), tries[-1]):
        tries.append(due)
    pauses = [later - earlier for earlier, later in pairwise(tries)]
    assert min(pauses) == pauses[0] == timedelta(minutes=30)
    assert pauses == sorted(pauses)
    assert timedelta(days=4) < tries[-1] - now <= timedelta(days=5)


def test_once_given_up_a_copy_stays_given_up(now: datetime) -> None:
    assert [next_try(deferred, now) for deferred in (19, 20, 1_000)] == [None] * 3
