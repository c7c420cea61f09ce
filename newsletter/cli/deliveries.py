"""`newsletter delivery …`."""

from dataclasses import asdict

import click

from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.ledger.lookup import why as why_


@click.group()
def delivery() -> None:
    """Copies: what became of them."""


@delivery.command()
@click.argument("address")
@click.argument("bulletin")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def why(address: str, bulletin: str, *, in_json: bool) -> None:
    """Say why ADDRESS did, or did not, get the bulletin with the number BULLETIN."""
    with opened() as shop, shop.db.read() as session:
        answer = why_(session, address, bulletin, utc_now())
    if in_json:
        print_json(asdict(answer))
    else:
        click.echo("\n".join(answer.sentences))
