"""Writing something down on an account record: what we know, a call, a note, and what we know better than a verdict."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.account.contact import About, Means
from newsletter.account.known import CODES, DATED, LONGEST, TITLES, Subject
from newsletter.account.note_down import Fact, mark_private, note_fact, write_note
from newsletter.audience.affiliating import open_claims
from newsletter.audience.note_contact import Touch, note_contact
from newsletter.errors import BadAnswer, BadTime, NotFound, Refused
from newsletter.report.desk import Desk, desk, written
from newsletter.report.happening import anchor, drawn_together
from newsletter.report.looking import Asked, look
from newsletter.report.place import KINDS, Source
from newsletter.report.record import account_record
from newsletter.report.wording import ABOUT, MEANS
from newsletter.signal.note import Better
from newsletter.signal.overrule import overrule
from newsletter.signal.rules import State
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

_Code = TypeVar("_Code", bound=StrEnum)

record = Blueprint("record", __name__, url_prefix=f"/staff/records/<int(max={parts.LARGEST_ID}):account_id>")
record.before_request(guard)

SAYS = {
    State.IN_USE: "In use",
    State.BACKUP: "In use as back-up",
    State.NOT_IN_USE: "No longer in use",
    State.UNKNOWN: "I take back what we said; the evidence shall decide",
}


def install(app: Flask) -> None:
    """Give an application the pages, and its templates what the record says."""
    app.register_blueprint(record)
    app.jinja_env.globals.update(entry=lambda said: anchor(Source.EVIDENCE, said.id))


def show(number: str) -> ResponseReturnValue:
    """The record of an account, as the address asks for it."""
    asked = {name: request.args.get(name, "")[:100] for name in ("as_of", "before", "kind")}
    now, zone = house().clock(), ZoneInfo(house().config.zone)
    at, view = look(now, zone, Asked(asked["as_of"], asked["before"], asked["kind"]))
    with house().db.read() as session:
        shown = account_record(session, number, at, view)
        claims = open_claims(session, number)
    return render_template(
        "staff/account.html",
        record=shown,
        claims=claims,
        story=drawn_together(shown.timeline),
        anchors=frozenset(happening.anchor for happening in shown.timeline),
        asked=asked,
        at=at,
        today=now.astimezone(zone).date(),
        kinds=KINDS,
        titles=TITLES,
        about=ABOUT,
        means=MEANS,
    )


@record.route("/known/<subject>", methods=["GET", "POST"])
@open_to(Duty.SERVICE, Duty.SALES)
def know(account_id: int, subject: str) -> ResponseReturnValue:
    """What we know of one subject, and what we knew before."""
    if subject not in set(Subject):
        raise NotFound("There is no such page.")
    about = Subject(subject)
    with house().db.read() as session:
        before = written(session, account_id, about, parts.now())

    def act() -> str:
        form = request.form
        fact = Fact(about, form.get("value", ""), _day("on_day", needed=False), form.get("words", ""))
        note_fact(house().db, account_id, fact, author=parts.author(), now=parts.now())
        return f"Noted: {TITLES[about]}."

    shown = {"subject": about, "title": TITLES[about], "codes": CODES.get(about), "is_dated": about in DATED}
    return _written("known", account_id, act, before=before, **shown)


@record.route("/contact", methods=["GET", "POST"])
@open_to(Duty.SERVICE, Duty.SALES)
def contact(account_id: int) -> ResponseReturnValue:
    """A call, a visit or a mail."""

    def act() -> str:
        form = request.form
        means, about = _one_of(Means, "means"), _one_of(About, "about")
        day = _day("day") or parts.now().date()
        touch = Touch(parts.id_from(form.get("person")) or None, means, about, day, form.get("words", ""))
        note_contact(house().db, account_id, touch, author=parts.author(), now=parts.now())
        return f"Noted: {MEANS[means].lower()} about {ABOUT[about]}."

    return _written("contact", account_id, act, means=MEANS, about=ABOUT)


@record.route("/note", methods=["GET", "POST"])
@open_to(Duty.SERVICE, Duty.SALES)
def note(account_id: int) -> ResponseReturnValue:
    """A note about the account or one of its machines."""

    def act() -> str:
        unit_id = parts.id_from(request.form.get("unit")) or None
        text = request.form.get("words", "")
        write_note(house().db, account_id, unit_id, text, author=parts.author(), now=parts.now())
        return "The note is on record."

    return _written("note", account_id, act)


@record.route("/verdict", methods=["GET", "POST"])
@open_to(Duty.SERVICE, Duty.SALES)
def verdict(account_id: int) -> ResponseReturnValue:
    """What a colleague knows better than the verdict."""

    def act() -> str:
        why = request.form.get("words", "")
        if len(why) > LONGEST:
            raise BadAnswer(f"That is longer than {LONGEST:,} characters.", hint="Keep it shorter.")
        better = Better(parts.id_from(request.form.get("unit")) or None, _one_of(State, "says"), why.replace("\0", ""))
        overrule(house().db, account_id, better, author=parts.author(), now=parts.now())
        return "Noted. It is evidence with your name, and later words may outweigh it."

    return _written("verdict", account_id, act, says=SAYS)


@record.post("/private")
@open_to(Duty.SERVICE, Duty.SALES)
def private(account_id: int) -> ResponseReturnValue:
    """Whether it is a private owner."""
    said = request.form.get("is_private")
    if said not in ("yes", "no"):
        raise Refused("No button was pressed, so nothing was changed.")
    mark_private(house().db, account_id, is_private=said == "yes", author=parts.author(), now=parts.now())
    with house().db.read() as session:
        return _back(desk(session, account_id))


def _written(page: str, account_id: int, act: Callable[[], str], **shown: object) -> ResponseReturnValue:
    """The form; or once it was sent, the act and the way back. What is refused stands in the form again."""
    with house().db.read() as session:
        here = desk(session, account_id)
    wrong = ""
    if request.method == "POST":
        try:
            flash(act())
        except (BadAnswer, BadTime) as error:
            wrong = str(error)
        else:
            return _back(here)
    typed = request.form if wrong else request.args
    today = parts.now().astimezone(ZoneInfo(house().config.zone)).date()
    form = {"desk": here, "typed": typed, "wrong": wrong, "today": today, "longest": LONGEST, **shown}
    return render_template(f"staff/record/{page}.html", **form), 400 if wrong else 200


def _back(here: Desk) -> ResponseReturnValue:
    return redirect(url_for("staff.account", number=here.number), 303)


def _one_of(codes: type[_Code], name: str) -> _Code:
    try:
        return codes(request.form.get(name, ""))
    except ValueError as error:
        raise BadAnswer("Something is not chosen yet.", hint="Choose one of each list.") from error


def _day(name: str, *, needed: bool = True) -> date | None:
    text = request.form.get(name, "").strip()
    if not text and not needed:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadTime("That is no day.", hint="Write it as 2026-05-01.") from error
