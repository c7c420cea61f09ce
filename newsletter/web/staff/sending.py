"""Sending a bulletin: a test to one address, then, after a second look, the run."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.audience.segment import reach, units_of
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import Source, read_source
from newsletter.bulletin.trial import SAID
from newsletter.bulletin.trial import in_words as trial_in_words
from newsletter.bulletin.trial_fit import need_fitting
from newsletter.bulletin.waves import in_words as waves_in_words
from newsletter.bulletin.when import When
from newsletter.errors import BadAddress, BadBulletin, BadTime, Conflict, NotFound
from newsletter.ledger.confirm import mark, order_confirmed
from newsletter.ledger.places import places
from newsletter.ledger.reminding import need_machines
from newsletter.ledger.sample import ask_for_sample
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.trial_rule import rule_in_words
from newsletter.report.bulletins import runs_of
from newsletter.results.findable import findable
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.asked_when import Asked, in_words
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
        variants = read_source(version.source).variants or ("",)
    try:
        for variant in variants:
            ask_for_sample(
                house().db,
                version.id,
                topic.id,
                as_person_id=person_id,
                address=address,
                author=parts.author(),
                now=parts.now(),
                variant=variant,
            )
    except BadAddress as error:
        return bulletin_page(number, status=400, test_address=address, wrong=str(error))
    what = "A test goes" if len(variants) == 1 else "A test of each variant goes"
    flash(f"{what} to {address.strip()} as soon as the engine takes it.")
    return redirect(url_for("bulletins.bulletin", number=number, reader=person_id, _anchor="test"), 303)


@sending.get("/<number>/send")
@open_to(Duty.MARKETER)
def look(number: str) -> ResponseReturnValue:
    """The second look: what goes to how many, and when."""
    asked, source = Asked.of(request.args), _source_of(number)
    try:
        when = asked.of_variants(source).when()
        need_fitting(source, when)
        if when.remind:
            need_machines(source)
        return _second_look(number, when, asked)
    except BadTime as error:
        return _second_look(number, None, asked, wrong=str(error), status=400)


@sending.post("/<number>/send")
@open_to(Duty.MARKETER)
def send(number: str) -> ResponseReturnValue:
    """Order the run that was looked at, once."""
    asked, seen = Asked.of(request.form), request.form.get("seen", "")
    try:
        when = asked.when()
    except BadTime as error:
        return _second_look(number, None, asked, wrong=str(error), status=400)
    _source_of(number)
    try:
        run_id = order_confirmed(parts.desk(), number, seen=seen, when=when, author=parts.author(), now=parts.now())
    except Conflict as error:
        return _second_look(number, when, asked, conflict=str(error), status=409)
    except BadTime as error:
        return _second_look(number, None, asked, wrong=str(error), status=400)
    except BadBulletin:
        return _second_look(number, when, asked, status=400)
    return redirect(url_for("watching.run", run_id=run_id), 303)


def _source_of(number: str) -> Source:
    with house().db.read() as session:
        return read_source(parts.version_of(session, number).source)


def _second_look(
    number: str, when: When | None, asked: Asked, *, wrong: str = "", conflict: str = "", status: int = 200
) -> ResponseReturnValue:
    with house().db.read() as session:
        version = parts.version_of(session, number)
        source = read_source(version.source)
        topic, audience = parts.desk().checked(session, source, "", version.bulletin_id, parts.now())
        counted, asked = reach(session, audience), asked.of_variants(source)
        shown = {
            "number": number,
            "version": version,
            "source": source,
            "segment": audience.chosen,
            "topic": topic,
            "reach": counted,
            "runs": runs_of(session, version.bulletin_id, limit=5),
            "seen": mark(session, version),
            "forbidden": _forbidden(session, version),
            "span": _span(session, when),
            **_trial(session, source, when, counted.targeted),
            "lacks_approval": parts.desk().gate.lacks_approval(session, version, source, topic),
        }
    return render_template(
        "staff/bulletins/send.html",
        when=when,
        in_words=in_words(when) if when else "",
        waves=when.waves if when else (),
        waves_in_words=waves_in_words(when.waves) if when else "",
        asked=asked.shown,
        zones=parts.zones(),
        wrong=wrong,
        conflict=conflict,
        engines=engines_alive(house().db, parts.now()),
        **shown,
    ), status


def _trial(session: Session, source: Source, when: When | None, copies: int) -> dict[str, object]:
    """How two variants are tried, by which rule, and what that can find."""
    if when is None or when.trial is None:
        return {"trial": None}
    return {
        "trial": trial_in_words(when.trial),
        "rule": rule_in_words(when.trial),
        "measure": SAID[when.trial.measure],
        "findable": findable(session, source.klass, when.trial, copies),
    }


def _span(session: Session, when: When | None) -> tuple[datetime, datetime] | None:
    """When it is time where the first and where the last people are."""
    if when is None or not when.is_theirs:
        return None
    times = places(session, when.wall, when.zone, parts.now()).times
    return times[0], times[-1]


def _forbidden(session: Session, version: Version) -> str:
    """Why it may not be sent at all; empty where it may."""
    try:
        parts.desk().cleared(session, read_source(version.source), "", version.bulletin_id, parts.now())
    except BadBulletin as error:
        return str(error)
    return ""
