"""A bulletin as somebody would get it, set from a text that is not saved. Nothing is written down."""

from dataclasses import dataclass, replace

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.bulletin.compose import Press
from newsletter.bulletin.fields import Fields, as_text
from newsletter.bulletin.lacking import lacking
from newsletter.bulletin.made_up import as_made_up
from newsletter.bulletin.past import changes, saves
from newsletter.bulletin.source import Source, read_source
from newsletter.bulletin.variant import B
from newsletter.bulletin.write import find, topic_of
from newsletter.errors import BadLetter, NotFound, Refused
from newsletter.ledger.preview import Looked, look_as, look_at, some_readers
from newsletter.results.why import FOUND, people_named
from newsletter.staff.user import Duty
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.letter_alone import letter_alone
from newsletter.web.letter_scheme import in_scheme
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import lists
from newsletter.web.staff.bulletin_form import Typed, typed
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.long_forms import take_long_forms

editor_preview = Blueprint("editor_preview", __name__, url_prefix="/staff/editor")
editor_preview.before_request(take_long_forms)
editor_preview.before_request(guard)

_MADE_UP = "made-up:"


@dataclass(frozen=True, slots=True)
class Shown:
    """The letter, for whom, and what is to be said of it."""

    looked: Looked
    name: str
    note: str


@editor_preview.post("/preview", endpoint="letter")
@open_to(Duty.MARKETER)
def show_letter() -> ResponseReturnValue:
    """The letter alone, for a frame: as HTML in the light or the dark, or as text."""
    form = typed(request.form)
    try:
        shown = _looked(form)
    except Refused as error:
        headers.allow(frame_ancestors="'self'", sandbox="")
        return render_template("staff/editor/refused.html", wrong=form.refused(error).wrong), 400
    if request.form.get("view") == "text":
        headers.allow(frame_ancestors="'self'", sandbox="")
        return Response(shown.looked.letter.text, mimetype="text/plain")
    return letter_alone(in_scheme(shown.looked.letter.html, dark="dark" in request.form))


@editor_preview.post("/said")
@open_to(Duty.MARKETER)
def said() -> ResponseReturnValue:
    """What is to be said of the letter, as a part of the page: for whom, its subject, or what is wrong where."""
    form, number = typed(request.form), lists.word(request.form, "draft_of")
    with house().db.read() as session:
        bulletin = find(session, number) if number else None
        changed = changes(saves(session, bulletin.id)) if bulletin else {}
    lacks = lacking(form.fields, changed) if form.fields else ()
    try:
        shown, refused = _looked(form, proves=True), form
    except Refused as error:
        shown, refused = None, form.refused(error)
    page = render_template("staff/editor/said.html", shown=shown, typed=refused, lacking=lacks, fields=form.fields)
    return page, 200 if shown else 400


@editor_preview.get("/people", endpoint="people")
@open_to(Duty.MARKETER)
def show_people() -> ResponseReturnValue:
    """People by a part of their name or address, as options of a choice."""
    with house().db.read() as session:
        found = people_named(session, wanted) if (wanted := lists.word(request.args, "who")) else []
    return render_template("staff/editor/people.html", found=found, wanted=wanted, most=FOUND)


def _looked(form: Typed, *, proves: bool = False) -> Shown:
    """The letter; `proves` sets all the others, too. Raises BadBulletin with line and column, BadLetter or Refused."""
    source = read_source(_whole(form), B if request.form.get("variant") == B else "")
    now, desk = parts.now(), parts.desk()
    with house().db.read() as session:
        topic = topic_of(session, source)
        press = desk.press(source, topic, "preview")
        bulletin = find(session, source.number)
        if proves:
            desk.checked(session, source, "", bulletin.id if bulletin else None, now)
        person, who = _chosen(session), request.form.get("reader", "")
        if person is None and not who.startswith(_MADE_UP):
            audience = desk.audience(session, source, topic, bulletin.id if bulletin else None, now)
            person = next(iter(some_readers(session, audience, 1)), None)
        if person is None:
            return _as_nobody(press, source, who.removeprefix(_MADE_UP))
        audience = desk.audience(session, source, topic, bulletin.id if bulletin else None, now)
        try:
            looked = look_as(session, press, audience, person.id, now)
        except NotFound as error:
            raise Refused(error.message, hint=error.hint) from error
    note = "" if looked.is_for_them else "It is not for this person as it stands; all their machines are shown."
    return Shown(looked, person.name, note)


def _as_nobody(press: Press, source: Source, key: str) -> Shown:
    key, _, language = key.partition(":")
    reader = as_made_up(key, source.models, language[:35] or source.sections[0].language)
    try:
        letter = look_at(press, reader, parts.now())
    except BadLetter as error:
        raise BadLetter(error.message, hint=f"This made-up person has none. {error.hint}") from error
    return Shown(Looked(letter, reader, is_for_them=True), reader.name or reader.address, "A made-up person.")


def _chosen(session: Session) -> Person | None:
    """Whom the search names, else the choice. Raises Refused where the search names nobody, or several."""
    if wanted := lists.word(request.form, "who"):
        found = people_named(session, wanted)
        exact = [person for person in found if wanted.casefold() in (person.address.casefold(), person.name.casefold())]
        if len(exact or found) != 1:
            several = f"Several people are called so: {', '.join(person.address for person in found[:5])}."
            raise Refused(several if found else f"Nobody on record is called “{wanted}”.", hint="Write the address.")
        return (exact or list(found))[0]
    person_id = parts.id_from(request.form.get("reader"))
    return session.scalar(select(Person).where(Person.id == person_id)) if person_id else None


def _whole(form: Typed) -> str:
    """The text with something in place of what is not written yet; no line moves by that."""
    if form.fields is None:
        return form.text
    return as_text(_filled(form.fields))


def _filled(fields: Fields) -> Fields:
    first = fields.spoken[0]
    title = first.title.strip() or "(no title yet)"
    spoken = (replace(first, title=title), *fields.spoken[1:])
    told = tuple(one if one.markdown.strip() else replace(one, markdown=f"…{one.markdown}") for one in spoken)
    return replace(fields, number=fields.number.strip() or "NEW", spoken=told)
