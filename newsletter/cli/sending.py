"""`newsletter engine`, `newsletter migrate`."""

import logging

import click

from newsletter.cli.shop import Shop, opened
from newsletter.engine.outfit import Outfit, become_engine
from newsletter.engine.stopping import stop_on_signals, stop_with_parent
from newsletter.errors import Unavailable

log = logging.getLogger(__name__)

_LONGEST_PAUSE = 15.0  # seconds between two tries while the database is away


@click.command()
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def engine(*, until_stdin_closes: bool) -> None:
    """Start an engine: it sends what is due. Any number may run on one database."""
    stop = stop_on_signals()
    if until_stdin_closes:
        stop_with_parent(stop)
    pause = 0.5
    while not stop.is_set():
        try:
            with opened() as shop:
                outfit = _outfit(shop, ends_with_stdin=until_stdin_closes)
        except Unavailable as error:
            log.warning("%s Waiting for it.", error.message)
            stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        else:
            become_engine(outfit, stop)


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema."""
    with opened() as shop:
        click.echo(f"{shop.db.engine.url.render_as_string(hide_password=True)} is up to date.")


def _outfit(shop: Shop, *, ends_with_stdin: bool) -> Outfit:
    config = shop.config
    return Outfit(
        database_url=config.database,
        relays=config.relays,
        sender=config.sender,
        links=config.links(),
        folder=config.var / "engine",
        connections=config.connections,
        timeouts=config.timeouts,
        dkim_keys=config.dkim_keys,
        zone=config.zone,
        approval=config.approval,
        ends_with_stdin=ends_with_stdin,
    )
