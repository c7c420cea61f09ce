"""The letters that are due, and what became of them. A letter is taken by one engine and goes on the wire once."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Update, and_, case, or_, select, update
from sqlalchemy.orm import Session

from newsletter.db import rows_changed
from newsletter.post.posted import LetterState, PostedLetter

LEASE = timedelta(minutes=30)  # a relay may take ten minutes for the last dot alone (RFC 5321 section 4.5.3.2)
LEFT_BEHIND = "The engine that had this letter is gone; it may have been sent."

_GIVE_UP_AFTER = timedelta(days=3)
_LOOKS_AGAIN = timedelta(minutes=15)  # a colleague may end a pause at any time
_FIRST, _LONGEST = timedelta(minutes=1), timedelta(hours=4)


def has_due(session: Session, now: datetime) -> bool:
    """Whether a letter waits to be sent, or to be told lost."""
    return session.scalar(select(PostedLetter.id).where(or_(_is_due(now), _is_left_behind(now))).limit(1)) is not None


def take_due(session: Session, engine: str, now: datetime) -> PostedLetter | None:
    """A letter that is due and that nobody has, now this engine's; those that were left behind are put in doubt."""
    session.execute(_lost(update(PostedLetter).where(_is_left_behind(now)), now))
    due = select(PostedLetter.id).where(_is_due(now)).order_by(PostedLetter.due_at, PostedLetter.id).limit(4)
    for letter_id in session.scalars(due).all():
        mine = update(PostedLetter).where(PostedLetter.id == letter_id, PostedLetter.state == LetterState.WAITING)
        taken = {"state": LetterState.TRYING, "engine": engine, "taken_at": now, "tried": PostedLetter.tried + 1}
        if rows_changed(session, mine.values(taken)):
            return session.get_one(PostedLetter, letter_id, populate_existing=True)
    return None


def next_try(tried: int, now: datetime) -> datetime | None:
    """When a letter that was put off `tried` times (from 1) is tried again; None when it is time to give up."""
    pauses = [min(_FIRST * 2**number, _LONGEST) for number in range(min(tried, 100))]
    return now + pauses[-1] if sum(pauses, timedelta()) <= _GIVE_UP_AFTER else None


def put_off(session: Session, letter: PostedLetter, words: str, now: datetime) -> None:
    """Note that the server said "later", or that nothing was said to it.

    A letter whose text is gone is not tried again: its reader left meanwhile, or it was given up for lost.
    """
    end = case((PostedLetter.state == LetterState.TRYING, LetterState.TAKEN_BACK), else_=LetterState.GIVEN_UP)
    ended = {"state": end, "outcome": words, "settled_at": now}
    if rows_changed(session, _in_hand(letter).where(PostedLetter.text == "").values(ended)):
        return
    due_at = next_try(letter.tried, now)
    if due_at is None:
        settle(session, letter, LetterState.GIVEN_UP, words, now)
        return
    session.execute(_in_hand(letter).values(state=LetterState.WAITING, due_at=due_at, outcome=words))


def hold_back(session: Session, letter: PostedLetter, until: datetime | None, words: str, now: datetime) -> None:
    """Note that a letter was not tried, because nothing goes to its domain until a time, or until somebody says so."""
    due_at = min(until or now + _LOOKS_AGAIN, now + _LOOKS_AGAIN)
    waits = {"state": LetterState.WAITING, "due_at": due_at, "outcome": words, "tried": PostedLetter.tried - 1}
    session.execute(_in_hand(letter).values(waits))


def settle(session: Session, letter: PostedLetter, state: LetterState, words: str, now: datetime) -> None:
    """Note how it ended, and forget what it said, which is the reader's."""
    session.execute(_in_hand(letter).values(state=state, outcome=words, settled_at=now, text="", html=""))


def leave_behind(session: Session, engine: str, now: datetime) -> None:
    """Put in doubt what an engine that died had in hand."""
    theirs = update(PostedLetter).where(PostedLetter.engine == engine, PostedLetter.state == LetterState.TRYING)
    session.execute(_lost(theirs, now))


def _lost(letters: Update, now: datetime) -> Update:
    return letters.values(state=LetterState.IN_DOUBT, outcome=LEFT_BEHIND, settled_at=now, text="", html="")


def _in_hand(letter: PostedLetter) -> Update:
    # An engine that was slow, and taken for dead, knows better than whoever said so.
    mine = PostedLetter.state.in_((LetterState.TRYING, LetterState.IN_DOUBT))
    return update(PostedLetter).where(PostedLetter.id == letter.id, PostedLetter.engine == letter.engine, mine)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(PostedLetter.state == LetterState.WAITING, PostedLetter.due_at <= now)


def _is_left_behind(now: datetime) -> ColumnElement[bool]:
    return and_(PostedLetter.state == LetterState.TRYING, PostedLetter.taken_at < now - LEASE)
