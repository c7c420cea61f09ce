"""What a mail that came in is evidence of: of its writer and their accounts, never of a machine."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.ledger.concerned import concerned, hold_accounts
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note

SOURCE = "incoming mail"


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail of ours that is answered: whose it was, and which copy, where it was one."""

    person_id: int
    delivery_id: int | None


def note_about(
    session: Session, mail: Mail, kind: Kind, detail: str, key: str, now: datetime, *, subject: str = ""
) -> None:
    """Note it at each account that the mail was about. The same key again changes nothing. Does not commit."""
    about = concerned(session, mail.person_id, mail.delivery_id)
    hold_accounts(session, about.account_ids)
    for account_id in about.account_ids:
        observation = Observation(
            key=f"{key}:{account_id}",
            account_id=account_id,
            unit_id=None,
            person_id=mail.person_id,
            kind=kind,
            says=None,
            detail=detail,
            observed_at=now,
            source=SOURCE,
            bulletin_number=about.bulletin_number,
            delivery_id=mail.delivery_id,
            note=subject,
        )
        note(session, observation, now)
