"""The page behind an answer in a goodbye letter: GET shows the answer, its one button gives it on the opt-out page."""

from flask import Response

from newsletter.errors import BadAnswer
from newsletter.optout.answer import TOO_LATE
from newsletter.optout.leaving import leaving
from newsletter.question.asking import asked_of
from newsletter.question.reasons import Reason
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.leave import NO_ANSWER
from newsletter.web.public.page import language, page


@public.get("/leave/<token>/answer/<code>")
def show_answer(token: str, code: str) -> Response:
    """One answer with its button; changes nothing. Raises BadAnswer for what is none."""
    try:
        reason = Reason(code)
    except ValueError as error:
        raise BadAnswer(NO_ANSWER) from error
    link, now = house().links.read_opt_out(token), house().clock()
    with house().db.read() as session:
        state = leaving(session, link, now)
        spoken = language(*state.languages)
        asking = asked_of(session, link.topic_id, link.person_id, spoken, now)
    return page("answer.html", spoken, token=token, state=state, asking=asking, reason=reason, too_late=TOO_LATE)
