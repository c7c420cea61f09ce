"""When we were in touch with accounts: our mails and check-ins, and what colleagues wrote down of theirs."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.contact import About, Contact
from newsletter.audience.person import Affiliation
from newsletter.checkin.check_in import CheckIn
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp, FollowUpStep
from newsletter.followup.outcomes import CONTACTED
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.states import State
from newsletter.staff.user import Duty, Role, User, UserRole


@dataclass(frozen=True, slots=True)
class Talk:
    """A colleague was in touch with an account, and wrote it down."""

    account_id: int
    author: str
    at: datetime
    is_about_renewal: bool


def teams(session: Session) -> Mapping[str, frozenset[Duty]]:
    """Of which teams each colleague is, by address: service, sales or both."""
    query = (
        select(User.email, Role.name)
        .join(UserRole, UserRole.user_id == User.id)
        .join(Role, Role.id == UserRole.role_id)
        .where(Role.name.in_([Duty.SERVICE, Duty.SALES]))
    )
    found = defaultdict[str, set[Duty]](set)
    for email, role in session.execute(query):
        found[email].add(Duty(role))
    return {email: frozenset(duties) for email, duties in found.items()}


def talks(session: Session, account_ids: Sequence[int]) -> list[Talk]:
    """What colleagues wrote down of these accounts, and the work they got done by speaking to them, in no order."""
    calls = select(Contact.account_id, Contact.author, Contact.happened_at, Contact.about == About.RENEWAL)
    is_renewal = FollowUp.cause == Cause.AGREEMENT_ENDING
    work = select(FollowUp.account_id, FollowUpStep.who, FollowUpStep.at, is_renewal).join(FollowUpStep)
    statements = (
        calls.where(Contact.account_id.in_(account_ids)),
        work.where(FollowUp.account_id.in_(account_ids), FollowUpStep.outcome.in_(CONTACTED)),
    )
    rows = (row for statement in statements for row in session.execute(statement))
    return [Talk(*row) for row in rows]


def mailed(session: Session, account_ids: Sequence[int], since: date) -> Mapping[int, set[date]]:
    """The days on which mail of ours reached somebody at these accounts, or a check-in went out."""
    days = defaultdict[int, set[date]](set)
    copies = (
        select(Affiliation.account_id, func.min(Delivery.settled_at))
        .join(Delivery, Delivery.person_id == Affiliation.person_id)
        .where(Affiliation.account_id.in_(account_ids), Delivery.state == State.ACCEPTED)
        .group_by(Affiliation.account_id, Delivery.run_id)
    )
    asked = select(CheckIn.account_id, CheckIn.asked_at).where(CheckIn.account_id.in_(account_ids))
    for query in (copies, asked):
        for account_id, at in session.execute(query):
            if at is not None and at.date() >= since:
                days[account_id].add(at.date())
    return days
