"""How an address asks for an account record: as of which day, from where on its timeline, of which kind. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from newsletter.errors import BadTime
from newsletter.report.place import read_place, sources_of
from newsletter.report.record import PAGE, View

_FIRST = date(1950, 1, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """The words of an address: a past day, a place on the timeline, a kind of entries; and how many at once."""

    as_of: str = ""
    before: str = ""
    kind: str = ""
    page: int = PAGE


def look(now: datetime, zone: tzinfo, asked: Asked) -> tuple[datetime, View]:
    """The moment to weigh at and the view. A past day is read as its end in the zone. Raises BadTime, Refused."""
    at = now
    if asked.as_of:
        day = _day(asked.as_of)
        if day > now.astimezone(zone).date():
            raise BadTime("That day is still to come.", hint="A verdict can be looked at as of any past day.")
        at = min(_end_of(day, zone), now)
    return at, View(zone, bool(asked.as_of), read_place(asked.before), sources_of(asked.kind), asked.page)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise BadTime(f"{text[:30]!r} is no day.", hint="Write it as 2026-05-01.") from error
    if not _FIRST <= day < date(9999, 1, 1):
        raise BadTime(f"Of {text[:30]} nothing is known.", hint="Write a day as 2026-05-01.")
    return day


def _end_of(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1)
