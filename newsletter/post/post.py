"""Writing down a letter to send. Whoever calls commits; an engine sends it, once."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.db import rows_changed
from newsletter.language import negotiate
from newsletter.post.posted import LetterState, PostedLetter
from newsletter.post.setting import set_letter
from newsletter.post.wording import Wording, Writer

_AT_ONCE = 1_000  # a database takes only so many values in one query


def post(  # noqa: PLR0913 - everything a letter is made of, by name
    session: Session,
    *,
    key: str,
    kind: str,
    address: str,
    person_id: int | None,
    language: str,
    wording: Wording,
    values: Mapping[str, str],
    house: Writer,
    now: datetime,
    due_at: datetime | None = None,
    leave_link: str = "",
    in_reply_to: str = "",
) -> bool:
    """Write down a letter to send once, at `due_at` or at once. False when a letter with that key was posted before.

    `language` is a BCP 47 tag; `values` fill the placeholders of every sentence, beside {vendor}. A letter with a
    `leave_link` says so in its header and is taken back when its reader opts out; one with `in_reply_to` answers a mail
    that came in. Does not commit. Raises BadLetter for a wording that cannot be set.
    """
    spoken = negotiate(language)
    letter = set_letter(wording, spoken, values, house)
    row = {
        "key": key,
        "kind": kind,
        "address": address,
        "person_id": person_id,
        "language": spoken,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "leave_link": leave_link,
        "in_reply_to": in_reply_to,
        "posted_at": now,
        "due_at": due_at or now,
        "state": LetterState.WAITING,
        "engine": "",
        "tried": 0,
        "outcome": "",
    }
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    posted = insert(PostedLetter).values(row).on_conflict_do_nothing().returning(PostedLetter.id)
    return session.scalar(posted) is not None


def take_back(session: Session, person_id: int, now: datetime) -> int:
    """Keep the letters somebody could opt out from, and that still wait, from leaving; how many there were.

    One that is just being tried is not tried again (`due.put_off`).
    """
    return take_back_all(session, [person_id], now)


def take_back_all(session: Session, person_ids: Sequence[int], now: datetime) -> int:
    """The same for many at once."""
    settled, wiped = {"state": LetterState.TAKEN_BACK, "settled_at": now}, {"text": "", "html": ""}
    count = 0
    for first in range(0, len(person_ids), _AT_ONCE):
        theirs = PostedLetter.person_id.in_(person_ids[first : first + _AT_ONCE]), PostedLetter.leave_link != ""
        waiting = update(PostedLetter).where(*theirs, PostedLetter.state == LetterState.WAITING)
        count += rows_changed(session, waiting.values(settled | wiped))
        session.execute(update(PostedLetter).where(*theirs, PostedLetter.state == LetterState.TRYING).values(wiped))
    return count


def last_posted(session: Session, person_id: int, kind: str) -> datetime | None:
    """When somebody was last written a letter of a kind, sent or not."""
    posted = select(PostedLetter.posted_at).where(PostedLetter.person_id == person_id, PostedLetter.kind == kind)
    return session.scalar(posted.order_by(PostedLetter.posted_at.desc()).limit(1))
