"""Saved audiences: which there are, building one without SQL, and what it covers."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from newsletter.audience.topic import DEFAULT_TOPIC
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.report.call_list import as_uncovered_calls
from newsletter.report.coverage import UNREACHED
from newsletter.report.segment_reach import accounts_out_of_reach
from newsletter.report.table import Table
from newsletter.segment.choosing import select_of, version_in_force
from newsletter.segment.definition import Definition
from newsletter.segment.listing import lists
from newsletter.segment.reading import read_definition
from newsletter.segment.saving import NEW, Saved, delete_segment, history, save_segment, saved_segments
from newsletter.staff.user import Duty
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import segment_words as words
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import as_file, word
from newsletter.web.staff.segment_form import Typed, as_definition, as_typed, pressed, typed
from newsletter.web.staff.segment_lists import segment_lists
from newsletter.web.staff.segment_look import counted, living_counts, look, sample, words_of
from newsletter.web.staff.show import zone, zone_name

segments = Blueprint("segments", __name__, url_prefix="/staff/segments")
segments.before_request(guard)

_SAVE = "save"


def install(app: Flask) -> None:
    """Put the pages of segments into an application with a staff door."""
    app.jinja_env.filters.update(capitalize_first=lambda said: said[:1].upper() + said[1:], clock=_clock)
    app.register_blueprint(segment_lists)
    app.register_blueprint(segments)


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment on the page: what stands in the form, and the version it began with."""

    key: str
    name: str
    form: Typed | None
    seen: int


@segments.get("", endpoint="listed")
@open_to(*Duty)
def show_list() -> ResponseReturnValue:
    """All segments, with how many people they choose now."""
    with house().db.read() as session:
        saved = saved_segments(session)
        read = {one.key: definition for one in saved if (definition := _readable(one)) is not None}
        said = {key: words_of(session, definition) for key, definition in read.items()}
        counts = living_counts(session, {key: one for key, one in read.items() if _is_whole(session, one)})
        brought = lists(session)
    return render_template("staff/segments/list.html", saved=saved, said=said, counts=counts, lists=brought)


@segments.get("/count", endpoint="count")
@open_to(Duty.MARKETER)
def show_count() -> ResponseReturnValue:
    """What the form in the address covers: a part of the page, fetched while it is built; `quick`: people alone."""
    form = typed(request.args)
    if not request.args.get("quick"):
        return render_template("staff/segments/figures.html", **_figures(form))
    try:
        definition = as_definition(form)
        with house().db.read() as session:
            words, (people, _) = words_of(session, definition), counted(session, definition)
    except Refused as error:
        return render_template("staff/segments/quick.html", problem=str(error))
    return render_template("staff/segments/quick.html", words=words, people=people, problem="")


@segments.route("/new", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def new() -> ResponseReturnValue:
    """Build a segment under a new key."""
    if request.method == "GET":
        return _page(Draft("", "", Typed(), NEW))
    return _built(word(request.form, "key"), None)


@segments.route("/<key>", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def segment(key: str) -> ResponseReturnValue:
    """One segment: whom it covers, and changing it."""
    with house().db.read() as session:
        saved = _found(session, key)
    if request.method == "POST":
        return _built(key, saved)
    return _page(_draft_of(saved), saved)


@segments.post("/<key>/delete")
@open_to(Duty.MARKETER)
def delete(key: str) -> ResponseReturnValue:
    """Delete it, unless a run that is scheduled goes to it."""
    with house().db.read() as session:
        saved = _found(session, key)
    try:
        delete_segment(house().db, key, parts.author(), parts.now())
    except Conflict as error:
        return _page(_draft_of(saved), saved, wrong=str(error), status=409)
    flash(f"“{saved.name}” is deleted. What was sent to it stays as it was.")
    return redirect(url_for("segments.listed"), 303)


@segments.get("/<key>/calls.csv", endpoint="calls")
@open_to(Duty.MARKETER)
def send_calls(key: str) -> ResponseReturnValue:
    """The accounts with machines of a segment about which nobody can be reached."""
    now = parts.now()
    with house().db.read() as session:
        definition = read_definition(_found(session, key).definition)
        units = select_of(session, definition, now).units
    if units is None:
        raise NotFound("This segment speaks of no machines.")

    def table(session: Session) -> Table:
        return as_uncovered_calls(accounts_out_of_reach(session, units, now))

    return as_file(f"segment-{key}", table)


def _built(key: str, saved: Saved | None) -> ResponseReturnValue:
    """The form after a button: only one of them saves."""
    form, button = typed(request.form), word(request.form, "do")
    seen = word(request.form, "seen")
    draft = Draft(key, word(request.form, "name"), form, int(seen) if seen.isdigit() and len(seen) < 9 else NEW)
    if button != _SAVE:
        changed = pressed(form, button, request.form)
        return _page(Draft(draft.key, draft.name, changed, draft.seen), saved)
    try:
        definition, now = as_definition(form), parts.now()
        save_segment(house().db, key, draft.name, definition, seen=draft.seen, author=parts.author(), now=now)
    except Refused as error:
        return _page(draft, saved, wrong=str(error), status=status_of(error))
    flash(f"“{draft.name}” is saved.")
    return redirect(url_for("segments.segment", key=key), 303)


def _page(draft: Draft, saved: Saved | None = None, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    with house().db.read() as session:
        shown = {
            "choices": words.choices(session),
            "versions": history(session, draft.key) if saved else [],
            "figures": _figures(draft.form, session) if draft.form else _figures_of(saved, session),
        }
    return render_template(
        "staff/segments/build.html",
        draft=draft,
        saved=saved,
        wrong=wrong,
        abouts=words.ABOUTS,
        hows=words.HOWS,
        counted=words.COUNTED,
        typed=words.TYPED,
        topic=_topic() or DEFAULT_TOPIC,
        **shown,
    ), status


def _figures(form: Typed, session: Session | None = None) -> dict[str, object]:
    """What the form covers, or in `problem` why that cannot be said."""
    if session is None:
        with house().db.read() as opened:
            return _figures(form, opened)
    try:
        definition = as_definition(form)
        return _shown(session, definition)
    except Refused as error:
        return {"look": None, "people": [], "problem": str(error)}


def _figures_of(saved: Saved | None, session: Session) -> dict[str, object]:
    try:
        return _shown(session, read_definition(saved.definition if saved else ""))
    except Refused as error:
        return {"look": None, "people": [], "problem": str(error)}


def _shown(session: Session, definition: Definition) -> dict[str, object]:
    found = look(session, definition, _topic())
    return {"look": found, "people": sample(session, definition), "problem": "", "reasons": UNREACHED}


def _clock(at: datetime) -> str:
    local = at.astimezone(zone())
    return f"at {local:%H:%M} {zone_name(local)}"


def _topic() -> str:
    return word(request.values, "topic")


def _found(session: Session, key: str) -> Saved:
    version = version_in_force(session, key)
    told = version.definition, version.author, version.written_at
    return Saved(key, version.name, version.version, *told)


def _draft_of(saved: Saved) -> Draft:
    definition = _readable(saved)
    return Draft(saved.key, saved.name, as_typed(definition) if definition else None, saved.version)


def _readable(saved: Saved) -> Definition | None:
    try:
        return read_definition(saved.definition)
    except Refused:
        return None


def _is_whole(session: Session, definition: Definition) -> bool:
    try:
        select_of(session, definition, parts.now())
    except Refused:
        return False
    return True
