"""The account record: everything we know of one account, in a fixed number of queries."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.agreement import Agreement
from newsletter.account.product import Product
from newsletter.account.unit import Unit
from newsletter.audience.person import Person
from newsletter.errors import NotFound
from newsletter.report.evidence import Card, Names, Testimony
from newsletter.report.happened import Copy, happened
from newsletter.report.people import Contact, people_at
from newsletter.report.timeline import Happening, concerns, timeline
from newsletter.signal.evidence import Evidence
from newsletter.signal.note import verdicts_of
from newsletter.signal.rules import State, Weighed

NEWEST = 200
"""How much of each kind the timeline holds unless more is asked for."""


@dataclass(frozen=True, slots=True)
class Machine:
    """One unit with its verdict. `agreement_until` is the end of the longest contract, past or to come."""

    id: int
    serial: str
    model: str
    installed_on: date | None
    agreement_until: date | None
    verdict: Card
    last_sign: Testimony | None


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """All we know of one account. `timeline_since` is None where the timeline goes back to the beginning."""

    number: str
    name: str
    country: str
    language: str
    zone: str
    verdict: Card
    last_sign: Testimony | None
    units: tuple[Machine, ...]
    people: tuple[Contact, ...]
    deliveries: tuple[Copy, ...]
    timeline: tuple[Happening, ...]
    timeline_since: datetime | None

    @property
    def tally(self) -> list[tuple[State, int]]:
        """How many machines have which verdict, the most frequent first."""
        return Counter(unit.verdict.state for unit in self.units).most_common()

    @property
    def reachable(self) -> int:
        """How many people there we may write to."""
        return sum(person.is_reachable for person in self.people)


def account_record(
    session: Session, number: str, now: datetime, *, zone: tzinfo = UTC, newest: int = NEWEST
) -> AccountRecord:
    """The record of an account, weighed at `now`; days in sentences are those of `zone`. Raises NotFound."""
    # PostgreSQL keeps no NUL and would call asking for one an error.
    account = None if "\0" in number else session.scalar(select(Account).where(Account.number == number))
    if account is None:
        raise NotFound(f"There is no account {number[:100]!r}.", hint="Account numbers are those of the ERP.")
    evidence = _evidence(session, account.id)
    people, units = people_at(session, account.id), _units(session, account.id)
    names = Names(_called(session, people, evidence), {unit.id: unit.serial for unit, *_ in units}, zone)
    standing = _standing(evidence)
    weighed, verdict = verdicts_of(session, account.id, now)
    rows = happened(session, account.id, newest)
    return AccountRecord(
        number=account.number,
        name=account.name,
        country=account.country,
        language=account.language,
        zone=account.zone,
        verdict=names.card(verdict, standing, list(weighed.values())),
        last_sign=names.last_sign(standing),
        units=_machines(units, weighed, standing, names),
        people=people,
        deliveries=tuple(copy for copy in rows.copies if concerns(copy, names)),
        timeline=timeline(rows, evidence, names),
        timeline_since=rows.whole_since,
    )


def _units(session: Session, account_id: int) -> Sequence[Row[Unit, str, date | None]]:
    query = (
        select(Unit, Product.model, func.max(Agreement.until))
        .join(Product, Product.id == Unit.product_id)
        .outerjoin(Agreement, Agreement.unit_id == Unit.id)
        .where(Unit.account_id == account_id)
        .group_by(Unit.id, Product.model)
        .order_by(Product.model, Unit.serial)
    )
    return session.execute(query).all()


def _evidence(session: Session, account_id: int) -> Sequence[Evidence]:
    query = select(Evidence).where(Evidence.account_id == account_id)
    return session.scalars(query.order_by(Evidence.observed_at, Evidence.id)).all()


def _standing(evidence: Sequence[Evidence]) -> list[Evidence]:
    taken_back = {row.supersedes_id for row in evidence}
    return [row for row in evidence if row.id not in taken_back]


def _called(session: Session, people: Sequence[Contact], evidence: Sequence[Evidence]) -> dict[int, str]:
    """The names of everybody at the account, and of who left it since and is quoted still."""
    names = {person.id: person.name for person in people}
    gone = {row.person_id for row in evidence if row.person_id} - names.keys()
    former = session.scalars(select(Person).where(Person.id.in_(gone))).all() if gone else ()
    return names | {person.id: person.name for person in former}


def _machines(
    units: Sequence[Row[Unit, str, date | None]],
    weighed: Mapping[int, Weighed],
    standing: Sequence[Evidence],
    names: Names,
) -> tuple[Machine, ...]:
    spoken_of = defaultdict[int | None, list[Evidence]](list)
    for row in standing:
        spoken_of[row.unit_id].append(row)
    return tuple(
        Machine(
            id=unit.id,
            serial=unit.serial,
            model=model,
            installed_on=unit.installed_on,
            agreement_until=until,
            verdict=names.card(weighed[unit.id], spoken_of[unit.id]),
            last_sign=names.last_sign(spoken_of[unit.id]),
        )
        for unit, model, until in units
    )
