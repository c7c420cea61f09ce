"""Asking silent accounts: who would be asked and why, starting a round, and what came of it."""

from collections.abc import Mapping

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.checkin.ask import LARGEST_ROUND, Mailroom, start_round
from newsletter.checkin.rule import Rule, change_rule, rule_in_force
from newsletter.checkin.silent import COUNTED, Filter, how_many, silent_accounts
from newsletter.errors import Refused
from newsletter.report.check_ins import round_in_full, rounds
from newsletter.report.narrowing import choices
from newsletter.report.wording import OBSTACLES, REASONS
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.check_in_texts import check_in_texts
from newsletter.web.staff.guard import guard, open_to

check_ins = Blueprint("check_ins", __name__, url_prefix="/staff/check-ins")
check_ins.before_request(guard)

PAGE = 50
ROUNDS = 10
_ASKABLE = {"": None, "yes": True, "no": False}


def install(app: Flask) -> None:
    """Put the pages about silent accounts into an application with a staff door."""
    app.jinja_env.filters["obstacle"] = OBSTACLES.__getitem__
    app.register_blueprint(check_ins)
    app.register_blueprint(check_in_texts)


@check_ins.get("", endpoint="listed")
@open_to(*Duty)
def show_silent() -> ResponseReturnValue:
    """The accounts that would be asked, and the rounds there were."""
    return _listed(request.args)


@check_ins.post("")
@open_to(Duty.MARKETER)
def start() -> ResponseReturnValue:
    """Ask the accounts that are ticked."""
    chosen = {parts.id_from(text) for text in request.form.getlist("account")} - {0}
    mailroom = Mailroom(house().links, house().writer)
    try:
        started = start_round(house().db, chosen, mailroom, parts.author(), parts.now())
    except Refused as error:
        return _listed(request.form, wrong=str(error), status=status_of(error))
    asked = parts.number_of(started.asked, "account")
    flash(f"{asked} asked; the letters leave as soon as the engine takes them.")
    return redirect(url_for("check_ins.round", round_id=started.round_id), 303)


@check_ins.post("/rule")
@open_to(Duty.MARKETER)
def rule() -> ResponseReturnValue:
    """Change how long silence lasts, and how long nobody is asked again."""
    months = {name: parts.id_from(request.form.get(name, "").strip()) for name in ("silent_months", "period_months")}
    try:
        change_rule(house().db, Rule(**months), parts.author(), parts.now())
    except Refused as error:
        return _listed(request.form, wrong_rule=str(error), status=status_of(error))
    flash("Saved. The list below follows it.")
    return redirect(url_for("check_ins.listed"), 303)


@check_ins.get(f"/rounds/<int(max={parts.LARGEST_ID}):round_id>", endpoint="round")
@open_to(*Duty)
def show_round(round_id: int) -> ResponseReturnValue:
    """One round: who was asked and why, what they said, the answer rate with its uncertainty."""
    with house().db.read() as session:
        shown = round_in_full(session, round_id)
    return render_template("staff/check_ins/round.html", round=shown, reasons=REASONS)


def _listed(
    form: Mapping[str, str], *, wrong: str = "", wrong_rule: str = "", status: int = 200
) -> ResponseReturnValue:
    wanted, after = _filter(form), _text(form, "after")
    with house().db.read() as session:
        now, in_force = parts.now(), rule_in_force(session)
        found = silent_accounts(session, in_force, now, wanted, limit=PAGE + 1, after=after)
        shown = {
            "rule": in_force,
            "silent_since": in_force.silent_since(now),
            "found": found,
            "total": _total(session, in_force, wanted, len(found) if not after else PAGE + 1),
            "choices": choices(session),
            "rounds": rounds(session, limit=ROUNDS),
        }
    return render_template(
        "staff/check_ins/list.html",
        wanted=wanted,
        asked_for={name: _text(form, name) for name in ("words", "country", "model", "askable")},
        after=after,
        page=PAGE,
        largest=LARGEST_ROUND,
        counted=COUNTED,
        wrong=wrong,
        wrong_rule=wrong_rule,
        **shown,
    ), status


def _total(session: Session, rule: Rule, wanted: Filter, found: int) -> int | None:
    """How many there are; None where whether somebody can be asked would have to be asked of everybody."""
    if found <= PAGE:
        return found
    return how_many(session, rule, parts.now(), wanted) if wanted.askable is None else None


def _filter(form: Mapping[str, str]) -> Filter:
    askable = _ASKABLE.get(_text(form, "askable"))
    return Filter(_text(form, "country"), _text(form, "model"), _text(form, "words"), askable)


def _text(form: Mapping[str, str], name: str) -> str:
    return form.get(name, "").strip()[:200].replace("\0", "")
