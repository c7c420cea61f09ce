"""Steering a run: start it though it is late, pause it, let it go on, cancel it."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.bulletin.when import read_grace
from newsletter.db import Database
from newsletter.errors import BadTime, Conflict, Refused
from newsletter.ledger import control
from newsletter.ledger.grace import change_grace
from newsletter.ledger.progress import progress
from newsletter.ledger.run import RunState
from newsletter.ledger.trial_deciding import choose_by_hand
from newsletter.ledger.wave_opening import send_next, send_rest
from newsletter.pace.rate import read_rate
from newsletter.report.runs import run_head
from newsletter.results.tried import halves
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.run_page import OVER, run_page

steering = Blueprint("steering", __name__, url_prefix=parts.RUN)
steering.before_request(guard)

_Act = Callable[[Database, int, str, datetime], object]


@steering.post("/start")
@open_to(Duty.MARKETER)
def start(run_id: int) -> ResponseReturnValue:
    """Start though it is late."""
    return _done(run_id, control.start_late, "It starts as soon as an engine takes it.")


@steering.post("/pause")
@open_to(Duty.MARKETER)
def pause(run_id: int) -> ResponseReturnValue:
    """Stop for now."""
    return _done(run_id, control.pause, "Paused. What an engine has in hand still goes out.")


@steering.post("/resume")
@open_to(Duty.MARKETER)
def resume(run_id: int) -> ResponseReturnValue:
    """Go on."""
    return _done(run_id, control.resume, "It goes on with the rest.")


@steering.post("/next-wave")
@open_to(Duty.MARKETER)
def next_wave(run_id: int) -> ResponseReturnValue:
    """Let the next wave go now."""
    return _done(run_id, send_next, f"The next wave goes {_as_soon_as(run_id)}.")


@steering.post("/all-waves")
@open_to(Duty.MARKETER)
def all_waves(run_id: int) -> ResponseReturnValue:
    """Let all waves go now."""
    return _done(run_id, send_rest, f"All the rest goes {_as_soon_as(run_id)}.")


@steering.post("/variant")
@open_to(Duty.MARKETER)
def choose_variant(run_id: int) -> ResponseReturnValue:
    """Send the rest in one of two variants now, without waiting for the rule."""
    variant = request.form.get("variant", "")
    try:
        choose_by_hand(house().db, run_id, variant, parts.author(), parts.now(), halves)
    except Conflict as error:
        return run_page(run_id, conflict=str(error), status=409)
    except Refused as error:
        return run_page(run_id, conflict=str(error), status=400)
    goes = f"The rest gets {variant} {_as_soon_as(run_id)}."
    flash(f"{goes} It stands beside the trial that you chose it before the end.")
    return redirect(url_for("watching.run", run_id=run_id), 303)


@steering.post("/rate")
@open_to(Duty.MARKETER)
def rate(run_id: int) -> ResponseReturnValue:
    """Make it slower or faster."""
    wanted = request.form.get("rate", "").strip()
    try:
        change = partial(control.change_rate, rate=read_rate(wanted) if wanted else None)
    except Refused as error:
        return run_page(run_id, conflict=str(error), status=400)
    return _done(run_id, change, f"At most {wanted} from now on." if wanted else "As fast as the other limits allow.")


@steering.post("/grace")
@open_to(Duty.MARKETER)
def grace(run_id: int) -> ResponseReturnValue:
    """Say how late it may start without asking."""
    try:
        wanted = read_grace(request.form.get("grace", ""), house().config.grace)
    except BadTime as error:
        return run_page(run_id, conflict=str(error), status=400)
    hours = f"{wanted.total_seconds() / 3600:g}"
    return _done(run_id, partial(change_grace, grace=wanted), f"You are asked if it is late by more than {hours} h.")


@steering.get("/cancel")
@open_to(Duty.MARKETER)
def ask_to_cancel(run_id: int) -> ResponseReturnValue:
    """Ask before anything is cancelled."""
    with house().db.read() as session:
        head, seen = run_head(session, run_id), progress(session, run_id, parts.now())
    return render_template("staff/bulletins/cancel.html", head=head, seen=seen, is_over=head.state in OVER)


@steering.post("/cancel")
@open_to(Duty.MARKETER)
def cancel(run_id: int) -> ResponseReturnValue:
    """Never send the rest."""
    return _done(run_id, control.cancel, "Cancelled. What had not left is not sent.")


def _as_soon_as(run_id: int) -> str:
    """When what is let go leaves."""
    with house().db.read() as session:
        return "once the run goes on" if run_head(session, run_id).state == RunState.PAUSED else "now"


def _done(run_id: int, act: _Act, said: str) -> ResponseReturnValue:
    try:
        act(house().db, run_id, parts.author(), parts.now())
    except Conflict as error:
        return run_page(run_id, conflict=str(error), status=409)
    flash(said)
    return redirect(url_for("watching.run", run_id=run_id), 303)
