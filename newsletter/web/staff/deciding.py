"""Deciding about copies: send again, leave as it is, release, try the refused once more."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import Conflict
from newsletter.ledger import decide
from newsletter.ledger.refusal import Refusal
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.run_page import run_page

deciding = Blueprint("deciding", __name__, url_prefix=parts.RUN)
deciding.before_request(guard)

ALL = "all"
"""What a button about every copy sends instead of an id."""


@deciding.post("/resend")
@open_to(Duty.MARKETER)
def resend(run_id: int) -> ResponseReturnValue:
    """Send copies in doubt once more."""
    return _done(run_id, lambda: _chosen(run_id, decide.resend_in_doubt), "in doubt", "sent once more")


@deciding.post("/let-be")
@open_to(Duty.MARKETER)
def let_be(run_id: int) -> ResponseReturnValue:
    """Leave copies in doubt as they are."""
    return _done(run_id, lambda: _chosen(run_id, decide.let_be), "in doubt", "left as it is", "left as they are")


@deciding.post("/release")
@open_to(Duty.MARKETER)
def release(run_id: int) -> ResponseReturnValue:
    """Send held copies."""
    return _done(run_id, lambda: _chosen(run_id, decide.release), "held", "released")


@deciding.post("/retry-expired")
@open_to(Duty.MARKETER)
def retry_expired(run_id: int) -> ResponseReturnValue:
    """Begin anew with the copies that were given up."""
    return _done(run_id, lambda: _chosen(run_id, decide.retry_expired), "given up", "tried once more")


@deciding.post("/retry-refused")
@open_to(Duty.MARKETER)
def retry_refused(run_id: int) -> ResponseReturnValue:
    """Try the copies once more that were refused for the causes that are ticked."""
    causes = [cause for cause in Refusal if cause.value in request.form.getlist("cause")]
    domain = request.form.get("domain", "").strip().removeprefix("@").replace("\0", "")

    def act() -> int:
        now, author = parts.now(), parts.author()
        return decide.retry_refused(house().db, run_id, author, now, causes=causes, domain=domain)

    return _done(run_id, act, "refused so", "tried once more")


def _chosen(run_id: int, act: Callable[..., int]) -> int:
    """Do it to the copy that a button names, or to all."""
    chosen = request.form.get("copy", "")
    copies = () if chosen == ALL else (parts.id_from(chosen),)
    return act(house().db, run_id, parts.author(), parts.now(), copies=copies)


def _done(run_id: int, act: Callable[[], int], stood: str, one: str, many: str = "") -> ResponseReturnValue:
    """Back to the page of the run, with what was done."""
    try:
        moved = act()
    except Conflict as error:
        return run_page(run_id, conflict=str(error), status=409)
    if not moved:
        said = f"No such copy of this run is {stood} any more. Nothing was changed."
        return run_page(run_id, conflict=said, status=409)
    flash(f"{parts.number_of(moved, 'copy is', 'copies are')} {one if moved == 1 else many or one}.")
    return redirect(url_for("watching.run", run_id=run_id), 303)
