"""The only place that reads the wall clock, and the zones it can be read in. Everything else takes `now`, aware UTC."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import available_timezones

_UNLIKE_ELSEWHERE = {"localtime", "posixrules", "Factory"}


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)


@cache
def known_zones() -> frozenset[str]:
    """The names of the IANA database, of which each means the same on every machine.

    Systems add some that do not: a letter planned in "localtime" would go at another hour after a move.
    """
    return frozenset(available_timezones() - _UNLIKE_ELSEWHERE)
