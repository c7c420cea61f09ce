"""Opening work for what was heard: a step of the transaction of the evidence, in a few look-ups by index."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.bounce import Unreachable
from newsletter.audience.consent import MAY_WRITE, Subscription
from newsletter.audience.person import Affiliation, Person
from newsletter.audience.preferences import Preference
from newsletter.audience.suppression import Suppression
from newsletter.followup.causes import Cause, cause_of
from newsletter.followup.follow_up import Act, FollowUp, FollowUpStep, State, key_of
from newsletter.followup.in_force import rules_in_force
from newsletter.followup.outcomes import Outcome
from newsletter.followup.rules import Rule, Situation, Team, decide, due_on

OUR_OWN = "follow-up"
"""The source of what was learned by work: it opens none, because whoever learned it is at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One piece of evidence as far as it may open work. `supersedes_id` is the piece it takes back."""

    evidence_id: int | None
    supersedes_id: int | None
    account_id: int
    unit_id: int | None
    person_id: int | None
    cause: Cause | None


def open_work(session: Session, heard: Heard, now: datetime) -> int | None:
    """The id of the work it opens; None where it opens none. Work for what it takes back, begun by nobody, ends.

    The caller holds the account. Does not commit.
    """
    rule = _rule_for(session, heard, now)
    again = heard.supersedes_id is not None and _let_go(session, heard.supersedes_id, rule, now)
    if rule is None or rule.team is Team.NOBODY or again:
        return None
    return _insert(session, heard, rule, now)


def listens_to(kind: str, says: str | None, detail: str, source: str) -> Cause | None:
    """What a piece of evidence may open work for, by its codes."""
    return None if source == OUR_OWN else cause_of(kind, says, detail)


def asked_for_no_contact(session: Session, person_id: int | None) -> bool:
    """Whether somebody wishes that nobody calls or writes to them about what they told us."""
    preference = session.get(Preference, person_id) if person_id else None
    return preference is not None and preference.no_contact_since is not None


def _rule_for(session: Session, heard: Heard, now: datetime) -> Rule | None:
    if heard.cause is None or asked_for_no_contact(session, heard.person_id):
        return None
    if heard.cause is Cause.LAST_BOUNCE and _somebody_is_reached(session, heard.account_id):
        return None
    return decide(rules_in_force(session), situation_of(session, heard, now.date()))


def situation_of(session: Session, heard: Heard, today: date) -> Situation:
    """What the rules may ask about: of the machine that was named, or of all that stand there."""
    here = Unit.account_id == heard.account_id if heard.unit_id is None else Unit.id == heard.unit_id
    models = session.scalars(select(Product.model).join(Unit, Unit.product_id == Product.id).where(here).distinct())
    runs = select(Agreement.id).join(Unit, Unit.id == Agreement.unit_id).where(here, Agreement.until >= today).limit(1)
    tier = session.scalar(select(Account.tier).where(Account.id == heard.account_id)) or ""
    assert heard.cause is not None  # noqa: S101 - for mypy
    return Situation(heard.cause, frozenset(models), session.scalar(runs) is not None, tier)


def _somebody_is_reached(session: Session, account_id: int) -> bool:
    never = select(Suppression.id).where(Suppression.address_key == Person.address_key, Suppression.lifted_at.is_(None))
    lost = select(Unreachable.person_id).where(
        Unreachable.person_id == Person.id,
        Unreachable.address_key == Person.address_key,
        Unreachable.lifted_at.is_(None),
    )
    agreed = select(Subscription.person_id).where(
        Subscription.person_id == Person.id, Subscription.state.in_(MAY_WRITE)
    )
    people = select(Person.id).join(Affiliation, Affiliation.person_id == Person.id)
    people = people.where(Affiliation.account_id == account_id, agreed.exists(), ~never.exists(), ~lost.exists())
    return session.scalar(people.limit(1)) is not None


def _let_go(session: Session, evidence_id: int, rule: Rule | None, now: datetime) -> bool:
    """End what the evidence opened that was taken back; whether it had opened work by the same rule."""
    # A colleague may be taking it at this moment.
    opened = select(FollowUp).where(FollowUp.evidence_id == evidence_id).order_by(FollowUp.id)
    rows = session.scalars(opened.with_for_update()).all()
    for row in rows:
        if row.state == State.OPEN and (rule is None or row.rule != rule.key):
            end(session, row, Outcome.TAKEN_BACK, "their later answer", now)
    return rule is not None and any(row.rule == rule.key for row in rows)


def end(session: Session, row: FollowUp, outcome: Outcome, who: str, now: datetime) -> None:
    """Close work that nobody has to do any more. Does not commit."""
    row.state, row.outcome, row.closed_at, row.open_key = State.CLOSED, outcome, now, None
    session.add(FollowUpStep(follow_up_id=row.id, act=Act.CLOSED, who=who, at=now, outcome=outcome))
    session.flush()


def _insert(session: Session, heard: Heard, rule: Rule, now: datetime) -> int | None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {
        "open_key": key_of(rule.key, heard.account_id, heard.unit_id),
        "rule": rule.key,
        "rule_version": rule.version,
        "cause": heard.cause,
        "account_id": heard.account_id,
        "unit_id": heard.unit_id,
        "person_id": heard.person_id,
        "evidence_id": heard.evidence_id,
        "team": rule.team,
        "what": rule.what,
        "due_on": due_on(now.date(), rule.due_in_days),
        "owner": "",
        "state": State.OPEN,
        "outcome": "",
        "found": "",
        "note": "",
        "opened_at": now,
    }
    opened = session.scalar(insert(FollowUp).values(row).on_conflict_do_nothing().returning(FollowUp.id))
    if opened is not None:
        by = f"rule {rule.key}" + (f", version {rule.version}" if rule.version else "")
        session.add(FollowUpStep(follow_up_id=opened, act=Act.OPENED, who=by, at=now, what=rule.what))
        session.flush()
    return opened
