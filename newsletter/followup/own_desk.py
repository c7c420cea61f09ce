"""A colleague's own desk: views of the inbox under a name, and when a mail tells them what waits."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.followup.desk import Every, WorkDigest, WorkView

LONGEST_NAME = 60
MOST_VIEWS = 20
_LONGEST_WISH = 1_000
_FRIDAY = 4


def save_view(db: Database, user_id: int, name: str, wish: str) -> None:
    """Keep a view; one under the same name is replaced. Raises Refused."""
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused("Give the view a name.", hint=f"Up to {LONGEST_NAME} characters on one line.")
    with db.write() as session:
        session.execute(delete(WorkView).where(WorkView.user_id == user_id, WorkView.name == name))
        if (session.scalar(select(func.count()).where(WorkView.user_id == user_id)) or 0) >= MOST_VIEWS:
            raise Refused(f"You have {MOST_VIEWS} views.", hint="Forget one first.")
        session.add(WorkView(user_id=user_id, name=name, wish=wish[:_LONGEST_WISH]))


def forget_view(db: Database, user_id: int, view_id: int) -> None:
    """Forget a view of one's own."""
    with db.write() as session:
        session.execute(delete(WorkView).where(WorkView.user_id == user_id, WorkView.id == view_id))


def views(session: Session, user_id: int) -> Sequence[WorkView]:
    """A colleague's views by name."""
    return session.scalars(select(WorkView).where(WorkView.user_id == user_id).order_by(WorkView.name)).all()


def digest_of(session: Session, user_id: int) -> WorkDigest:
    """When a colleague is told; never, where they set nothing."""
    usual = WorkDigest(user_id=user_id, every=Every.NEVER, hour=7, weekday=0, due_at=None)
    return session.get(WorkDigest, user_id) or usual


def set_digest(db: Database, setting: WorkDigest, zone: str, now: datetime) -> None:
    """Tell a colleague from now on as set. Raises Refused for a time that is none."""
    if setting.every not in set(Every) or not (0 <= setting.hour <= 23 and 0 <= setting.weekday <= 6):
        raise Refused("That is no time for a mail.", hint="Choose an hour from 0 to 23 and a day.")
    with db.write() as session:
        setting.due_at = next_slot(setting, zone, now)
        session.merge(setting)


def next_slot(setting: WorkDigest, zone: str, now: datetime) -> datetime | None:
    """The first time after `now`, on the clock of the house: from Monday to Friday, or on the day of the week."""
    if setting.every == Every.NEVER:
        return None
    today = now.astimezone(ZoneInfo(zone)).date()
    days = (today + timedelta(days=number) for number in range(9))
    theirs = (day for day in days if _is_theirs(setting, day))
    slots = (datetime.combine(day, time(setting.hour), ZoneInfo(zone)).astimezone(UTC) for day in theirs)
    return next(at for at in slots if at > now)


def _is_theirs(setting: WorkDigest, day: date) -> bool:
    return day.weekday() == setting.weekday if setting.every == Every.WEEK else day.weekday() <= _FRIDAY
