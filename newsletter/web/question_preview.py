"""The page after leaving as a reader would see it in one version: for a frame on a staff page, with dead buttons."""

from flask import Blueprint, Flask, Response

from newsletter.language import LANGUAGES
from newsletter.optout.answer import CHANGEABLE
from newsletter.optout.leaving import Asked, Leaving
from newsletter.question.asking import put
from newsletter.question.said import Said
from newsletter.question.versions import version
from newsletter.staff.user import Duty
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.public.page import language, page
from newsletter.web.staff.guard import guard, open_to

preview = Blueprint("question_preview", __name__, url_prefix="/staff/questions")
preview.before_request(guard)

_LARGEST = 2**63 - 1


def install(app: Flask) -> None:
    """Put the preview into an application with a public and a staff door, which do not know each other."""
    app.register_blueprint(preview)


@preview.get(f"/<int(max={_LARGEST}):number>/preview")
@open_to(*Duty)
def show(number: int) -> Response:
    """The page; nobody has left, and its forms lead nowhere."""
    spoken = language(*LANGUAGES)
    with house().db.read() as session:
        asking = put(version(session, number), spoken)
    answer = page("left.html", spoken, state=_somebody(), asking=asking, given=asking, typed=None, preferences="")
    headers.allow(form_action="'none'", frame_ancestors="'self'", sandbox="")
    return answer


def _somebody() -> Leaving:
    asked = Asked(Said(), (), (), house().clock() + CHANGEABLE, is_changeable=True)
    return Leaving(
        address="n•••@firm.example",
        topic="",
        languages=(),
        has_left=True,
        has_left_everything=False,
        asked=asked,
        undo_mark=0,
        offers=(),
        pauses={},
        no_contact=False,
    )
