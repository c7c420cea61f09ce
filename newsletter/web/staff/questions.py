"""The question as content: which versions there are, where each is asked, and what one of them says."""

from flask import Blueprint, Flask, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import Conflict, Refused
from newsletter.language import LANGUAGES, direction
from newsletter.question.force import put_in_force
from newsletter.question.reasons import Question, Reason
from newsletter.question.staff_words import in_english
from newsletter.question.version import Wording
from newsletter.question.versions import difference, in_catalogue
from newsletter.question.versions import version as version_of
from newsletter.question.wording import LINES, line_of
from newsletter.report.experiments import trials
from newsletter.report.wording import REASONS
from newsletter.report.wordings import places, reasons_given, versions
from newsletter.staff.user import Duty
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.question_experiments import question_experiments
from newsletter.web.staff.question_writing import question_writing

questions = Blueprint("questions", __name__, url_prefix="/staff/questions")
questions.before_request(guard)


def install(app: Flask) -> None:
    """Put the pages of the question into an application with a staff door."""
    app.jinja_env.filters.update(line=in_english)
    for pages in (questions, question_writing, question_experiments):
        app.register_blueprint(pages)


@questions.get("", endpoint="listed")
@open_to(*Duty)
def show_list(conflict: str = "", status: int = 200) -> ResponseReturnValue:
    """The versions, where each is asked, and what was tried."""
    with house().db.read() as session:
        listed = versions(session)
        shown = {"places": places(session), "trials": trials(session), "given": reasons_given(session)}
    return render_template(
        "staff/questions/list.html",
        versions=listed,
        names={version.number: version.name for version in listed},
        reasons=REASONS,
        all_reasons=tuple(Reason),
        conflict=conflict,
        **shown,
    ), status


@questions.get(f"/<int(max={parts.LARGEST_ID}):number>", endpoint="version")
@open_to(*Duty)
def show_version(number: int) -> ResponseReturnValue:
    """One version in one language, as readers see it, and what it made of the one before."""
    language = request.args.get("language", "en")
    language = language if language in LANGUAGES else "en"
    with house().db.read() as session:
        version, row = version_of(session, number), session.get(Wording, number)
        listed = next(listed for listed in versions(session) if listed.number == number)
        change = difference(version_of(session, row.base), version) if row else None
        where = places(session)
    headers.allow(frame_src="'self'")
    return render_template(
        "staff/questions/version.html",
        version=version,
        listed=listed,
        change=change,
        places=where,
        language=language,
        direction=direction(language),
        languages=LANGUAGES,
        ours=in_catalogue(language),
        lines=LINES,
        off=[code for code in Reason if code not in version.reasons],
        line_of=lambda code: line_of(Question.WHY, code),
    )


@questions.post("/in-force")
@open_to(Duty.MARKETER)
def choose() -> ResponseReturnValue:
    """Ask readers in another version from now on."""
    number, topic = request.form.get("number", ""), request.form.get("topic", "")
    topic_id = None if topic == "all" else parts.id_from(topic)
    try:
        put_in_force(
            house().db, parts.id_from(number) if number else None, topic_id, by=parts.author(), now=parts.now()
        )
    except (Conflict, Refused) as error:
        return show_list(conflict=str(error), status=409)
    flash(f"Readers are asked in version {number} from now on." if number else "The topic follows all topics again.")
    return redirect(url_for("questions.listed"), 303)
