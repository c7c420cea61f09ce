"""`newsletter report …`: who is silent, whom we do not reach, and how the installed base fares."""

import sys
from collections.abc import Callable

import click
from sqlalchemy.orm import Session

from newsletter.cli.shop import opened
from newsletter.clock import utc_now
from newsletter.report.calibrated import calibrated
from newsletter.report.call_list import as_calls, as_renewal_calls, as_uncovered_calls
from newsletter.report.coverage import UNREACHED, Gap, all_uncovered, coverage
from newsletter.report.ending import all_ending
from newsletter.report.narrowing import Agreed, Narrowing
from newsletter.report.retention_tables import TABLES
from newsletter.report.silence import COUNTED, all_silent, how_many
from newsletter.report.table import Cell, Table, as_csv
from newsletter.retention.count_reach import count_reach
from newsletter.retention.keep_calibration import rebuild_calibration
from newsletter.retention.keep_months import rebuild_months

_CSV = click.option("--csv", "in_csv", is_flag=True, help="Print all of it as CSV.")
_ENDING = "ending"


def _narrowed(command: Callable[..., None]) -> Callable[..., None]:
    """The options that narrow a list of accounts down."""
    for name, told in (
        ("tier", "Tier"),
        ("owner", "Owner"),
        ("country", "ISO code of the country"),
        ("model", "Model"),
    ):
        command = click.option(f"--{name}", default="", help=f"{told}; - for none on record.")(command)
    return click.option("--agreement", type=click.Choice(list(Agreed)[1:]), default=None, help="Its state.")(command)


@click.group()
def report() -> None:
    """Lists to call by, and retention in figures."""


@report.command()
@click.option("--months", type=click.IntRange(1, 120), default=18, show_default=True, help="Without a sign of life.")
@_narrowed
@_CSV
def silence(months: int, agreement: str | None, *, in_csv: bool, **wanted: str) -> None:
    """Accounts not heard from, with whom we could ask there."""
    narrowing, now = Narrowing(**wanted, agreement=Agreed(agreement or "")), utc_now()
    with opened() as shop, shop.db.read() as session:
        if in_csv:
            _print(as_calls(all_silent(session, months, narrowing, now)))
            return
        found = how_many(session, months, narrowing, now)
    count = f"More than {COUNTED:,}" if found > COUNTED else f"{found:,}"
    click.echo(f"{count} accounts not heard from for {months} months; --csv prints them.")


@report.command("coverage")
@click.option(
    "--list",
    "name",
    type=click.Choice([*Gap, _ENDING]),
    default=Gap.UNREACHED,
    show_default=True,
    help="Out of reach, only heard from us at a renewal, or with an agreement that ends.",
)
@click.option("--months", type=click.IntRange(1, 120), default=6, show_default=True, help="For agreements that end.")
@click.option("--now", "look_now", is_flag=True, help="Look at every account at once, not only once a day.")
@_narrowed
@_CSV
def coverage_(name: str, months: int, agreement: str | None, *, look_now: bool, in_csv: bool, **wanted: str) -> None:
    """Whom we do not reach, and why."""
    narrowing, now = Narrowing(**wanted, agreement=Agreed(agreement or "")), utc_now()
    with opened() as shop:
        if look_now:
            count_reach(shop.db, now)
        with shop.db.read() as session:
            if in_csv and name == _ENDING:
                _print(as_renewal_calls(all_ending(session, months, narrowing, now)))
            elif in_csv:
                _print(as_uncovered_calls(all_uncovered(session, Gap(name), narrowing, now)))
            else:
                _print_coverage(session)


@report.command()
@click.argument("table", type=click.Choice(list(TABLES)), default="base")
@_CSV
def retention(table: str, *, in_csv: bool) -> None:
    """One TABLE of the retention reports: the installed base by month, what became of it, why people leave, owners."""
    with opened() as shop, shop.db.read() as session:
        found = TABLES[table](session, utc_now())
        if in_csv:
            _print(found)
            return
        for row in found.rows:
            click.echo("; ".join(f"{n}: {_said(cell)}" for n, cell in zip(found.columns, row, strict=True)))


@report.command()
@click.option("--rebuild", is_flag=True, required=True, help="Count all months anew, from the evidence.")
def months(*, rebuild: bool) -> None:  # noqa: ARG001 - click calls it so
    """Count the installed base at the end of each month."""
    with opened() as shop:
        machines = rebuild_months(shop.db, utc_now())
    click.echo(f"{machines:,} machines counted.")


@report.command()
@click.option("--rebuild", is_flag=True, required=True, help="Compare all answers anew, with the rules in force.")
def calibration(*, rebuild: bool) -> None:  # noqa: ARG001 - click calls it so
    """Compare what we had said of machines with what was answered then, for the page of staff."""
    with opened() as shop:
        rebuild_calibration(shop.db, utc_now())
        with shop.db.read() as session:
            still = calibrated(session).still
    click.echo(f"{still.asked:,} answers compared; `retention calibration` prints them.")


def _print(table: Table) -> None:
    for line in as_csv(table):
        sys.stdout.write(line)


def _print_coverage(session: Session) -> None:
    seen = coverage(session)
    if seen.looked_at is None:
        click.echo("Nobody has looked so far; --now looks.")
        return
    click.echo(f"Looked at {seen.looked_at:%Y-%m-%d %H:%M} UTC.")
    click.echo(f"{seen.unreached.machines:,} of {seen.everything.machines:,} machines reach nobody:")
    for why, count in seen.reasons:
        click.echo(f"  {count.machines:>8,} machines at {count.accounts:,} accounts: {UNREACHED[why]}")
    click.echo(f"{seen.at_renewal.accounts:,} accounts hear from us only at a renewal.")


def _said(cell: Cell) -> str:
    return "too few to say" if cell is None else f"{cell:.1%}" if isinstance(cell, float) else str(cell)
