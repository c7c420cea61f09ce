"""What we know of an account's needs, which days matter to it, and when we last spoke."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.contact import About, Contact, Means
from newsletter.account.fact import AccountFact
from newsletter.account.in_touch import Spoken
from newsletter.account.known import Known, Subject, newest, told
from newsletter.followup.causes import Cause
from newsletter.followup.follow_up import FollowUp, FollowUpStep
from newsletter.followup.outcomes import CONTACTED
from newsletter.report.evidence import Names
from newsletter.report.machines import Machine
from newsletter.signal.evidence import Evidence
from newsletter.signal.sentence import source

_AHEAD = 366  # days of the calendar that are shown
_CONTACTS = 200


@dataclass(frozen=True, slots=True)
class ImportantDay:
    """A day that matters to an account, and why."""

    day: date
    why: str


def facts_of(session: Session, account_id: int, until: datetime | None) -> Sequence[Known]:
    """What colleagues wrote down, oldest first."""
    query = select(AccountFact).where(AccountFact.account_id == account_id).order_by(AccountFact.noted_at)
    if until is not None:
        query = query.where(AccountFact.noted_at <= until)
    return [
        Known(Subject(row.subject), row.value, row.on_day, row.words, row.author, row.noted_at)
        for row in session.scalars(query.order_by(AccountFact.id))
    ]


def known(facts: Iterable[Known], standing: Iterable[Evidence], names: Names) -> dict[Subject, Known]:
    """What we know now: the latest on each subject, of what colleagues wrote down and of what somebody told us."""
    both = sorted([*facts, *_told(standing, names)], key=lambda fact: fact.at)
    return newest(both)


def important_days(machines: Sequence[Machine], facts: Iterable[Known], today: date) -> list[ImportantDay]:
    """What comes within a year, soonest first."""
    days = [*_of_machines(machines, today)]
    days += [ImportantDay(fact.on_day, fact.title) for fact in facts if fact.subject == Subject.RENEWAL and fact.on_day]
    return sorted((day for day in days if 0 <= (day.day - today).days <= _AHEAD), key=lambda day: (day.day, day.why))


def contacts_of(session: Session, account_id: int, until: datetime | None) -> Sequence[Contact]:
    """When colleagues were in touch, newest first."""
    query = select(Contact).where(Contact.account_id == account_id)
    if until is not None:
        query = query.where(Contact.happened_at <= until, Contact.noted_at <= until)
    return session.scalars(query.order_by(Contact.happened_at.desc(), Contact.id.desc()).limit(_CONTACTS)).all()


def spoken(rows: Iterable[Contact], names: Names) -> list[Spoken]:
    """Contacts with the names of people."""
    return [
        Spoken(
            at=row.happened_at,
            author=row.author,
            means=Means(row.means),
            about=About(row.about),
            person=names.people.get(row.person_id or 0, ""),
            words=row.words,
        )
        for row in rows
    ]


def spoken_at_work(session: Session, account_id: int, until: datetime | None) -> list[Spoken]:
    """When colleagues spoke to them to get follow-up done, newest first. Their notes stand at the work."""
    query = select(FollowUpStep.at, FollowUpStep.who, FollowUp.cause).join(FollowUp)
    query = query.where(FollowUp.account_id == account_id, FollowUpStep.outcome.in_(CONTACTED))
    if until is not None:
        query = query.where(FollowUpStep.at <= until)
    newest = query.order_by(FollowUpStep.at.desc(), FollowUpStep.id.desc()).limit(_CONTACTS)
    return [
        Spoken(at, who, None, About.RENEWAL if cause == Cause.AGREEMENT_ENDING else About.MACHINE, "", "")
        for at, who, cause in session.execute(newest)
    ]


def _told(standing: Iterable[Evidence], names: Names) -> Iterator[Known]:
    for row in standing:
        if found := told(row.detail, row.says):
            subject, value = found
            voice = names.voice(row)
            yield Known(subject, value, None, row.note, voice.who, row.observed_at, source(voice))


def _of_machines(machines: Sequence[Machine], today: date) -> Iterator[ImportantDay]:
    for machine in machines:
        if machine.installed_on and machine.installed_on <= today:
            day = anniversary(machine.installed_on, today)
            years = day.year - machine.installed_on.year
            if years:
                yield ImportantDay(day, f"{machine.model} {machine.serial} has stood for {years} years")
        if machine.agreement_until:
            yield ImportantDay(machine.agreement_until, f"The agreement on {machine.serial} ends")


def anniversary(since: date, today: date) -> date:
    """The next day of the year on which something began, today among them; 28 February for a leap day."""
    day = _in_year(since, today.year)
    return day if day >= today else _in_year(since, today.year + 1)


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
