"""Sending a bulletin: a test to one address, then, after a second look, the run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.audience.segment import reach, units_of
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.bulletin.when import When, read_grace, read_when
from newsletter.errors import BadAddress, BadBulletin, BadTime, Conflict, NotFound
from newsletter.ledger.confirm import mark, order_confirmed
from newsletter.ledger.sample import ask_for_sample
from newsletter.ledger.seen import engines_alive
from newsletter.report.bulletins import runs_of
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.bulletin_page import bulletin_page
from newsletter.web.staff.guard import guard, open_to

sending = Blueprint("sending", __name__, url_prefix="/staff/bulletins")
sending.before_request(guard)


@sending.post("/<number>/test")
@open_to(Duty.MARKETER)
def test(number: str) -> ResponseReturnValue:
    """Ask for a test mail, set as it is for one person; nothing goes to that person."""
    address, person_id = request.form.get("address", ""), parts.id_from(request.form.get("reader"))
    with house().db.read() as session:
        version = parts.version_of(session, number)
        topic, audience = parts.desk().checked(
            session, read_source(version.source), "", version.bulletin_id, parts.now()
        )
        if units_of(session, audience, person_id) is None:
            raise NotFound("This bulletin is not for that person.", hint="Choose somebody from the list.")
    try:
        ask_for_sample(
            house().db,
            version.id,
            topic.id,
            as_person_id=person_id,
            address=address,
            author=parts.author(),
            now=parts.now(),
        )
    except BadAddress as error:
        return bulletin_page(number, status=400, test_address=address, wrong=str(error))
    flash(f"A test goes to {address.strip()} as soon as the engine takes it.")
    return redirect(url_for("bulletins.bulletin", number=number, reader=person_id, _anchor="test"), 303)


@sending.get("/<number>/send")
@open_to(Duty.MARKETER)
def look(number: str) -> ResponseReturnValue:
    """The second look: what goes to how many, and when."""
    asked = _Asked.of(request.args)
    try:
        return _second_look(number, asked.when(), asked)
    except BadTime as error:
        return _second_look(number, None, asked, wrong=str(error), status=400)


@sending.post("/<number>/send")
@open_to(Duty.MARKETER)
def send(number: str) -> ResponseReturnValue:
    """Order the run that was looked at, once."""
    asked, seen = _Asked.of(request.form), request.form.get("seen", "")
    try:
        when = asked.when()
    except BadTime as error:
        return _second_look(number, None, asked, wrong=str(error), status=400)
    with house().db.read() as session:
        parts.version_of(session, number)
    try:
        run_id = order_confirmed(parts.desk(), number, seen=seen, when=when, author=parts.author(), now=parts.now())
    except Conflict as error:
        return _second_look(number, when, asked, conflict=str(error), status=409)
    except BadBulletin:
        return _second_look(number, when, asked, status=400)
    return redirect(url_for("watching.run", run_id=run_id), 303)


def _second_look(
    number: str, when: When | None, asked: "_Asked", *, wrong: str = "", conflict: str = "", status: int = 200
) -> ResponseReturnValue:
    with house().db.read() as session:
        version = parts.version_of(session, number)
        source = read_source(version.source)
        topic, audience = parts.desk().checked(session, source, "", version.bulletin_id, parts.now())
        shown = {
            "number": number,
            "version": version,
            "source": source,
            "segment": audience.chosen,
            "topic": topic,
            "reach": reach(session, audience),
            "runs": runs_of(session, version.bulletin_id, limit=5),
            "seen": mark(session, version),
            "forbidden": _forbidden(session, version),
            "lacks_approval": parts.desk().gate.lacks_approval(session, version, source, topic),
        }
    return render_template(
        "staff/bulletins/send.html",
        when=when,
        in_words=in_words(when) if when else "",
        local=asked.local,
        zone=asked.zone or house().config.zone,
        grace=asked.grace or f"{house().config.grace_hours:g}",
        zones=parts.zones(),
        wrong=wrong,
        conflict=conflict,
        engines=engines_alive(house().db, parts.now()),
        **shown,
    ), status


def _forbidden(session: Session, version: Version) -> str:
    """Why it may not be sent at all; empty where it may."""
    try:
        parts.desk().cleared(session, read_source(version.source), "", version.bulletin_id, parts.now())
    except BadBulletin as error:
        return str(error)
    return ""


@dataclass(frozen=True, slots=True)
class _Asked:
    """When it is to start, as a form says it."""

    local: str
    zone: str
    grace: str

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Self:
        local, zone, grace = (form.get(name, "").strip() for name in ("at", "zone", "grace"))
        return cls(local, zone, grace)

    def when(self) -> When:
        """The time meant; without one it is now. Raises BadTime."""
        grace = read_grace(self.grace, house().config.grace)
        now = parts.now()
        return read_when(self.local, self.zone, now, grace) if self.local else When(now, grace=grace)


def in_words(when: When) -> str:
    """A time as one reads it to a colleague: "on Tuesday, 1 December 2026 at 09:00 in Europe/Berlin (08:00 UTC)"."""
    if not when.local:
        return "now"
    there = when.at.astimezone(ZoneInfo(when.zone))
    return f"on {_long(there)} in {when.zone} ({when.at:%H:%M} UTC)"


def _long(at: datetime) -> str:
    return f"{at:%A}, {at.day} {at:%B %Y} at {at:%H:%M}"
