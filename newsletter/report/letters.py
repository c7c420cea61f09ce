"""Letters that are no bulletin and did not simply arrive: put off, refused, given up or in doubt."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from newsletter.post.posted import LetterState, PostedLetter

SHOWN = timedelta(days=30)
MOST = 200

WORDS: dict[str, str] = {
    LetterState.WAITING: "waits for another try",
    LetterState.TRYING: "is being sent",
    LetterState.SENT: "sent",
    LetterState.REFUSED: "refused",
    LetterState.GIVEN_UP: "given up after three days of tries",
    LetterState.TAKEN_BACK: "not sent, because they left before",
    LetterState.IN_DOUBT: "may have been sent; it is not sent again",
}

_TROUBLED = (LetterState.REFUSED, LetterState.GIVEN_UP, LetterState.IN_DOUBT)


def troubled_letters(session: Session, now: datetime) -> Sequence[PostedLetter]:
    """Those of the last 30 days, newest first, at most 200."""
    waits_again = (PostedLetter.state == LetterState.WAITING) & (PostedLetter.tried > 0)
    recent = PostedLetter.posted_at >= now - SHOWN
    query = select(PostedLetter).where(recent, or_(PostedLetter.state.in_(_TROUBLED), waits_again))
    return session.scalars(query.order_by(PostedLetter.id.desc()).limit(MOST)).all()
