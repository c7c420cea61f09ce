"""`newsletter person …`."""

import sys
from pathlib import Path

import click

from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.privacy.erase import erase_address, erase_again
from newsletter.privacy.everything import everything_at
from newsletter.privacy.journal import append, as_line, erasures, read_lines
from newsletter.report.suppressions import suppressions
from newsletter.report.table import as_csv

_BY = "command line"


@click.group()
def person() -> None:
    """People: what we hold about them, and forgetting them."""


@person.command()
@click.argument("address")
def show(address: str) -> None:
    """Print everything we hold about whoever has ADDRESS, as JSON (GDPR Art. 15 and 20)."""
    with opened() as shop, shop.db.read() as session:
        print_json(everything_at(session, address))


@person.command()
@click.argument("address")
@click.confirmation_option(prompt="This cannot be undone. Erase?")
def erase(address: str) -> None:
    """Erase whoever has ADDRESS (GDPR Art. 17). Machines keep what we know of them, without the person."""
    with opened() as shop:
        erased = erase_address(shop.db, address, shop.config.signer(), utc_now(), by=_BY)
        append(shop.config.var / "erasures.jsonl", erased)
    click.echo(f"Erased. The journal says: {as_line(erased)}")


@person.command("erasures")
def print_erasures() -> None:
    """Print the journal of erasures: keep it apart from the backups."""
    with opened() as shop, shop.db.read() as session:
        for erased in erasures(session):
            click.echo(as_line(erased))


@person.command("suppressions")
def print_suppressions() -> None:
    """Print the addresses we never write to, as CSV, for whoever else sends in our name."""
    with opened() as shop, shop.db.read() as session:
        sys.stdout.writelines(as_csv(suppressions(session)))


@person.command("replay-erasures")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def replay_erasures(file: Path) -> None:
    """Erase again whom a restored backup brought back. FILE is a journal of erasures, like VAR/erasures.jsonl."""
    with opened() as shop, file.open(encoding="utf-8") as lines:
        again = erase_again(shop.db, read_lines(lines), shop.config.signer(), utc_now(), by=_BY)
    click.echo(f"{again} erased again.")
