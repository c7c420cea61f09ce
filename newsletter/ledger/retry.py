"""When a copy that was put off is tried again, and when we give up (RFC 5321 section 4.5.4.1)."""

from datetime import datetime, timedelta

GIVE_UP_AFTER = timedelta(days=5)
_PAUSES = (timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2), timedelta(hours=4))
_LONGEST = timedelta(hours=8)


def next_try(deferred: int, now: datetime) -> datetime | None:
    """The next time for a copy that was put off `deferred` times by now (from 1); None when it is time to give up."""
    pauses = [*_PAUSES[:deferred], *[_LONGEST] * (deferred - len(_PAUSES))]
    return now + pauses[-1] if sum(pauses, timedelta()) <= GIVE_UP_AFTER else None
