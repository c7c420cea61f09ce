"""Writing the question: a version nobody saw is changed, any other is the base of a new one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.errors import BadWording, Conflict, NotFound
from newsletter.language import LANGUAGES, direction
from newsletter.question.reasons import Fate, Question, UnitAnswer
from newsletter.question.version import Wording
from newsletter.question.versions import Version, version
from newsletter.question.wording import line_of
from newsletter.question.write import rewrite, write_next
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.question_form import Typed

question_writing = Blueprint(
    "question_writing", __name__, url_prefix=f"/staff/questions/<int(max={parts.LARGEST_ID}):number>"
)
question_writing.before_request(guard)

_FOLLOW_UP = (
    "fate",
    *(line_of(Question.FATE, code) for code in Fate),
    "machine",
    "machines",
    *(line_of(Question.MACHINE, code) for code in UnitAnswer),
)


@question_writing.get("/write")
@open_to(Duty.MARKETER)
def write(number: int) -> ResponseReturnValue:
    """The form, in one language."""
    language = request.args.get("language", "en")
    base, row = _found(number)
    name = row.name if row else "" if base.name == "Built-in" else base.name
    seen = str(row.revision) if row and row.frozen_at is None else ""
    if language not in LANGUAGES:
        raise NotFound("That is none of the languages of our readers.")
    return _form(number, Typed.filled(base, language, name=name, seen=seen))


@question_writing.post("/write")
@open_to(Duty.MARKETER)
def save(number: int) -> ResponseReturnValue:
    """Keep what was typed, as this version or as the next one."""
    typed = Typed.of(request.form, request.form.getlist("on"))
    if typed.language not in LANGUAGES:
        raise NotFound("That is none of the languages of our readers.")
    try:
        kept = _kept(number, typed)
    except BadWording as error:
        return _form(number, typed, wrong=error, status=400)
    except Conflict as error:
        return _form(number, typed, conflict=str(error), status=409)
    flash(f"Version {kept} is saved. Nobody is asked in it until you put it in force.")
    return redirect(url_for("questions.version", number=kept, language=typed.language), 303)


def _kept(number: int, typed: Typed) -> int:
    draft, author, now = typed.draft(_found(number)[0]), parts.author(), parts.now()
    if not typed.seen:
        return write_next(house().db, number, draft, author=author, now=now)
    rewrite(house().db, number, draft, seen=parts.id_from(typed.seen), author=author, now=now)
    return number


def _form(
    number: int, typed: Typed, *, wrong: BadWording | None = None, conflict: str = "", status: int = 200
) -> ResponseReturnValue:
    base, row = _found(number)
    # After a conflict the form holds the new mark, so that saving again is a choice made knowingly.
    newest = str(row.revision) if row and row.frozen_at is None else ""
    seen = newest if conflict else typed.seen
    return render_template(
        "staff/questions/write.html",
        number=number,
        base=base,
        typed=typed,
        seen=seen,
        is_new=not seen,
        wrong=wrong,
        conflict=conflict,
        direction=direction(typed.language),
        languages=LANGUAGES,
        first=typed.fields("why", "intro"),
        choices=typed.choices(),
        follow_up=typed.fields(*_FOLLOW_UP),
    ), status


def _found(number: int) -> tuple[Version, Wording | None]:
    with house().db.read() as session:
        return version(session, number), session.get(Wording, number)
