"""Watching a run: how far it is, who gets it and who does not."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.errors import NotFound
from newsletter.ledger.progress import progress
from newsletter.report.runs import copies, left_out_of, run_head
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.run_page import GROUPS, moving, run_page

watching = Blueprint("watching", __name__, url_prefix=parts.RUN)
watching.before_request(guard)


@watching.get("", endpoint="run")
@open_to(*Duty)
def show_run(run_id: int) -> ResponseReturnValue:
    """The run, with everything known of it."""
    return run_page(run_id)


@watching.get("/progress", endpoint="progress")
@open_to(*Duty)
def show_progress(run_id: int) -> ResponseReturnValue:
    """Only the part of the page that moves, for its script."""
    with house().db.read() as session:
        return render_template("staff/bulletins/progress.html", **moving(session, run_id))


@watching.get("/copies/<group>", endpoint="copies")
@open_to(*Duty)
def show_copies(run_id: int, group: str) -> ResponseReturnValue:
    """The copies behind one figure, by name."""
    if group not in GROUPS:
        raise NotFound("There is no such list of copies.", hint="Choose a figure on the page of the run.")
    name, states = GROUPS[group]
    after = parts.id_from(request.args.get("after"))
    with house().db.read() as session:
        head = run_head(session, run_id)
        found = copies(session, run_id, states, limit=parts.PAGE + 1, after_id=after)
    return render_template(
        "staff/bulletins/copies.html",
        head=head,
        group=group,
        name=name,
        after=after,
        found=found[: parts.PAGE],
        has_more=len(found) > parts.PAGE,
    )


@watching.get("/left-out", endpoint="left_out")
@open_to(*Duty)
def show_left_out(run_id: int) -> ResponseReturnValue:
    """Who got no copy, by name."""
    after, asked_for = parts.id_from(request.args.get("after")), request.args.get("rule", "")
    with house().db.read() as session:
        head, left_out = run_head(session, run_id), progress(session, run_id, parts.now()).left_out
        rule = asked_for if asked_for in left_out else ""
        found = left_out_of(session, run_id, rule, limit=parts.PAGE + 1, after_id=after)
    return render_template(
        "staff/bulletins/left_out.html",
        head=head,
        left_out=left_out,
        rule=rule,
        after=after,
        found=found[: parts.PAGE],
        has_more=len(found) > parts.PAGE,
    )
