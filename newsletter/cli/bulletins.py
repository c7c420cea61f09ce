"""`newsletter bulletin …`."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from newsletter.bulletin.trial import in_words as trial_in_words
from newsletter.bulletin.waves import in_words
from newsletter.bulletin.when import read_grace
from newsletter.cli.import_newsletter import import_newsletter
from newsletter.cli.preflight import preflight, read_text
from newsletter.cli.shop import Shop, opened, print_json
from newsletter.clock import utc_now
from newsletter.ledger.lookup import rule_in_words
from newsletter.ledger.order import Order
from newsletter.ledger.progress import progress
from newsletter.ledger.run import RunState
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.trial_rule import rule_in_words as trial_rule_in_words
from newsletter.ledger.wished import Wished


@click.group()
def bulletin() -> None:
    """Bulletins: write them to files, send them from here."""


bulletin.add_command(preflight)
bulletin.add_command(import_newsletter)


@bulletin.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--topic", default="", help="The topic it goes to, instead of the one the file names.")
@click.option("--at", "local", default="", metavar="2026-12-01T09:00", help="When to start, in the local time of ZONE.")
@click.option("--zone", default="", metavar="Europe/Berlin", help="The time zone of --at.")
@click.option("--grace", default="", metavar="HOURS", help="Ask first if it is late by more than so many.")
@click.option("--theirs", is_flag=True, help="At that time where each person is; ZONE is for whom we know none.")
@click.option("--hours", default="", metavar='"08:00-17:00 mon-fri"', help="Only in these, by the recipient's clock.")
@click.option("--waves", default="", metavar='"10%, 4h, rest"', help="In parts, with a wait after each.")
@click.option("--trial", default="", metavar='"20%, 4h, clicks"', help="How a bulletin in two variants tries them.")
@click.option("--remind", default="", metavar='"every 14 days, at most 3"', help="Remind who has not acknowledged it.")
@click.option("--dry-run", is_flag=True, help="Say who would get it; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def send(  # noqa: PLR0913 - one for each option
    file: Path,
    topic: str,
    local: str,
    zone: str,
    grace: str,
    hours: str,
    waves: str,
    *,
    trial: str,
    remind: str,
    theirs: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Send the bulletin in FILE (Markdown with front matter), now or at a time."""
    text = read_text(file)
    now = utc_now()
    when = Wished(local, zone, theirs, waves, hours, trial, remind).when(now)
    with opened() as shop:
        desk = shop.desk
        when = replace(when, grace=read_grace(grace, shop.config.grace))
        if dry_run:
            order = desk.dry_run(text, topic=topic, when=when)
        else:
            order = desk.order(text, topic=topic, when=when, author="command line", now=now)
        if as_json:
            print_json(_as_json(order))
            return
        _tell(order)
        if not dry_run:
            _follow(shop, order)


def _as_json(order: Order) -> dict[str, object]:
    return {
        "run": order.run,
        "number": order.number,
        "title": order.title,
        "at": order.when.at,
        "waves": in_words(order.when.waves),
        "trial": trial_in_words(order.when.trial) if order.when.trial else "",
        "theirs": order.when.is_theirs,
        "hours": order.when.hours,
        "remind": order.when.remind,
        "lacks_approval": order.lacks_approval,
        "targeted": order.reach.targeted,
        "left_out": order.reach.left_out,
        "units": order.reach.units,
        "units_reached": order.reach.units_reached,
    }


def _tell(order: Order) -> None:
    click.echo(f"{order.number}: {order.title}")
    click.echo(f"  {order.reach.targeted:>7,} people get a copy")
    for rule, count in order.reach.left_out.items():
        click.echo(f"  {count:>7,} do not: {rule_in_words(rule)}")
    if order.reach.units:
        unreached = order.reach.units - order.reach.units_reached
        click.echo(f"  {order.reach.units:>7,} machines are concerned; for {unreached:,} there is nobody to write to")
    if order.when.waves:
        click.echo(f"  In waves: {in_words(order.when.waves)}")
    if order.when.trial:
        click.echo(f"  Two variants: {trial_in_words(order.when.trial)}.")
        click.echo(f"  {trial_rule_in_words(order.when.trial)}")
    if order.lacks_approval:
        click.echo("It does not start before a second colleague approved it: Approval on its page.")
    if order.run is None:
        click.echo("Nothing was changed: this was a dry run.")


def _follow(shop: Shop, order: Order) -> None:
    """On a terminal: show the run until it is over. Ctrl-C stops the looking, not the sending."""
    if order.lacks_approval:
        return
    if order.when.local:
        where = "where each person is" if order.when.is_theirs else order.when.zone
        click.echo(f"Run {order.run} goes at {order.when.local} {where} ({order.when.at:%Y-%m-%d %H:%M} UTC).")
        return
    click.echo(f"Run {order.run} is due now.")
    if not engines_alive(shop.db, utc_now()):
        click.echo("No engine is running, so nothing leaves yet. Start one: bin/run, or newsletter engine.")
    elif sys.stdout.isatty() and order.run is not None:
        try:
            _show(shop, order.run)
        except KeyboardInterrupt:
            click.echo("The run goes on without you.")


def _show(shop: Shop, run_id: int) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("Sending", total=None)
        while True:
            with shop.db.read() as session:
                seen = progress(session, run_id, utc_now())
            bar.update(task, completed=seen.settled, total=seen.targeted, description=seen.state.capitalize())
            if seen.state in (RunState.FINISHED, RunState.CANCELLED):
                return
            time.sleep(0.3)
