"""`newsletter engine`, `newsletter migrate`."""

import sys
import threading

import click

from newsletter.cli.shop import opened
from newsletter.cli.stopping import stop_on_signals, stop_with_parent
from newsletter.clock import utc_now
from newsletter.engine.embedded import Engine


@click.command()
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def engine(*, until_stdin_closes: bool) -> None:
    """Start an engine: it sends what is due. Any number may run on one database."""
    stop = stop_on_signals()
    if until_stdin_closes:
        threading.Thread(target=stop_with_parent, args=(stop,), daemon=True).start()
    with opened() as shop:
        sending = Engine(
            db=shop.db,
            relay=shop.config.relay,
            sender=shop.config.sender,
            links=shop.config.links(),
            folder=shop.config.var / "engine",
            clock=utc_now,
            connections=shop.config.connections,
        )
        sending.start()
        while not stop.wait(0.2) and not sending.has_failed.is_set():
            pass
        sending.stop()
    if sending.has_failed.is_set():
        sys.exit(70)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    with opened() as shop:
        click.echo(f"{shop.db.engine.url.render_as_string(hide_password=True)} is up to date.")
