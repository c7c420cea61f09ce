"""Retention by who looks after the accounts: renewals, contact, and customers who opted out and are customers still."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.question.rates import Tally
from newsletter.retention.owner_year import OwnerYear


@dataclass(frozen=True, slots=True)
class Contact:
    """Accounts with machines: how many we reach by mail, and how many a colleague of a team was in touch with."""

    accounts: int = 0
    reached: int = 0
    by_service: int = 0
    by_sales: int = 0
    by_anybody: int = 0

    def __add__(self, other: Self) -> "Contact":
        """Both together."""
        return Contact(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Year:
    """How the accounts of one owner fared in twelve months.

    `renewed`: of the agreements that ended; `still`: of the people who opted out, who stand where a machine is used.
    """

    owner: str
    contact: Contact
    renewed: Tally
    still: Tally


def owners(session: Session) -> list[Year]:
    """Every owner as counted last, those with most accounts first; "" is none on record."""
    rows = session.scalars(select(OwnerYear).order_by(OwnerYear.accounts.desc(), OwnerYear.owner))
    return [
        Year(
            row.owner,
            Contact(row.accounts, row.reached, row.by_service, row.by_sales, row.by_anybody),
            Tally(row.agreements, row.renewed),
            Tally(row.opted_out, row.customers_still),
        )
        for row in rows
    ]


def together(found: Iterable[Year]) -> Year:
    """All owners as one."""
    years = list(found)
    return Year(
        "",
        sum((year.contact for year in years), Contact()),
        _summed(year.renewed for year in years),
        _summed(year.still for year in years),
    )


def _summed(tallies: Iterable[Tally]) -> Tally:
    all_of_them = list(tallies)
    return Tally(sum(t.asked for t in all_of_them), sum(t.answered for t in all_of_them))
