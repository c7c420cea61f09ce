"""The pages behind the guard: what needs you today, accounts, and who leaves."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.bulletin.approve import waiting
from newsletter.burst.showing import bursts_of
from newsletter.optout.listing import opt_outs
from newsletter.question.reasons import Reason
from newsletter.report.accounts import accounts
from newsletter.report.asked import asked_why
from newsletter.report.today import today
from newsletter.report.wording import REASONS, WAYS
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import record
from newsletter.web.staff.bulletin_parts import author, may
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.work import first_of_inbox

staff = Blueprint("staff", __name__, url_prefix="/staff")
staff.before_request(guard)

PAGE = 50


@staff.get("/", endpoint="today")
@open_to(*Duty)
def show_today() -> ResponseReturnValue:
    """What needs you now."""
    with house().db.read() as session:
        return render_template(
            "staff/today.html",
            today=today(session, house().clock()),
            leaving=opt_outs(session, limit=5),
            reasons=REASONS,
            approvals=waiting(session),
            author=author(),
            waiting=first_of_inbox(session) if may("work.listed") else None,
        )


@staff.get("/accounts", endpoint="accounts")
@open_to(*Duty)
def show_accounts() -> ResponseReturnValue:
    """The accounts that match a search, a page at a time."""
    wanted, after = _asked("q"), _asked("after")
    with house().db.read() as session:
        found = accounts(session, wanted, limit=PAGE + 1, after=after)
    return render_template(
        "staff/accounts.html", found=found[:PAGE], wanted=wanted, after=after, has_more=len(found) > PAGE
    )


@staff.get("/accounts/<path:number>", endpoint="account")
@open_to(*Duty)
def show_account(number: str) -> ResponseReturnValue:
    """Everything we know of one account."""
    return record.show(number)


@staff.get("/leaving", endpoint="leaving")
@open_to(*Duty)
def show_leaving() -> ResponseReturnValue:
    """Who left and why, newest first."""
    reason = request.args.get("reason", "")
    chosen = Reason(reason) if reason in set(Reason) else None
    before = request.args.get("before", type=_row_id)
    with house().db.read() as session:
        listed = opt_outs(session, limit=PAGE + 1, before_id=before, reason=chosen)
        bursts = bursts_of(session, [left.id for left in listed])
        asked = {WAYS[way]: told for way, told in asked_why(session).items() if told.left}
    return render_template(
        "staff/leaving.html",
        listed=listed[:PAGE],
        bursts=bursts,
        asked=asked,
        has_more=len(listed) > PAGE,
        before=before,
        chosen=chosen,
        reasons=REASONS,
        all_reasons=tuple(Reason),
    )


def _asked(name: str) -> str:
    """A word from the address line; PostgreSQL takes no NUL."""
    return request.args.get(name, "")[:200].replace("\0", "")


def _row_id(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**63:
        raise ValueError(text)
    return number
