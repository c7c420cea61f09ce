"""Themes: which there are, and making one beside a sample of it."""

from dataclasses import asdict, dataclass
from html import escape

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from newsletter.errors import Refused
from newsletter.message.look import HOUSE_LOOK, LEAST_CONTRAST, Chosen, Look, contrasts
from newsletter.staff.user import Duty
from newsletter.theme.keeping import (
    NEW,
    Written,
    as_written,
    newest_theme,
    read_look,
    retire_theme,
    save_theme,
    theme_history,
)
from newsletter.theme.keeping import themes as offered
from newsletter.theme.theme import Theme
from newsletter.web import headers
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.letter_alone import letter_alone
from newsletter.web.letter_scheme import in_scheme
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import word
from newsletter.web.staff.theme_sample import sample_letter

themes = Blueprint("themes", __name__, url_prefix="/staff/themes")
themes.before_request(guard)

_COLOURS = {
    "accent": "Links and buttons",
    "on_accent": "Words on a button",
    "background": "Around the letter",
    "paper": "Behind the text",
}
_START = Written(day=Chosen(*(getattr(HOUSE_LOOK.day, name) for name in _COLOURS)))


@dataclass(frozen=True, slots=True)
class Draft:
    """A theme on the page: its key, what stands in the form, and the version it began with."""

    key: str
    written: Written
    seen: int


@themes.get("", endpoint="listed")
@open_to(Duty.MARKETER)
def show_list() -> ResponseReturnValue:
    """All themes, each with its colours."""
    with house().db.read() as session:
        listed = offered(session)
    return render_template("staff/themes/list.html", listed=listed)


@themes.route("/new", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def new() -> ResponseReturnValue:
    """Make a theme under a new key."""
    if request.method == "GET":
        return _page(Draft("", _START, NEW))
    return _kept(Draft(word(request.form, "key"), _typed(request.form), NEW), None)


@themes.route("/<key>", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def theme(key: str) -> ResponseReturnValue:
    """One theme: changing it."""
    with house().db.read() as session:
        saved = newest_theme(session, key)
    if request.method == "GET":
        return _page(Draft(key, as_written(saved), saved.id), saved)
    return _kept(Draft(key, _typed(request.form), parts.id_from(request.form.get("seen"))), saved)


@themes.post("/<key>/retire")
@open_to(Duty.MARKETER)
def retire(key: str) -> ResponseReturnValue:
    """Offer it no more."""
    retire_theme(house().db, key, author=parts.author(), now=parts.now())
    flash(f"The theme {key} is offered no more. What was sent or scheduled with it stays as it is.")
    return redirect(url_for("themes.listed"), 303)


@themes.get("/sample", endpoint="sample")
@open_to(Duty.MARKETER)
def show_sample() -> ResponseReturnValue:
    """A letter in the look that the address describes, for a frame; a sentence where nobody could read it."""
    try:
        look = read_look(_typed(request.args))
    except Refused as error:
        return letter_alone(f'<!doctype html><html lang="en"><title>Not yet</title><p>{escape(str(error))}</p></html>')
    return letter_alone(in_scheme(sample_letter(look), dark="dark" in request.args))


def _kept(draft: Draft, saved: Theme | None) -> ResponseReturnValue:
    if request.form.get("do") != "save":
        return _page(draft, saved)
    try:
        save_theme(house().db, draft.key, draft.written, seen=draft.seen, author=parts.author(), now=parts.now())
    except Refused as error:
        return _page(draft, saved, wrong=str(error), status=int(status_of(error)))
    flash(f"“{draft.written.name}” is saved. Bulletins that are not scheduled yet get it so, and are approved anew.")
    return redirect(url_for("themes.theme", key=draft.key), 303)


def _page(draft: Draft, saved: Theme | None = None, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    headers.allow(frame_src="'self'")
    look, problem = _looked(draft.written)
    with house().db.read() as session:
        history = theme_history(session, draft.key) if saved else []
    told = {"day": contrasts(look.day), "night": contrasts(look.night)} if look else {}
    return render_template(
        "staff/themes/write.html",
        draft=draft,
        saved=saved,
        wrong=wrong or problem,
        colours=_COLOURS,
        sample=_address(draft.written),
        contrasts=told,
        least=LEAST_CONTRAST,
        history=history,
    ), status


def _looked(written: Written) -> tuple[Look | None, str]:
    try:
        return read_look(written), ""
    except Refused as error:
        # A form that is still empty is not wrong.
        return None, str(error) if written.name else ""


def _typed(form: MultiDict[str, str]) -> Written:
    day = Chosen(**{name: word(form, name) for name in _COLOURS})
    night = Chosen(**{name: word(form, f"night_{name}") for name in _COLOURS})
    return Written(word(form, "name"), word(form, "logo"), word(form, "logo_alt"), day, night)


def _address(written: Written) -> dict[str, str]:
    """The same as the fields of an address. A sample needs no name of its own."""
    night = {f"night_{name}": value for name, value in asdict(written.night).items()}
    told = {"name": written.name or "New", "logo": written.logo, "logo_alt": written.logo_alt}
    return {name: value for name, value in {**told, **asdict(written.day), **night}.items() if value}
