"""Series: bulletins that go again and again."""

from collections.abc import Callable
from datetime import date
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from newsletter.audience.topic import Topic
from newsletter.bulletin.when import read_grace
from newsletter.errors import BadTime, Conflict, NotFound, Refused
from newsletter.schedule.listing import one_series, series_listed
from newsletter.schedule.steer import Planned, end_series, pause_series, plan_series, resume_series, skip_day
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

series = Blueprint("series", __name__, url_prefix="/staff/series")
series.before_request(guard)

_ONE = f"/<int(max={parts.LARGEST_ID}):series_id>"
_Act = Callable[..., None]


@series.get("", endpoint="listed")
@open_to(*Duty)
def show_series() -> ResponseReturnValue:
    """All series, and a form for a new one."""
    return _list({"number": request.args.get("number", "")})


@series.post("")
@open_to(Duty.MARKETER)
def plan() -> ResponseReturnValue:
    """Plan a series."""
    typed = {name: request.form.get(name, "").replace("\0", "").strip()[:200] for name in _FIELDS}
    topics = tuple(key.replace("\0", "")[:200] for key in request.form.getlist("topic"))
    try:
        planned = Planned(
            number=typed["number"],
            plan=typed["plan"],
            at=typed["at"],
            zone=typed["zone"],
            name=typed["name"],
            since=typed["since"],
            is_theirs=bool(typed["theirs"]),
            waves=typed["waves"],
            hours=typed["hours"],
            grace=read_grace(typed["grace"], house().config.grace),
            topics=topics,
        )
        series_id = plan_series(house().db, planned, by=parts.author(), now=parts.now())
    except (BadTime, NotFound, Refused) as error:
        return _list(typed, topics, wrong=str(error)), 400
    flash("Planned.")
    return redirect(url_for("series.one", series_id=series_id), 303)


@series.get(_ONE, endpoint="one")
@open_to(*Duty)
def show_one(series_id: int) -> ResponseReturnValue:
    """One series: its days to come and what became of those past."""
    return _one(series_id)


@series.post(f"{_ONE}/pause")
@open_to(Duty.MARKETER)
def pause(series_id: int) -> ResponseReturnValue:
    """Send nothing for now."""
    return _done(series_id, pause_series, "Paused. Days that pass meanwhile are not made up for.")


@series.post(f"{_ONE}/resume")
@open_to(Duty.MARKETER)
def resume(series_id: int) -> ResponseReturnValue:
    """Go on."""
    return _done(series_id, resume_series, "It goes on with the next day.")


@series.post(f"{_ONE}/end")
@open_to(Duty.MARKETER)
def end(series_id: int) -> ResponseReturnValue:
    """Send nothing of it any more."""
    return _done(series_id, end_series, "Ended. Nothing of it is sent any more.")


@series.post(f"{_ONE}/skip")
@open_to(Duty.MARKETER)
def skip(series_id: int) -> ResponseReturnValue:
    """Leave out the next day."""
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return _one(series_id, conflict="That is no day."), 400
    return _done(series_id, partial(skip_day, day=day), f"{day} is left out.")


_FIELDS = ("number", "plan", "at", "zone", "name", "since", "theirs", "waves", "hours", "grace")


def _done(series_id: int, act: _Act, said: str) -> ResponseReturnValue:
    try:
        act(house().db, series_id, by=parts.author(), now=parts.now())
    except Conflict as error:
        return _one(series_id, conflict=str(error)), 409
    flash(said)
    return redirect(url_for("series.one", series_id=series_id), 303)


def _list(typed: dict[str, str], chosen: tuple[str, ...] = (), *, wrong: str = "") -> str:
    with house().db.read() as session:
        listed = series_listed(session)
        topics = session.scalars(select(Topic).order_by(Topic.name)).all()
    config = house().config
    filled = {"zone": config.zone, "at": "09:00", "grace": f"{config.grace_hours:g}"}
    return render_template(
        "staff/series/list.html",
        listed=listed,
        typed={**filled, **{name: value for name, value in typed.items() if value}},
        zones=parts.zones(),
        topics=topics,
        chosen=chosen,
        wrong=wrong,
    )


def _one(series_id: int, *, conflict: str = "") -> str:
    with house().db.read() as session:
        seen = one_series(session, series_id)
    return render_template("staff/series/one.html", seen=seen, conflict=conflict)
