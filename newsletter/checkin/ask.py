"""Starting a round: the accounts somebody chose are asked, each through one person, if that still holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.person import Affiliation, Person
from newsletter.checkin.check_in import CheckIn, CheckInRound
from newsletter.checkin.choose import Candidate
from newsletter.checkin.compose import check_in_letter, leave_everything
from newsletter.checkin.rule import Rule, rule_in_force
from newsletter.checkin.silent import SilentAccount, silent_among
from newsletter.checkin.wording import text_in
from newsletter.db import Database
from newsletter.errors import Conflict, Refused
from newsletter.language import negotiate
from newsletter.ledger.concerned import hold_accounts
from newsletter.links import CheckInLink, Links
from newsletter.post.post import post
from newsletter.post.wording import Writer
from newsletter.staff.audit import AuditEntry

KIND = "check-in"
LARGEST_ROUND = 200  # each letter is set in the transaction, which must not last


@dataclass(frozen=True, slots=True)
class Mailroom:
    """What a letter is made with."""

    links: Links
    writer: Writer


@dataclass(frozen=True, slots=True)
class Started:
    """The round, and how many of the accounts chosen were asked."""

    round_id: int
    asked: int


def start_round(db: Database, account_ids: Collection[int], mailroom: Mailroom, author: str, now: datetime) -> Started:
    """Ask these accounts. One that has given a sign since, or was asked, or has nobody to ask, is passed over.

    Raises Refused for none or too many, Conflict where all were passed over.
    """
    if not account_ids:
        raise Refused("No account was chosen.", hint="Tick those to be asked.")
    if len(account_ids) > LARGEST_ROUND:
        raise Refused(f"At most {LARGEST_ROUND} accounts can be asked at once.", hint="Ask the others afterwards.")
    with db.write() as session:
        _hold(session, account_ids)
        rule = rule_in_force(session)
        round_ = CheckInRound(
            author=author, started_at=now, silent_months=rule.silent_months, period_months=rule.period_months
        )
        session.add(round_)
        session.flush()
        asked = _ask(session, round_, silent_among(session, account_ids, rule, now), mailroom)
        if not asked:
            raise Conflict("None of them can be asked any more.", hint="They answered, were asked, or left meanwhile.")
        audited = AuditEntry(at=now, who=author, act="start check-in round", subject=f"{round_.id}: {asked} accounts")
        session.add(audited)
    return Started(round_.id, asked)


def _hold(session: Session, account_ids: Collection[int]) -> None:
    """Let nobody else ask these accounts or their people, or leave by them, until the transaction ends.

    People before accounts, as an opt-out takes them, so that nobody waits in a circle.
    """
    people = select(Affiliation.person_id).where(Affiliation.account_id.in_(account_ids))
    held = select(Person.id).where(Person.id.in_(people)).order_by(Person.id)
    session.execute(held.with_for_update(key_share=True)).all()
    hold_accounts(session, account_ids)


def _ask(session: Session, round_: CheckInRound, accounts: Sequence[SilentAccount], mailroom: Mailroom) -> int:
    """Ask each account in turn, first those that have only one to ask; how many were asked."""
    rule = Rule(round_.silent_months, round_.period_months)
    asked: set[int] = set()
    for account in sorted(accounts, key=lambda account: account.choice.free):
        found = account
        if account.choice.chosen and account.choice.chosen.person_id in asked:
            # Somebody who stands at two accounts is asked about one; the other may have somebody else.
            found = silent_among(session, [account.account_id], rule, round_.started_at)[0]
        if found.choice.chosen and found.machines:
            asked.add(found.choice.chosen.person_id)
            _post(session, round_, found, found.choice.chosen, mailroom)
    return len(asked)


def _post(
    session: Session, round_: CheckInRound, account: SilentAccount, person: Candidate, mailroom: Mailroom
) -> None:
    now, links = round_.started_at, mailroom.links
    check_in = CheckIn(
        round_id=round_.id,
        account_id=account.account_id,
        person_id=person.person_id,
        units=",".join(str(machine.unit_id) for machine in account.machines),
        because=account.choice.because,
        asked_at=now,
    )
    session.add(check_in)
    session.flush()
    language = negotiate(person.language, account.language)
    letter = check_in_letter(
        text_in(session, language),
        account.machines,
        language,
        vendor=mailroom.writer.vendor,
        page=links.check_in(CheckInLink(person.person_id, check_in.id)),
        leave_link=leave_everything(links, person.person_id),
    )
    post(
        session,
        key=check_in.letter_key,
        kind=KIND,
        address=person.address,
        person_id=person.person_id,
        language=language,
        wording=letter.wording,
        values=letter.values,
        house=mailroom.writer,
        now=now,
        leave_link=letter.leave_link,
    )
