"""Days as somebody chooses them, and the moment in UTC at which our mails go on."""

from calendar import monthrange
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.wishing import Pause
from newsletter.errors import BadAnswer
from newsletter.language import sentence

LONGEST = 24
"""Months. A longer pause would be forgotten by both sides."""

NO_DAY = sentence("Please choose the day on which our mails shall go on.")
PAST_DAY = sentence("Please choose a day after today.")
FAR_DAY = sentence("Please choose a day within the next two years.")


def pause_until(day: date, zone: ZoneInfo, now: datetime) -> Pause:
    """A pause until the first moment of a local day. Raises BadAnswer for a day that is over or too far."""
    today = now.astimezone(zone).date()
    if day <= today:
        raise BadAnswer(PAST_DAY)
    if day > months_after(today, LONGEST):
        raise BadAnswer(FAR_DAY)
    return Pause(datetime.combine(day, time(), zone).astimezone(UTC), day)


def pause_for(months: int, zone: ZoneInfo, now: datetime) -> Pause:
    """A pause of some months from the local day of `now`."""
    return pause_until(months_after(now.astimezone(zone).date(), months), zone, now)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last one of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def zone_of(session: Session, person: Person) -> ZoneInfo:
    """Where a person is: their own zone, else that of an account of theirs, else UTC."""
    accounts = select(Account.zone).join(Affiliation).where(Affiliation.person_id == person.id, Account.zone != "")
    for name in (person.zone, *session.scalars(accounts.order_by(Account.id).limit(1))):
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return ZoneInfo("UTC")
