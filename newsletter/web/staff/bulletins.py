"""Reading bulletins: which there are, and one of them as its readers will see it."""

from flask import Blueprint, Flask, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.bulletin.source import read_source
from newsletter.bulletin.variant import B
from newsletter.bulletin.write import topic_of
from newsletter.ledger.preview import preview
from newsletter.report.bulletins import bulletins as listed_bulletins
from newsletter.report.concerned_machines import concerned_machines
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.letter_alone import letter_alone
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff import results, why_page
from newsletter.web.staff.approving import approving
from newsletter.web.staff.archive import archive
from newsletter.web.staff.bulletin_page import bulletin_page
from newsletter.web.staff.deciding import deciding
from newsletter.web.staff.editor_drafts import editor_drafts
from newsletter.web.staff.editor_preview import editor_preview
from newsletter.web.staff.files import files
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.past import past
from newsletter.web.staff.pictures import pictures
from newsletter.web.staff.preflight import preflight
from newsletter.web.staff.reminding import reminding
from newsletter.web.staff.sending import sending
from newsletter.web.staff.snippets import snippets
from newsletter.web.staff.steering import steering
from newsletter.web.staff.watching import watching
from newsletter.web.staff.writing import writing

bulletins = Blueprint("bulletins", __name__, url_prefix="/staff/bulletins")
bulletins.before_request(guard)

PAGE = 25


def install(app: Flask) -> None:
    """Put the pages of bulletins and runs into an application with a staff door."""
    parts.install(app)
    results.install(app)
    why_page.install(app)
    for pages in (bulletins, writing, sending, watching, steering, deciding, archive, reminding, preflight, approving):
        app.register_blueprint(pages)
    for desk_pages in (editor_preview, editor_drafts, past, snippets, pictures, files):
        app.register_blueprint(desk_pages)


@bulletins.get("", endpoint="listed")
@open_to(*Duty)
def show_list() -> ResponseReturnValue:
    """The bulletins, newest first, a page at a time."""
    before = parts.id_from(request.args.get("before")) or None
    with house().db.read() as session:
        listed = listed_bulletins(session, limit=PAGE + 1, before_id=before)
    return render_template(
        "staff/bulletins/list.html", listed=listed[:PAGE], has_more=len(listed) > PAGE, before=before
    )


@bulletins.get("/<number>", endpoint="bulletin")
@open_to(*Duty)
def show_bulletin(number: str) -> ResponseReturnValue:
    """One bulletin: as somebody gets it, who gets it, who does not and why."""
    return bulletin_page(number)


@bulletins.get("/<number>/machines", endpoint="machines")
@open_to(*Duty)
def show_machines(number: str) -> ResponseReturnValue:
    """The machines a bulletin is about, first those of which nobody hears."""
    with house().db.read() as session:
        version = parts.version_of(session, number)
        source = read_source(version.source)
        topic = topic_of(session, source)
        audience = parts.desk().audience(session, source, topic, version.bulletin_id, parts.now())
        machines = concerned_machines(session, audience)
    return render_template(
        "staff/bulletins/machines.html",
        number=number,
        title=version.title,
        machines=machines,
        has_models=audience.names_machines,
    )


@bulletins.get("/<number>/letter", endpoint="letter")
@open_to(*Duty)
def show_letter(number: str) -> ResponseReturnValue:
    """The HTML part alone, for a frame."""
    with house().db.read() as session:
        version = parts.version_of(session, number)
        variant = B if request.args.get("variant") == B else ""
        source = read_source(version.source, variant)
        topic = topic_of(session, source)
        audience = parts.desk().audience(session, source, topic, version.bulletin_id, parts.now())
        person_id = parts.id_from(request.args.get("reader"))
        press = parts.desk().press(source, topic, "preview", version.frozen_at)
        letter = preview(session, press, audience, person_id, parts.now())
    return letter_alone(letter.html)
