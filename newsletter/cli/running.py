"""`newsletter run`."""

import click

from newsletter.cli.demo import load_demo
from newsletter.cli.shop import Shop, opened
from newsletter.cli.welcome import welcome_link
from newsletter.engine.companion import Companion
from newsletter.engine.stopping import stop_on_signals
from newsletter.mailbox.server import Mailbox
from newsletter.mailbox.store import Store
from newsletter.web.serve import WebServer


@click.command()
def run() -> None:
    """Start the web, the engine, what takes mail and the built-in mailbox, as they are set, until Ctrl-C."""
    stop = stop_on_signals()
    with opened() as shop:
        web = WebServer(shop.config, shop.db)
        mailbox = _mailbox(shop)
        companions = [_companion("engine"), *([_companion("inbound")] if shop.config.inbound else [])]
        try:
            for companion in companions:
                companion.start()
            web.start()
            _tell(shop)
            while not stop.wait(1):
                for companion in companions:
                    companion.restart_if_dead()
        finally:
            click.echo("Stopping …")
            for companion in companions:
                companion.stop()
            web.stop()
            if mailbox:
                mailbox.stop()


def _companion(command: str) -> Companion:
    return Companion(command, ("-P", "-m", "newsletter", command, "--until-stdin-closes"))


def _mailbox(shop: Shop) -> Mailbox | None:
    if not shop.config.has_mailbox:
        return None
    mailbox = Mailbox(Store(shop.config.var / "mailbox"), "127.0.0.1", shop.config.mailbox_port)
    mailbox.start()
    return mailbox


def _tell(shop: Shop) -> None:
    url = shop.config.public_url
    if load_demo(shop):
        click.echo("A demo base is loaded, and a demo bulletin is on its way.")
    click.echo(f"Staff      {url}/staff/")
    if shop.config.has_mailbox:
        click.echo(f"Mailbox    {url}/mailbox   (all mail stays on this machine)")
    link = welcome_link(shop)
    if link:
        click.echo(f"Sign in    {link.url}   (once: set the password of {link.email})")
    click.echo("Ctrl-C stops it.")
