"""An answer to a mail of ours: a person wrote back, or a program says that its owner has left the firm.

Of what somebody wrote, the subject is kept and the text is not: it was written to a colleague, who has it.
"""

import re
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.audience.unreachable import lift_unreachable
from newsletter.bounce.report import Report
from newsletter.db import Database
from newsletter.domain import domain_of
from newsletter.inbound.noting import Mail, note_about
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.run import Run
from newsletter.post.posted import PostedLetter
from newsletter.signal.kinds import Kind

LEFT_THE_FIRM = "left_firm"
_OURS = re.compile(r"<(?:letter(?P<letter>\d{1,18})\.(?P<at>\d{1,12})|(?P<seed>[0-9A-Za-z_-]+)\.(?P<copy>\d{1,18}))@")

_MADE_BY_US = re.compile(r"<(?:letter\d+\.\d{10}|[0-9a-f]{16}\.\d+)@")  # a colleague's mail may have the same domain


def answered(db: Database, mail: Mail, report: Report, now: datetime) -> None:
    """Note what an answer to this mail tells; away for a while tells nothing. Again changes nothing."""
    if report.is_automatic and not report.says_they_left:
        return
    with db.write() as session:
        held = select(Person.id).where(Person.id == mail.person_id).with_for_update(key_share=True)
        if session.scalar(held) is None:
            return
        if report.says_they_left:
            # Whatever the program answers next, they have left once.
            key = f"left:{mail.person_id}"
            note_about(session, mail, Kind.CONTACT_LEFT, LEFT_THE_FIRM, key, now)
            return
        note_about(session, mail, Kind.REPLY, "", f"reply:{_name(mail, report)}", now, subject=report.subject)
        lift_unreachable(session, mail.person_id, "they wrote back", now)


def mail_of(db: Database, sent_id: int, *, is_letter: bool) -> Mail | None:
    """Whose mail a copy or a letter was; None where it was nobody's, or is gone."""
    with db.read() as session:
        if is_letter:
            letter = session.get(PostedLetter, sent_id)
            return Mail(letter.person_id, None) if letter and letter.person_id else None
        copy = session.get(Delivery, sent_id)
        return Mail(copy.person_id, copy.id) if copy and copy.person_id else None


def mail_answered(db: Database, report: Report, domain: str) -> Mail | None:
    """Which of our mails an answer names by its Message-ID, if it comes from the domain that the mail went to.

    The name alone is no proof: who has one mail of a run can count on to the others'.
    """
    with db.read() as session:
        for named in report.answers:
            found = _OURS.match(named)
            if found and named.lower().endswith(f"@{domain.lower()}>") and report.sender:
                mail, address = _mail(session, found)
                if mail and domain_of(address) == domain_of(report.sender):
                    return mail
    return None


def is_ours(message_id: str, domain: str) -> bool:
    """Whether a mail is one of our own that has come round."""
    return _MADE_BY_US.match(message_id) is not None and message_id.lower().endswith(f"@{domain.lower()}>")


def _mail(session: Session, found: re.Match[str]) -> tuple[Mail | None, str]:
    if found["letter"]:
        letter = session.get(PostedLetter, int(found["letter"]))
        if letter and letter.person_id and int(letter.posted_at.timestamp()) == int(found["at"]):
            return Mail(letter.person_id, None), letter.address
        return None, ""
    row = session.execute(
        select(Delivery.person_id, Delivery.id, Delivery.address)
        .join(Run, Run.id == Delivery.run_id)
        .where(Delivery.id == int(found["copy"]), Run.seed == found["seed"], Delivery.person_id.is_not(None))
    ).first()
    return (Mail(row.person_id, row.id), row.address) if row else (None, "")


def _name(mail: Mail, report: Report) -> str:
    """The same mail brought twice has the same name; one without a Message-ID counts once a copy and subject."""
    words = report.message_id or f"{mail.delivery_id} {report.subject}"
    return f"{mail.person_id}.{sha256(words.encode('utf-8', 'replace')).hexdigest()[:24]}"
