"""What a check-in letter says, language by language: written here, looked at, sent from the next round on."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import escape
from sqlalchemy.orm import Session

from newsletter.checkin.check_in import CheckInText
from newsletter.checkin.compose import check_in_letter, leave_everything
from newsletter.checkin.wording import Text, built_in, forget_text, read_text, text_in, write_text
from newsletter.errors import NotFound, Refused
from newsletter.language import LANGUAGES
from newsletter.ledger.concerned import Machine
from newsletter.ledger.preview import NOBODY
from newsletter.links import CheckInLink
from newsletter.post.setting import SetLetter, set_letter
from newsletter.staff.user import Duty
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.letter_alone import letter_alone
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to

check_in_texts = Blueprint("check_in_texts", __name__, url_prefix="/staff/check-ins/texts")
check_in_texts.before_request(guard)

_EXAMPLE = (Machine(1, 1, "VX-500", "A100231"), Machine(2, 1, "VX-500i", "A103000"))


@check_in_texts.get("/<language>", endpoint="text")
@open_to(*Duty)
def show_text(language: str) -> ResponseReturnValue:
    """The letter in one language, to be edited and as its reader gets it."""
    with house().db.read() as session:
        return _shown(session, language, text_in(session, _known(language)))


@check_in_texts.post("/<language>")
@open_to(Duty.MARKETER)
def write(language: str) -> ResponseReturnValue:
    """Save what was typed, or go back to the built-in words."""
    _known(language)
    subject, body = request.form.get("subject", ""), request.form.get("body", "")
    if request.form.get("wish") == "built-in":
        forget_text(house().db, language, parts.author(), parts.now())
        flash(f"The built-in words are sent in {LANGUAGES[language]} again.")
        return redirect(url_for("check_in_texts.text", language=language), 303)
    try:
        text = read_text(subject, body)
    except Refused as error:
        with house().db.read() as session:
            return _shown(session, language, Text(subject, (body,)), wrong=str(error)), 400
    write_text(house().db, language, text, parts.author(), parts.now())
    flash("Saved. It is sent from the next round on.")
    return redirect(url_for("check_in_texts.text", language=language), 303)


@check_in_texts.get("/<language>/letter", endpoint="letter")
@open_to(*Duty)
def show_letter(language: str) -> ResponseReturnValue:
    """The HTML part alone, for a frame, of what is sent."""
    with house().db.read() as session:
        return letter_alone(_example(text_in(session, _known(language)), language).html)


@check_in_texts.post("/<language>/letter")
@open_to(Duty.MARKETER)
def look(language: str) -> ResponseReturnValue:
    """The same of what is typed and not saved: the form's other button sends it into the frame."""
    try:
        text = read_text(request.form.get("subject", ""), request.form.get("body", ""))
    except Refused as error:
        return letter_alone(f"<!doctype html><title>Not yet</title><p>{escape(str(error))}</p>")
    return letter_alone(_example(text, _known(language)).html)


def _shown(session: Session, language: str, text: Text, *, wrong: str = "") -> str:
    headers.allow(frame_src="'self'")
    return render_template(
        "staff/check_ins/text.html",
        spoken=language,
        languages=LANGUAGES,
        written={row.language for row in session.query(CheckInText)},
        row=session.get(CheckInText, language),
        text=text,
        built_in=built_in(language),
        wrong=wrong,
        letter=_example(text_in(session, language), language),
    )


def _example(text: Text, language: str) -> SetLetter:
    """The letter as somebody with two machines gets it, with links that do nothing to anybody."""
    links, writer = house().links, house().writer
    page, leave = links.check_in(CheckInLink(NOBODY, NOBODY)), leave_everything(links, NOBODY)
    letter = check_in_letter(text, _EXAMPLE, language, vendor=writer.vendor, page=page, leave_link=leave)
    return set_letter(letter.wording, language, letter.values, writer)


def _known(language: str) -> str:
    if language not in LANGUAGES:
        raise NotFound("There is no such language here.")
    return language
