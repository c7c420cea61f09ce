"""A mail to each colleague who asked for it: what waits for them, and what waits for nobody in their inbox.

A row that is due is claimed by moving it to its next time, in the transaction of the letter; the letter's key names the
colleague and the day, so that there is never a second one.
"""

import logging
from collections.abc import Collection
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.db import Database, rows_changed
from newsletter.followup.desk import WorkDigest
from newsletter.followup.inbox import ME, NOBODY, Line, Wanted, how_many, inbox
from newsletter.followup.own_desk import next_slot
from newsletter.followup.rules import Team
from newsletter.links import Links
from newsletter.post.post import post
from newsletter.post.wording import Button, Part, Strong, Text, Wording, Writer
from newsletter.post.wording import Links as Choices
from newsletter.staff.user import Duty, User

KIND = "work_digest"
TOLD = 10
"""So much work is named in one mail."""

_SUBJECT = "Follow-up: {mine} of yours, {free} for anybody"
_WHY = "You get this mail because you asked for it on the page of your inbox."
_log = logging.getLogger(__name__)


def post_due_digests(db: Database, writer: Writer, links: Links, zone: str, now: datetime) -> int:
    """Post what is due; how many letters. Where nothing waits, no letter goes out."""
    with db.read() as session:
        due = session.execute(select(WorkDigest.user_id, WorkDigest.due_at).where(WorkDigest.due_at <= now)).all()
    posted = 0
    for user_id, due_at in due:
        with db.write() as session:
            row = session.get_one(WorkDigest, user_id)
            mine = update(WorkDigest).where(WorkDigest.user_id == user_id, WorkDigest.due_at == due_at)
            if rows_changed(session, mine.values(due_at=next_slot(row, zone, now))):
                posted += _post(session, user_id, (writer, links), now.astimezone(ZoneInfo(zone)).date(), now)
    if posted:
        _log.info("%d colleagues told of their work", posted)
    return posted


def teams_of(duties: Collection[str]) -> tuple[Team, ...]:
    """The inboxes a colleague works in."""
    if Duty.ADMIN in duties:
        return Team.SERVICE, Team.SALES
    return tuple(team for team in (Team.SERVICE, Team.SALES) if team in duties)


def _post(session: Session, user_id: int, means: tuple[Writer, Links], today: date, now: datetime) -> bool:
    writer, links = means
    user = session.get_one(User, user_id)
    teams = teams_of([role.name for role in user.roles])
    if not user.active or not teams:
        return False
    mine = Wanted(owner=ME)
    free = [Wanted(team=team, owner=NOBODY) for team in teams]
    counts = how_many(session, mine, user.email, today), sum(how_many(session, w, user.email, today) for w in free)
    if not any(counts):
        return False
    lines = inbox(session, mine, user.email, today, limit=TOLD)
    for wanted in free:
        lines += inbox(session, wanted, user.email, today, limit=max(0, TOLD - len(lines)))
    wording, values = _wording(lines, today, links)
    return post(
        session,
        key=f"{KIND}:{user_id}:{today.isoformat()}",
        kind=KIND,
        address=user.email,
        person_id=None,
        language="en",
        wording=wording,
        values={**values, "mine": str(counts[0]), "free": str(counts[1])},
        house=writer,
        now=now,
    )


def _wording(lines: Collection[Line], today: date, links: Links) -> tuple[Wording, dict[str, str]]:
    values, choices = {}, []
    late = sum(line.due_on < today for line in lines)
    for number, line in enumerate(lines):
        machine = f", {line.model} {line.serial}" if line.serial else ""
        day = f"{line.due_on.day} {line.due_on:%b}"
        due = f"{'was due' if line.due_on < today else 'due'} {day}"
        values[f"line{number}"] = f"{line.account}{machine}: {line.what} ({due})"
        choices.append((f"{{line{number}}}", links.work(line.id)))
    parts: list[Part] = [Text("{mine} follow-ups are yours, and {free} wait for anybody to take them.")]
    if late:
        parts.append(Strong("{late} of those below were due before today."))
    parts += Choices(tuple(choices)), Button("Open the inbox", links.work())
    return Wording(_SUBJECT, tuple(parts), _WHY), {**values, "late": str(late)}
