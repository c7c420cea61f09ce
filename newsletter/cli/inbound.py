"""`newsletter inbound`."""

import click

from newsletter.cli.shop import opened
from newsletter.clock import utc_now
from newsletter.engine.stopping import stop_on_signals, stop_with_parent
from newsletter.errors import Misconfigured
from newsletter.inbound.server import listen, serve
from newsletter.inbound.take import Desk


@click.command()
@click.option("--until-stdin-closes", is_flag=True, hidden=True)
def inbound(*, until_stdin_closes: bool) -> None:
    """Take the mail that comes in, where NEWSLETTER_INBOUND_URL says: opt-outs, complaints, bounces, answers."""
    stop = stop_on_signals()
    if until_stdin_closes:
        stop_with_parent(stop)
    with opened() as shop:
        config = shop.config
        where = config.inbound
        if where is None:
            raise Misconfigured("NEWSLETTER_INBOUND_URL is not set.", hint="Write for example smtp://127.0.0.1:2525.")
        links = config.links()
        desk = Desk(shop.db, links, config.sender_domain, config.goodbye(links), utc_now, config.reply_address)
        serve(desk, listen(where), stop, is_lmtp=where.is_lmtp)
