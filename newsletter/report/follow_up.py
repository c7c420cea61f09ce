"""One follow-up in full: why it is there, what we think of the machine and why, whom to speak to, what was done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.in_touch import InTouch, in_touch
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Person
from newsletter.checkin.check_in import CheckIn
from newsletter.errors import NotFound
from newsletter.followup.built_in import BUILT_IN
from newsletter.followup.follow_up import FollowUp, FollowUpStep
from newsletter.followup.rule_version import RuleVersion
from newsletter.optout.opt_out import OptOut
from newsletter.question.answer import Answer
from newsletter.report.evidence import Card, Names, Testimony
from newsletter.report.needs import contacts_of, spoken, spoken_at_work
from newsletter.report.open_work import OpenWork, open_work
from newsletter.report.people import PersonThere, people_at
from newsletter.signal.evidence import Evidence
from newsletter.signal.note import standing_evidence, verdicts_of


@dataclass(frozen=True, slots=True)
class About:
    """The machine it is about."""

    model: str
    serial: str
    installed_on: date | None
    agreement_until: date | None


@dataclass(frozen=True, slots=True)
class FollowUpInFull:
    """`heard` is the evidence that opened it, None where a date did; `wrote` are their own words, to the letter.

    `verdict` is on the machine, or on the account where no machine was named. `speaker` is who said it, None where they
    were erased or nobody did; `others` stand there too. `is_taken_back` where they said something else since.
    """

    work: FollowUp
    account: Account
    machine: About | None
    heard: Testimony | None
    is_taken_back: bool
    wrote: str
    because: str
    verdict: Card
    speaker: PersonThere | None
    others: Sequence[PersonThere]
    touch: InTouch
    further: Sequence[OpenWork]
    steps: Sequence[FollowUpStep]


def follow_up(session: Session, id_: int, now: datetime, zone: tzinfo) -> FollowUpInFull:
    """A follow-up by its id, with the verdict as of `now`. Raises NotFound."""
    work = session.get(FollowUp, id_)
    if work is None:
        raise NotFound("There is no such follow-up.")
    account = session.get_one(Account, work.account_id)
    people = people_at(session, account.id, now)
    standing = standing_evidence(session, account.id)
    heard = session.get(Evidence, work.evidence_id) if work.evidence_id else None
    contacts = contacts_of(session, account.id, None)
    names = _names(session, people, [*standing, *contacts, *([heard] if heard else [])], account.id, zone)
    units, of_account = verdicts_of(session, account.id, now)
    weighed = units.get(work.unit_id or 0)
    about = [row for row in standing if work.unit_id is None or row.unit_id in (work.unit_id, None)]
    card = names.card(weighed, about) if weighed else names.card(of_account, standing, list(units.values()))
    steps = select(FollowUpStep).where(FollowUpStep.follow_up_id == id_).order_by(FollowUpStep.id)
    return FollowUpInFull(
        work=work,
        account=account,
        machine=_machine(session, work.unit_id),
        heard=names.testimony(heard) if heard else None,
        is_taken_back=heard is not None and all(row.id != heard.id for row in standing),
        wrote=_wrote(session, heard),
        because=_because(session, work),
        verdict=card,
        speaker=next((person for person in people if person.id == work.person_id), None),
        others=[person for person in people if person.id != work.person_id],
        touch=in_touch([*spoken(contacts, names), *spoken_at_work(session, account.id, None)]),
        further=[other for other in open_work(session, account.id) if other.id != id_],
        steps=session.scalars(steps).all(),
    )


def _machine(session: Session, unit_id: int | None) -> About | None:
    query = select(Product.model, Unit.serial, Unit.installed_on, func.max(Agreement.until))
    query = query.join(Product, Product.id == Unit.product_id).outerjoin(Agreement, Agreement.unit_id == Unit.id)
    found = session.execute(query.where(Unit.id == unit_id).group_by(Product.model, Unit.serial, Unit.installed_on))
    row = found.first()
    return About(*row) if row else None


def _names(
    session: Session, people: Sequence[PersonThere], rows: Sequence[object], account_id: int, zone: tzinfo
) -> Names:
    called = {person.id: person.name for person in people}
    further = {id_ for row in rows if (id_ := getattr(row, "person_id", None))} - called.keys()
    former = session.scalars(select(Person).where(Person.id.in_(further))).all() if further else ()
    serials = session.execute(select(Unit.id, Unit.serial).where(Unit.account_id == account_id)).all()
    return Names(called | {person.id: person.name for person in former}, dict(serials), zone)


def _wrote(session: Session, heard: Evidence | None) -> str:
    """What they wrote in their own words on the same occasion."""
    if heard is None or heard.person_id is None:
        return ""
    answers = select(Answer.text).join(OptOut, OptOut.id == Answer.opt_out_id)
    answers = answers.where(OptOut.person_id == heard.person_id, OptOut.delivery_id == heard.delivery_id)
    text = session.scalar(answers.where(Answer.text != "").order_by(Answer.id.desc()).limit(1))
    if text:
        return text
    asked = select(CheckIn.words).where(CheckIn.person_id == heard.person_id, CheckIn.account_id == heard.account_id)
    if heard.kind != "check_in_answer":
        return ""
    return session.scalar(asked.where(CheckIn.words != "").order_by(CheckIn.id.desc()).limit(1)) or ""


def _because(session: Session, work: FollowUp) -> str:
    """Why the rule that opened it is as it is."""
    if not work.rule_version:
        return next((rule.because for rule in BUILT_IN if rule.key == work.rule), "")
    of_staff = select(RuleVersion.because).where(RuleVersion.key == work.rule, RuleVersion.version == work.rule_version)
    return session.scalar(of_staff) or ""
