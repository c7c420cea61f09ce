"""Asked, answered, unanswered: a pure count by the way they left."""

from datetime import datetime

from sqlalchemy import update

from newsletter.db import Database
from newsletter.links import Links
from newsletter.optout.act import opt_out
from newsletter.optout.answer import Why, answer
from newsletter.optout.opt_out import Way
from newsletter.optout.receipt import Goodbye
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.wording import Writer
from newsletter.question.reasons import Reason
from newsletter.report.asked import Asked, asked_why
from tests import cast
from tests.optout.copies import set_stage


def test_who_says_nothing_is_unanswered_and_who_was_not_asked_is_not(db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        stage = set_stage(session, cast.play(session, now), now)
    goodbye = Goodbye(links, Writer("Acme", "a@acme.example", "b@acme.example", "1 Works Road"))
    opt_out(db, stage.nora, Way.PAGE, now)
    opt_out(db, stage.una, Way.ONE_CLICK, now, goodbye=goodbye)
    opt_out(db, stage.pia, Way.ONE_CLICK, now, goodbye=goodbye)
    opt_out(db, stage.ines, Way.COMPLAINT, now, everything=True)
    answer(db, stage.una, Why(Reason.BACKUP), now, language="en")
    with db.read() as session:
        assert {way: told for way, told in asked_why(session).items() if told.left} == {
            Way.PAGE: Asked(1, 1, 0),
            Way.ONE_CLICK: Asked(2, 2, 1),
            Way.COMPLAINT: Asked(1, 0, 0),
        }
        assert asked_why(session)[Way.ONE_CLICK].unanswered == 1
        assert asked_why(session)[Way.STAFF] == Asked(0, 0, 0)
    with db.write() as session:
        refused = update(PostedLetter).where(PostedLetter.person_id == stage.pia.person_id)
        session.execute(refused.values(state=LetterState.REFUSED))
    with db.read() as session:
        assert asked_why(session)[Way.ONE_CLICK] == Asked(2, 1, 1)
