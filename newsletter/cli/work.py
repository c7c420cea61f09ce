"""`newsletter work …`."""

from dataclasses import asdict
from zoneinfo import ZoneInfo

import click

from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.followup.causes import IN_WORDS
from newsletter.followup.inbox import NOBODY, Due, Wanted, inbox
from newsletter.followup.rules import Team

_TEAMS = (Team.SERVICE, Team.SALES)


@click.group()
def work() -> None:
    """Follow-up work for service and sales."""


@work.command("list")
@click.option("--team", type=click.Choice([team.value for team in _TEAMS]), help="Only this inbox.")
@click.option("--owner", default="", help="Only what this colleague has, by address; `nobody` for what nobody has.")
@click.option("--late", is_flag=True, help="Only what was due before today.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most so many.")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def list_(*, team: str | None, owner: str, late: bool, limit: int, in_json: bool) -> None:
    """Print the work that is open, what is due first first."""
    wanted = Wanted(
        team=Team(team) if team else None,
        owner=NOBODY if owner == NOBODY else owner.casefold(),
        due=Due.LATE if late else None,
    )
    with opened() as shop, shop.db.read() as session:
        today = utc_now().astimezone(ZoneInfo(shop.config.zone)).date()
        lines = inbox(session, wanted, "", today, limit=limit)
    if in_json:
        print_json([asdict(line) for line in lines])
        return
    for line in lines:
        machine = f"{line.model} {line.serial}".strip() or "no machine named"
        click.echo(f"{line.id:>6}  {line.due_on}  {line.team:<8} {line.owner or 'nobody'}")
        click.echo(f"        {line.account} ({line.account_number}), {machine}: {IN_WORDS[line.cause]}")
        click.echo(f"        {line.what}")
    if not lines:
        click.echo("Nothing waits.", err=True)
