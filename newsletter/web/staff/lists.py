"""What the lists of accounts share: reading what is wanted from an address, and answering with a file."""

from collections.abc import Callable, Iterator, Mapping

from flask import Flask, Response, stream_with_context
from sqlalchemy.orm import Session

from newsletter.report.evidence import kind_in_words
from newsletter.report.narrowing import Agreed, Narrowing
from newsletter.report.table import Table, as_csv
from newsletter.web.house import house
from newsletter.web.staff.show import STATES, country

PAGE = 50
LONGEST = 120
"""Months."""

_FIELDS = ("model", "country", "owner", "tier", "agreement")


def install(app: Flask) -> None:
    """Give an application's templates the words of the lists."""
    app.jinja_env.filters.update(
        pair=lambda value: (value, value),
        country_pair=lambda code: (code, country(code)),
        kind=kind_in_words,
        says=STATES.__getitem__,
    )


def narrowing(asked: Mapping[str, str]) -> Narrowing:
    """The narrowing an address asks for; what makes no sense is everything."""
    model, country, owner, tier, agreement = (word(asked, name) for name in _FIELDS)
    known = Agreed(agreement) if agreement in set(Agreed) else Agreed.ANY
    return Narrowing(model, country, owner, tier, known)


def asked_for(wanted: Narrowing) -> Mapping[str, str]:
    """The same as parameters of an address."""
    return {name: str(value) for name in _FIELDS if (value := getattr(wanted, name))}


def word(asked: Mapping[str, str], name: str) -> str:
    """One parameter; PostgreSQL takes no NUL."""
    return asked.get(name, "").strip()[:200].replace("\0", "")


def months(asked: Mapping[str, str], usual: int) -> int:
    """So many months, within reason."""
    text = word(asked, "months")
    return min(LONGEST, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else usual


def row_id(text: str) -> int:
    """An id from an address; 0 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def as_file(name: str, table: Callable[[Session], Table]) -> Response:
    """A table as a CSV file, written while it is read: it may hold every account."""

    def lines() -> Iterator[str]:
        with house().db.read() as session:
            yield from as_csv(table(session))

    file = f"{name}-{house().clock():%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{file}"'}
    return Response(stream_with_context(lines()), content_type="text/csv; charset=utf-8", headers=headers)
