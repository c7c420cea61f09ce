"""The last bulletin and the last letter that went to each person at an account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.ledger.delivery import Delivery
from newsletter.post.posted import PostedLetter
from newsletter.report.entries import COPY, COPY_AT, copies_of, copy_from
from newsletter.report.letters import WORDS


@dataclass(frozen=True, slots=True)
class LastMail:
    """What went to somebody last, and what became of it."""

    what: str
    outcome: str
    at: datetime


def last_mails(session: Session, person_ids: Sequence[int]) -> Mapping[int, tuple[LastMail, ...]]:
    """By person: the newest copy, the newest letter, or both, the later first."""
    found: dict[int, list[LastMail]] = {id_: [] for id_ in person_ids}
    ids = select(func.max(Delivery.id)).where(Delivery.person_id.in_(person_ids)).group_by(Delivery.person_id)
    for at, *row in session.execute(copies_of(select(COPY_AT, *COPY)).where(Delivery.id.in_(ids))):
        copy = copy_from(at, row)
        found[copy.person_id].append(LastMail(copy.number, copy.outcome, at))
    ids = select(func.max(PostedLetter.id)).where(PostedLetter.person_id.in_(person_ids))
    for letter in session.scalars(
        select(PostedLetter).where(PostedLetter.id.in_(ids.group_by(PostedLetter.person_id)))
    ):
        mail = LastMail(f"letter “{letter.subject}”", WORDS[letter.state], letter.posted_at)
        found[letter.person_id or 0].append(mail)
    return {id_: tuple(sorted(mails, key=lambda mail: mail.at, reverse=True)) for id_, mails in found.items()}
