"""The account record: everything we know of one account, in a fixed number of queries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.in_touch import InTouch, in_touch
from newsletter.account.known import Known, Subject
from newsletter.audience.person import Person
from newsletter.errors import NotFound
from newsletter.report.agreements import terms_of
from newsletter.report.asking import when_to_ask, when_to_ask_account
from newsletter.report.evidence import Card, Names, Testimony
from newsletter.report.happening import Happening
from newsletter.report.last_mails import LastMail, last_mails
from newsletter.report.machines import Machine, Unjudged, machines, overruled, units_of
from newsletter.report.needs import ImportantDay, contacts_of, facts_of, important_days, known, spoken, spoken_at_work
from newsletter.report.open_work import OpenWork, open_work
from newsletter.report.people import PersonThere, people_at
from newsletter.report.place import Part, Place, Source
from newsletter.report.timeline import Here, read_part, tell
from newsletter.signal.evidence import Evidence
from newsletter.signal.in_force import rules_in_force
from newsletter.signal.replay import standing
from newsletter.signal.rules import State
from newsletter.signal.weigh_many import add_up

PAGE = 50
"""Entries of the timeline at once, unless more are asked for."""


@dataclass(frozen=True, slots=True)
class View:
    """How a record is looked at: days are those of `zone`, and of the timeline a page.

    `is_past` where we look back: then nothing that was observed later is known. People are shown as they are today.
    """

    zone: tzinfo = UTC
    is_past: bool = False
    after: Place | None = None
    sources: frozenset[Source] = field(default_factory=lambda: frozenset(Source))
    page: int = PAGE


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """All we know of one account.

    `ask_again` is when the verdict will have faded, None where it does not. `older` is the place on the timeline after
    which its next page begins, empty where there is none.
    """

    id: int
    number: str
    name: str
    country: str
    language: str
    zone: str
    owner: str
    tier: str
    is_private: bool
    verdict: Card
    last_sign: Testimony | None
    ask_again: datetime | None
    overruled: Testimony | None
    units: tuple[Machine, ...]
    people: tuple[PersonThere, ...]
    mails: Mapping[int, tuple[LastMail, ...]]  # by person
    known: Mapping[Subject, Known]
    days: Sequence[ImportantDay]
    touch: InTouch
    work: Sequence[OpenWork]
    timeline: tuple[Happening, ...]
    older: str

    @property
    def tally(self) -> list[tuple[State, int]]:
        """How many machines have which verdict, the most frequent first."""
        return Counter(unit.verdict.state for unit in self.units).most_common()

    @property
    def reachable(self) -> int:
        """How many people there our mails reach."""
        return sum(person.is_reachable for person in self.people)


def account_record(session: Session, number: str, now: datetime, view: View | None = None) -> AccountRecord:
    """The record of an account, weighed at `now`. Raises NotFound."""
    view = view or View()
    account, today = _account(session, number), now.astimezone(view.zone).date()
    until = now if view.is_past else None
    rows = _evidence(session, account.id, until)
    here, units = standing(rows, now), _units_by(session, account.id, until)
    terms = [term for term in terms_of(session, account.id) if until is None or term.recorded_at <= until]
    place = Here(account.id, frozenset(unit.id for unit in units), rows, terms)
    part = Part(view.after, until, view.sources, view.page)
    entries, people = read_part(session, place, part, today), people_at(session, account.id, now)
    contacts = contacts_of(session, account.id, until)
    called = _called(session, people, [*rows, *contacts, *(row for _, row in entries)])
    names = Names(called, {unit.id: unit.serial for unit in units}, view.zone)
    rules, put_up = (
        rules_in_force(session),
        [(unit.id, unit.installed_on) for unit in sorted(units, key=lambda u: u.id)],
    )
    weighed, verdict = add_up(put_up, here, now, rules)
    asking = when_to_ask(put_up, here, now, rules)
    shown = machines(units, weighed, here, names, terms, asking, today)
    facts = known(facts_of(session, account.id, until), here, names)
    story = tell(session, place, entries, part, names)
    return AccountRecord(
        id=account.id,
        number=account.number,
        name=account.name,
        country=account.country,
        language=account.language,
        zone=account.zone,
        owner=account.owner,
        tier=account.tier,
        is_private=account.is_private,
        verdict=names.card(verdict, here, list(weighed.values())),
        last_sign=names.last_sign(here),
        ask_again=when_to_ask_account(verdict, weighed, asking),
        overruled=overruled([row for row in here if row.unit_id is None], names),
        units=shown,
        people=people,
        mails=last_mails(session, [person.id for person in people]),
        known=facts,
        days=important_days(shown, facts.values(), today),
        touch=in_touch([*spoken(contacts, names), *spoken_at_work(session, account.id, until)]),
        work=() if view.is_past else open_work(session, account.id),
        timeline=story.happenings,
        older=story.older,
    )


def _account(session: Session, number: str) -> Account:
    # PostgreSQL keeps no NUL and would call asking for one an error.
    account = None if "\0" in number else session.scalar(select(Account).where(Account.number == number))
    if account is None:
        raise NotFound(f"There is no account {number[:100]!r}.", hint="Account numbers are those of the ERP.")
    return account


def _units_by(session: Session, account_id: int, until: datetime | None) -> Sequence[Unjudged]:
    """The units, without those that stood nowhere yet."""
    units = units_of(session, account_id)
    if until is None:
        return units
    return [unit for unit in units if unit.installed_on is None or unit.installed_on <= until.date()]


def _evidence(session: Session, account_id: int, until: datetime | None) -> Sequence[Evidence]:
    query = select(Evidence).where(Evidence.account_id == account_id)
    if until is not None:
        query = query.where(Evidence.observed_at <= until)
    return session.scalars(query.order_by(Evidence.observed_at, Evidence.id)).all()


def _called(session: Session, people: Sequence[PersonThere], rows: Sequence[object]) -> dict[int, str]:
    """The names of everybody at the account, and of who left it since and is named still."""
    names = {person.id: person.name for person in people}
    named = {id_ for row in rows if (id_ := getattr(row, "person_id", None))} - names.keys()
    former = session.scalars(select(Person).where(Person.id.in_(named))).all() if named else ()
    return names | {person.id: person.name for person in former}
