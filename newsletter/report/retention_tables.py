"""The retention reports as tables: one shape for the page beside its chart, and for the file."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.orm import Session

from newsletter.followup.causes import IN_WORDS as CAUSES
from newsletter.followup.outcomes import IN_WORDS as OUTCOMES
from newsletter.question.rates import Tally, wilson
from newsletter.question.reasons import Reason
from newsletter.report.base import Fates, base_over_time, fates_over_time, parts
from newsletter.report.calibrated import all_silent_who_answered, calibrated
from newsletter.report.came_of_work import came_of_work
from newsletter.report.table import Cell, Table
from newsletter.report.teams import Contact, owners
from newsletter.report.why_over_time import FEWEST, Reasons, Said, reasons_by_bulletin, reasons_by_month
from newsletter.report.wording import REASONS
from newsletter.retention.verdict_month import Side
from newsletter.signal.rules import State

STATES = (State.IN_USE, State.BACKUP, State.NOT_IN_USE, State.UNKNOWN)
_VERDICTS = ("in use", "back-up", "not in use", "unknown")
_SHARE = ("of", "share", "at least", "at most")
NO_VALUE = "not on record"

_Reports = Callable[[Session, datetime], Table]


def base(session: Session, _now: datetime) -> Table:
    """The installed base month by month."""
    rows: list[Sequence[Cell]] = [
        (month.month, *(month.machines.get(state, 0) for state in STATES), month.total)
        for month in base_over_time(session).months
    ]
    return Table(("month", *_VERDICTS, "machines"), rows)


def base_by(side: Side) -> _Reports:
    """The installed base at the end of the last month by model, country or owner, and what became of it in a year."""

    def table(session: Session, _now: datetime) -> Table:
        rows = [
            (
                part.value or NO_VALUE,
                *(part.last.machines.get(state, 0) for state in STATES),
                part.last.total,
                *share(part.fates.churn),
                *share(part.fates.returned),
            )
            for part in parts(session, side)
        ]
        churn, returned = (tuple(f"{what}, {name}" for name in _SHARE) for what in ("lost in a year", "come back"))
        return Table((side.value, *_VERDICTS, "machines", *churn, *returned), rows)

    return table


def churn(session: Session, _now: datetime) -> Table:
    """Of the machines in use a year before each month, how many were lost; of the lost ones, how many came back."""
    names = ("lost", "of which we do not know any more", "come back")
    columns = ("month", *(f"{name}, {part}" for name in names for part in _SHARE))

    def row(month: date, fates: Fates) -> Sequence[Cell]:
        return (month, *share(fates.churn), *share(fates.lost_sight), *share(fates.returned))

    return Table(columns, [row(month, fates) for month, fates in fates_over_time(session)])


def reasons_over_time(session: Session, now: datetime) -> Table:
    """A row a month and reason."""
    found: Reasons[date] = reasons_by_month(session, now)
    return _long("month", found.said, found.frequent)


def reasons_of_bulletins(session: Session, now: datetime) -> Table:
    """A row a bulletin and reason."""
    found: Reasons[str] = reasons_by_bulletin(session, now)
    return _long("bulletin", found.said, found.frequent)


def by_owner(session: Session, _now: datetime) -> Table:
    """A row an owner: renewals, contact, and opt-outs that are customers still."""
    fates = {part.value: part.fates for part in parts(session, Side.OWNER)}
    names = ("lost", "come back", "renewed", "opted out and customer still")
    columns = (
        "owner", "accounts", "reached by mail", "in touch with service", "in touch with sales", "in touch with either",
        *(f"{name}, {part}" for name in names for part in _SHARE),
    )  # fmt: skip
    rows = [
        (
            year.owner or NO_VALUE,
            *_contact(year.contact),
            *share(fates.get(year.owner, Fates()).churn),
            *share(fates.get(year.owner, Fates()).returned),
            *share(year.renewed),
            *share(year.still),
        )
        for year in owners(session)
    ]
    return Table(columns, rows)


def work(session: Session, now: datetime) -> Table:
    """A row a reason: how much work was opened, how often somebody was spoken to, how it ended."""
    found = came_of_work(session, now)
    columns = (
        "reason",
        "opened",
        "ended",
        *(f"spoken to, {part}" for part in _SHARE),
        *map(str.lower, OUTCOMES.values()),
    )
    rows = [
        (
            CAUSES[cause],
            one.opened,
            one.closed,
            *share(one.contacted),
            *(one.outcomes.get(outcome, 0) for outcome in OUTCOMES),
        )
        for cause, one in found.items()
    ]
    return Table(columns, rows)


def calibration(session: Session, _now: datetime) -> Table:
    """A row a tenth of the probability: what we had said, and how many then answered that the machine is used."""
    rows = [(one.predicted, one.still.answered, *share(one.still)) for one in calibrated(session).tenths]
    return Table(("we had said", "in use still", "answers", "share", "at least", "at most"), rows)


def silent(session: Session, _now: datetime) -> Table:
    """A row a model, age and silence: of those who then answered, how many used the machine still."""
    rows = [
        (one.model or "every model", one.age, one.silent, one.still.answered, *share(one.still))
        for one in all_silent_who_answered(session)
    ]
    columns = ("model", "age in years", "silent for years", "in use still", "answers", "share", "at least", "at most")
    return Table(columns, rows)


TABLES: Mapping[str, _Reports] = {
    "base": base,
    "base-by-product": base_by(Side.PRODUCT),
    "base-by-country": base_by(Side.COUNTRY),
    "base-by-owner": base_by(Side.OWNER),
    "churn": churn,
    "reasons-by-month": reasons_over_time,
    "reasons-by-bulletin": reasons_of_bulletins,
    "owners": by_owner,
    "work": work,
    "calibration": calibration,
    "silent-who-answered": silent,
}
"""Every table by the name of its file."""


def share(tally: Tally) -> Sequence[Cell]:
    """Of how many, and the share with its interval; nothing but the number where there are fewer than FEWEST."""
    if tally.asked < FEWEST:
        return (tally.asked, None, None, None)
    between = wilson(tally)
    return (tally.asked, tally.rate, between.low, between.high)


def _contact(found: Contact) -> Sequence[Cell]:
    return (found.accounts, found.reached, found.by_service, found.by_sales, found.by_anybody)


def _long(first: str, found: Mapping[date, Said] | Mapping[str, Said], reasons: Sequence[Reason]) -> Table:
    columns = (first, "left", "reason", "said so", *_SHARE)
    rows = [
        (key, said.left, REASONS[reason], said.reasons.get(reason, 0), *share(said.share(reason)))
        for key, said in found.items()
        for reason in reasons
    ]
    return Table(columns, rows)
