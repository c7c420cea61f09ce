"""Looking a bulletin over before it is sent. The web asks for a look outside and never looks itself."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.bulletin.ask_outside import Sending, ask_outside
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.composed import Composed, composed_in_all
from newsletter.bulletin.finding import Severity
from newsletter.bulletin.preflight import in_a_sentence
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import topic_of
from newsletter.errors import BadBulletin, BadLetter, Conflict, Misconfigured
from newsletter.ledger.look_over import LookedOver, look_over
from newsletter.ledger.seen import engines_alive
from newsletter.message.dkim_keys import signing_names
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

preflight = Blueprint("preflight", __name__, url_prefix="/staff/bulletins")
preflight.before_request(guard)

HEADINGS = {
    Severity.BLOCK: ("Red: forbidden so", "Law or mail rules forbid to send it like this."),
    Severity.WARN: ("Yellow: look at it", "It can be sent. It would do better without."),
    Severity.FINE: ("Green: fine", ""),
}


@preflight.get("/<number>/preflight", endpoint="page")
@open_to(*Duty)
def show(number: str) -> ResponseReturnValue:
    """What forbids to send it, what to look at, and what is fine."""
    return _page(number)


@preflight.post("/<number>/preflight", endpoint="check")
@open_to(Duty.MARKETER)
def check(number: str) -> ResponseReturnValue:
    """Have links and the sender's domain looked at."""
    try:
        with house().db.read() as session:
            version = parts.version_of(session, number)
            whole = _composed(session, version)
        count = ask_outside(house().db, version.id, whole, _sending(), parts.author(), parts.now())
    except Conflict as error:
        return _page(number, conflict=str(error), status=409)
    except (BadBulletin, BadLetter) as error:
        return _page(number, conflict=f"It cannot be checked as it stands. {error}", status=400)
    flash(f"{parts.number_of(count, 'question')} asked. Reload the page for the answers.")
    return redirect(url_for("preflight.page", number=number, _anchor="outside"), 303)


def looked_over(session: Session, version: Version) -> LookedOver:
    """A version with everything we know about it now."""
    ids = {"bulletin_id": version.bulletin_id, "version_id": version.id}
    return look_over(session, parts.desk(), read_source(version.source), parts.now(), **ids)


def _page(number: str, *, conflict: str = "", status: int = 200) -> tuple[str, int]:
    with house().db.read() as session:
        version = parts.version_of(session, number)
        seen = looked_over(session, version)
    groups = {kind: [finding for finding in seen.findings if finding.severity is kind] for kind in Severity}
    page = render_template(
        "staff/bulletins/preflight.html",
        number=number,
        version=version,
        seen=seen,
        groups=groups,
        headings=HEADINGS,
        summary=in_a_sentence(seen.findings),
        conflict=conflict,
        engines=engines_alive(house().db, parts.now()),
        lines=version.source.split("\n"),
    )
    return page, status


def _composed(session: Session, version: Version) -> Composed:
    source = read_source(version.source)
    return composed_in_all(parts.desk().press(source, topic_of(session, source), "preflight", version.frozen_at))


def _sending() -> Sending:
    """The sender as DNS knows it."""
    config = house().config
    domain = config.sender_address.rpartition("@")[2].lower()
    try:
        keys = signing_names(config.dkim_keys, domain) if config.dkim_keys else []
    except Misconfigured:
        keys = []  # the engine says what is wrong with them, and starts nothing
    return Sending(domain, config.sender_domain.lower(), tuple(keys))
