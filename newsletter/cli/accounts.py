"""`newsletter account …`."""

from zoneinfo import ZoneInfo

import click

from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.report.export import as_json
from newsletter.report.record import account_record


@click.group()
def account() -> None:
    """Accounts: who they are, what they run, how we know."""


@account.command()
@click.argument("number")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def show(number: str, *, in_json: bool) -> None:
    """Show the record of account NUMBER: verdict, machines, people, timeline."""
    with opened() as shop, shop.db.read() as session:
        record = account_record(session, number, utc_now(), zone=ZoneInfo(shop.config.zone))
        if in_json:
            print_json(as_json(record))
            return
    click.echo(f"{record.number}  {record.name}")
    click.echo(record.verdict.sentence)
    for unit in record.units:
        click.echo(f"  {unit.model:<14} {unit.serial:<12} {unit.verdict.sentence}")
    for person in record.people:
        click.echo(f"  {person.address:<40} {', '.join(f'{c.topic}: {c.state}' for c in person.consent)}")
    for happening in record.timeline:
        click.echo(f"  {happening.at:%Y-%m-%d}  {happening.title}")
