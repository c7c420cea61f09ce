"""`newsletter account …`."""

from zoneinfo import ZoneInfo

import click

from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.report.export import EXPORTED, as_json
from newsletter.report.looking import Asked, look
from newsletter.report.place import KINDS
from newsletter.report.record import AccountRecord, account_record


@click.group()
def account() -> None:
    """Accounts: who they are, what they run, how we know."""


@account.command()
@click.argument("number")
@click.option("--as-of", default="", metavar="DAY", help="What we would have thought on that day: 2026-05-01.")
@click.option("--kind", default="", type=click.Choice(["", *KINDS]), help="Only this part of the timeline.")
@click.option("--before", default="", metavar="PLACE", help="The next page of the timeline: its `older`.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def show(number: str, as_of: str, kind: str, before: str, *, in_json: bool) -> None:
    """Show the record of account NUMBER: verdict, machines, people, what we know, timeline."""
    with opened() as shop, shop.db.read() as session:
        asked = Asked(as_of, before, kind, EXPORTED)
        at, view = look(utc_now(), ZoneInfo(shop.config.zone), asked)
        record = account_record(session, number, at, view)
    if in_json:
        print_json(as_json(record))
    else:
        _print(record)


def _print(record: AccountRecord) -> None:
    click.echo(f"{record.number}  {record.name}")
    click.echo(record.verdict.sentence)
    for unit in record.units:
        click.echo(f"  {unit.model:<14} {unit.serial:<12} {unit.verdict.sentence}")
    for person in record.people:
        click.echo(f"  {person.address:<40} {', '.join(f'{c.topic}: {c.state}' for c in person.consent)}")
    for known in record.known.values():
        click.echo(f"  {known.title}: {known.says or 'not known any more'}")
    for happening in record.timeline:
        click.echo(f"  {happening.at:%Y-%m-%d}  {happening.title}")
