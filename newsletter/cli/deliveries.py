"""`newsletter delivery …`."""

from collections.abc import Iterator
from dataclasses import asdict

import click

from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.results.why import Answer, Asking, answers
from newsletter.segment.choosing import choose


@click.group()
def delivery() -> None:
    """Copies: what became of them."""


@delivery.command()
@click.argument("address")
@click.argument("bulletin", default="")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def why(address: str, bulletin: str, *, in_json: bool) -> None:
    """Say why ADDRESS did, or did not, get the bulletin with the number BULLETIN; without one, the last five."""
    with opened() as shop:
        asking = Asking(shop.config.links().signer, shop.config.zone, utc_now(), choose=choose)
        with shop.db.read() as session:
            found = answers(session, address, bulletin, asking)
    if in_json:
        plain = [asdict(one) for one in found]
        print_json(plain[0] if bulletin else plain)
    else:
        click.echo("\n\n".join("\n".join(_told(one)) for one in found) or "No bulletin has been sent so far.")


def _told(answer: Answer) -> Iterator[str]:
    about = f"{answer.bulletin}: " if answer.bulletin else ""
    yield f"{about}{answer.sentence}"
    if answer.to_change:
        yield answer.to_change
    yield from answer.sentences
