"""Asking a second colleague, and being that colleague."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.bulletin.approve import Shown, answer_approval, ask_for_approval, history, may_answer, standing
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.difference import difference
from newsletter.bulletin.last_agreed import last_agreed
from newsletter.bulletin.preflight import in_a_sentence
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import topic_of
from newsletter.errors import BadBulletin, Refused
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.preflight import looked_over

approving = Blueprint("approving", __name__, url_prefix="/staff/bulletins")
approving.before_request(guard)


@approving.get("/<number>/approval", endpoint="page")
@open_to(*Duty)
def show(number: str) -> ResponseReturnValue:
    """Where the approval stands, what changed, and whom it goes to."""
    return _page(number)


@approving.post("/<number>/approval", endpoint="ask")
@open_to(Duty.MARKETER)
def ask(number: str) -> ResponseReturnValue:
    """Ask a second colleague about what was looked at."""
    with house().db.read() as session:
        seen = looked_over(session, parts.version_of(session, number))
    if seen.is_blocked:
        return _page(number, wrong="It is forbidden to send it so. Preflight says why.", status=400)
    shown = Shown(request.form.get("seal", ""), seen.reach.targeted, in_a_sentence(seen.findings))
    note, by, now = request.form.get("note", ""), parts.author(), parts.now()
    try:
        ask_for_approval(house().db, number, shown, _seal, note=_typed(note), by=by, now=now)
    except Refused as error:
        return _page(number, wrong=str(error), status=409)
    flash("Asked. A colleague who neither wrote it nor asked can answer on this page.")
    return redirect(url_for("approving.page", number=number), 303)


@approving.post("/<number>/approval/answer", endpoint="answer")
@open_to(Duty.MARKETER, Duty.SERVICE)
def answer(number: str) -> ResponseReturnValue:
    """Say yes or no."""
    said, words = request.form.get("answer", ""), _typed(request.form.get("words", ""))
    if said not in ("yes", "no"):
        return _page(number, wrong="No button was pressed, so nothing was changed.", status=400)
    with house().db.read() as session:
        parts.version_of(session, number)
    asked, by, now = parts.id_from(request.form.get("approval")), parts.author(), parts.now()
    try:
        answer_approval(house().db, asked, _seal, yes=said == "yes", words=words, by=by, now=now)
    except Refused as error:
        return _page(number, wrong=str(error), words=words, status=409)
    flash("Approved." if said == "yes" else "Refused, with your reason.")
    return redirect(url_for("approving.page", number=number), 303)


def _page(number: str, *, wrong: str = "", words: str = "", status: int = 200) -> tuple[str, int]:
    with house().db.read() as session:
        version = parts.version_of(session, number)
        seen, source = looked_over(session, version), read_source(version.source)
        seal = _seal_or_none(session, version)
        stands, asked = standing(session, version.id, seal)
        agreed = last_agreed(session, version)
        shown = {
            "number": number,
            "version": version,
            "klass": source.klass,
            "is_needed": source.klass in parts.desk().approval,
            "seen": seen,
            "summary": in_a_sentence(seen.findings),
            "seal": seal,
            "stands": stands,
            "asked": asked,
            "is_void": asked is None and _was_asked(session, version),
            "may_answer": asked is not None and may_answer(version, asked, parts.author()),
            "agreed": agreed,
            "rows": difference(agreed.source, version.source) if agreed else [],
            "history": history(session, version.bulletin_id),
        }
    return render_template("staff/bulletins/approval.html", wrong=wrong, words=words, **shown), status


def _seal(session: Session, version: Version) -> str:
    source = read_source(version.source)
    return parts.desk().gate.seal(session, version, source, topic_of(session, source))


def _seal_or_none(session: Session, version: Version) -> str:
    """Empty where it could not be sent at all: then nobody can be asked either, and preflight says why."""
    try:
        return _seal(session, version)
    except BadBulletin:
        return ""


def _was_asked(session: Session, version: Version) -> bool:
    return any(one.version_id == version.id for one in history(session, version.bulletin_id))


def _typed(text: str) -> str:
    """PostgreSQL takes no NUL."""
    return text.replace("\0", "").replace("\r\n", "\n")
