"""The calendar: everything that went out or is planned to, a month on a page."""

from calendar import day_name, month_name
from datetime import date
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.errors import NotFound
from newsletter.schedule.calendar import Span, calendar, months_around, weeks_of
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

months = Blueprint("months", __name__, url_prefix="/staff/calendar")
months.before_request(guard)

_YEARS = range(2000, 2200)


@months.get("", endpoint="month")
@open_to(*Duty)
def show_month() -> ResponseReturnValue:
    """One month, this one unless another is asked for."""
    zone = house().config.zone
    today = parts.now().astimezone(ZoneInfo(zone)).date()
    first = _month(request.args.get("month", ""), today)
    weeks = weeks_of(first)
    with house().db.read() as session:
        entries = calendar(session, Span(weeks[0][0], weeks[-1][-1], zone), parts.now())
    before, after = months_around(first)
    by_day = {day: [entry for entry in entries if entry.on == day] for week in weeks for day in week}
    return render_template(
        "staff/calendar.html",
        first=first,
        today=today,
        zone=zone,
        local=ZoneInfo(zone),
        weeks=weeks,
        by_day=by_day,
        before=before,
        after=after,
        weekdays=tuple(day_name),
        month_names=month_name,
    )


def _month(asked: str, today: date) -> date:
    """The first day of the month asked for. Raises NotFound for what is none."""
    if not asked:
        return today.replace(day=1)
    try:
        first = date.fromisoformat(f"{asked}-01")
    except ValueError:
        raise NotFound("There is no such month.", hint="Write it as 2026-12.") from None
    if first.year not in _YEARS:
        raise NotFound("There is no such month.", hint="Choose a year somebody will see.")
    return first
