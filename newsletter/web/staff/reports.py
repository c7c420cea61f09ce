"""Retention in figures: the installed base, why people leave, and how each owner's accounts fare."""

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from newsletter.followup.causes import IN_WORDS as CAUSES
from newsletter.followup.outcomes import IN_WORDS as OUTCOMES
from newsletter.question.reasons import Reason
from newsletter.report import base as installed
from newsletter.report import retention_tables as tables
from newsletter.report import teams
from newsletter.report.calibrated import calibrated, models_that_answered, silent_who_answered
from newsletter.report.came_of_work import came_of_work
from newsletter.report.why_over_time import FEWEST, reasons_by_bulletin, reasons_by_month
from newsletter.report.wording import REASONS
from newsletter.retention.reckoning import Figures, reckoned_at
from newsletter.retention.verdict_month import Side
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import drawn, drawn_calibration, lists
from newsletter.web.staff.guard import guard, open_to

reports = Blueprint("reports", __name__, url_prefix="/staff/reports")
reports.before_request(guard)

PARTS = 25
"""So many models, countries or owners stand on a page; the file holds all."""


def install(app: Flask) -> None:
    """Put the reports into an application with a staff door."""
    app.jinja_env.filters.update(
        share=drawn.share_in_words,
        month=drawn.month_in_words,
        between=drawn.between,
        part=drawn.label,
    )
    app.register_blueprint(reports)


@reports.get("", endpoint="base")
@open_to(*Duty)
def show_base() -> ResponseReturnValue:
    """The installed base by verdict, month by month, and by model, country or owner."""
    by = lists.word(request.args, "by")
    side = Side(by) if by in set(Side) and by else Side.PRODUCT
    with house().db.read() as session:
        base = installed.base_over_time(session)
        shown = base.months[-installed.SHOWN :]
        fates = installed.fates_over_time(session)[-installed.SHOWN :]
        found = installed.parts(session, side)
    return render_template(
        "staff/reports/base.html",
        base=base,
        months=shown,
        fates=fates,
        side=side,
        parts=found[:PARTS],
        more=len(found) - PARTS,
        states=tables.STATES,
        fewest=FEWEST,
        charts={"base": drawn.base(shown), "churn": drawn.churn(fates), "parts": drawn.parts(found[:PARTS], side)},
    )


@reports.get("/reasons", endpoint="reasons")
@open_to(*Duty)
def show_reasons() -> ResponseReturnValue:
    """Why people leave, by month and by bulletin."""
    asked, now = lists.word(request.args, "reason"), parts.now()
    with house().db.read() as session:
        months, bulletins = reasons_by_month(session, now), reasons_by_bulletin(session, now)
    frequent = months.frequent or bulletins.frequent
    reason = Reason(asked) if asked in set(Reason) else (frequent[0] if frequent else Reason.USED_OWN_SERVICE)
    return render_template(
        "staff/reports/reasons.html",
        months=months,
        bulletins=bulletins,
        reason=reason,
        reasons=REASONS,
        all_reasons=tuple(Reason),
        fewest=FEWEST,
        charts={
            "together": drawn.reasons(months),
            "months": drawn.reason_over_time(months, reason),
            "bulletins": drawn.reason_by_bulletin(bulletins, reason),
        },
    )


@reports.get("/owners", endpoint="owners")
@open_to(*Duty)
def show_owners() -> ResponseReturnValue:
    """Churn, renewal, return and contact by who looks after the accounts, so that keeping customers can be rewarded."""
    with house().db.read() as session:
        years = teams.owners(session)
        fates = {part.value: part.fates for part in installed.parts(session, Side.OWNER)}
        counted = {figures.value: reckoned_at(session, figures) for figures in Figures}
    return render_template(
        "staff/reports/owners.html",
        years=years[:PARTS],
        more=len(years) - PARTS,
        together=teams.together(years),
        fates=fates,
        nothing=installed.Fates(),
        counted=counted,
        fewest=FEWEST,
        charts={"renewed": drawn.renewed(years), "touched": drawn.touched(years), "still": drawn.still(years)},
    )


@reports.get("/work", endpoint="work")
@open_to(*Duty)
def show_work() -> ResponseReturnValue:
    """What came of work: reason, contact, outcome."""
    with house().db.read() as session:
        found = came_of_work(session, parts.now())
    return render_template(
        "staff/reports/work.html", found=found, causes=CAUSES, outcomes=OUTCOMES, fewest=FEWEST, chart=drawn.work(found)
    )


@reports.get("/calibration", endpoint="calibration")
@open_to(*Duty)
def show_calibration() -> ResponseReturnValue:
    """Whether what we say of machines comes true, by those who answered."""
    asked = lists.word(request.args, "model")
    with house().db.read() as session:
        found, models = calibrated(session), models_that_answered(session)
        model = asked if asked in models else ""
        silent = silent_who_answered(session, model)
    return render_template(
        "staff/reports/calibration.html",
        found=found,
        silent=silent,
        model=model,
        models=models,
        fewest=FEWEST,
        charts={"tenths": drawn_calibration.tenths(found.tenths), "silent": drawn_calibration.silent(silent)},
    )


@reports.get("/<name>.csv", endpoint="file")
@open_to(*Duty)
def send_table(name: str) -> ResponseReturnValue:
    """One table as a file."""
    if name not in tables.TABLES:
        raise NotFound
    now = parts.now()
    return lists.as_file(name, lambda session: tables.TABLES[name](session, now))
