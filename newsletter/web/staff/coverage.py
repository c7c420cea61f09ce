"""Whom we do not reach, who hears from us only at a renewal, and which agreements end."""

from collections.abc import Mapping
from datetime import date

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound

from newsletter.report.call_list import as_renewal_calls, as_uncovered_calls
from newsletter.report.coverage import UNREACHED, Gap, all_uncovered, coverage, uncovered
from newsletter.report.ending import After, all_ending, ending
from newsletter.report.narrowing import NOT_SET, Narrowing, choices
from newsletter.report.table import Table
from newsletter.retention.account_reach import Unreached
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import lists
from newsletter.web.staff.guard import guard, open_to

covered = Blueprint("coverage", __name__, url_prefix="/staff/coverage")
covered.before_request(guard)

USUAL = 6
ENDING = "ending"
LISTS = (Gap.UNREACHED.value, Gap.AT_RENEWAL.value, ENDING)


@covered.get("", endpoint="unreached")
@open_to(*Duty)
def show_unreached() -> ResponseReturnValue:
    """The accounts that nobody can be reached at, and how many of which kind there are."""
    return _gap(Gap.UNREACHED, "staff/lists/unreached.html")


@covered.get("/renewal", endpoint="renewal")
@open_to(*Duty)
def show_renewal() -> ResponseReturnValue:
    """The accounts that hear from us only at a renewal."""
    return _gap(Gap.AT_RENEWAL, "staff/lists/renewal.html")


@covered.get("/ending", endpoint="ending")
@open_to(*Duty)
def show_ending() -> ResponseReturnValue:
    """The agreements that end next."""
    wanted, months, after = lists.narrowing(request.args), lists.months(request.args, USUAL), _after()
    with house().db.read() as session:
        found = ending(session, months, wanted, parts.now(), limit=lists.PAGE + 1, after=after)
        chosen = choices(session)
    return _page("staff/lists/ending.html", wanted, {"months": months}, found=found, choices=chosen, after=after)


@covered.get("/<name>.csv", endpoint="calls")
@open_to(*Duty)
def send_calls(name: str) -> ResponseReturnValue:
    """One of the lists as a call list."""
    if name not in LISTS:
        raise NotFound
    wanted, months, why, now = lists.narrowing(request.args), lists.months(request.args, USUAL), _why(), parts.now()

    def table(session: Session) -> Table:
        if name == ENDING:
            return as_renewal_calls(all_ending(session, months, wanted, now))
        return as_uncovered_calls(all_uncovered(session, Gap(name), wanted, now, why))

    return lists.as_file(name, table)


def _gap(gap: Gap, template: str) -> ResponseReturnValue:
    wanted, why, after = lists.narrowing(request.args), _why(), lists.row_id(lists.word(request.args, "after"))
    with house().db.read() as session:
        found = uncovered(session, gap, wanted, parts.now(), why=why, limit=lists.PAGE + 1, after=after)
        seen, chosen = coverage(session), choices(session)
    asked = {"why": why.value} if why else {}
    return _page(template, wanted, asked, found=found, choices=chosen, after=after, seen=seen, why=why)


def _page(template: str, wanted: Narrowing, asked: Mapping[str, object], **shown: object) -> ResponseReturnValue:
    return render_template(
        template,
        wanted=wanted,
        asked={**asked, **lists.asked_for(wanted)},
        page=lists.PAGE,
        not_set=NOT_SET,
        longest=lists.LONGEST,
        reasons=UNREACHED,
        **shown,
    )


def _why() -> Unreached | None:
    code = lists.word(request.args, "why")
    return Unreached(code) if code in UNREACHED else None


def _after() -> After | None:
    """The last row of the page before, as "2026-12-31.17"."""
    day, _, number = lists.word(request.args, "after").partition(".")
    try:
        return date.fromisoformat(day), lists.row_id(number)
    except ValueError:
        return None
