"""`newsletter pace …`."""

from dataclasses import asdict
from datetime import datetime
from zoneinfo import ZoneInfo

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.cli.pace_words import NOTHING, read_hours, tell_hours, tell_pause, tell_rate, tell_warm_up
from newsletter.cli.shop import opened, print_json
from newsletter.clock import known_zones, utc_now
from newsletter.errors import NotFound, Refused
from newsletter.ledger.run import Run
from newsletter.pace import change
from newsletter.pace.limits import limits_in_force
from newsletter.pace.listing import rate_lines, warm_up_lines
from newsletter.pace.pause import pause_domain, paused_domains, resume_domain
from newsletter.pace.rate import read_rate
from newsletter.pace.rule import EVERY, Kind
from newsletter.pace.warming import Warming

_AUTHOR = "command line"
_EVERY_DAY = "mon-sun"
_KIND = click.Choice([kind.value for kind in Kind])
_COPIES = click.IntRange(1, 10**9)


@click.group()
def pace() -> None:
    """How fast and when we may send: rates, quiet hours, warm-up, paused domains."""


@pace.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """Everything that is set, beside what is measured now."""
    with opened() as shop, shop.db.read() as session:
        now = utc_now()
        today = now.astimezone(ZoneInfo(shop.config.zone)).date()
        rates, warm_ups = rate_lines(session, today), warm_up_lines(session, today)
        hours, pauses = limits_in_force(session).hours, paused_domains(session, now)
    if as_json:
        paused = [{"domain": pause.domain, "until": pause.until, "reason": pause.reason} for pause in pauses]
        warming = [asdict(line) for line in warm_ups]
        quiet_hours = tell_hours(hours)
        print_json(
            {"rates": [asdict(line) for line in rates], "warm_ups": warming, "hours": quiet_hours, "paused": paused}
        )
        return
    lines = [*map(tell_rate, rates), *map(tell_warm_up, warm_ups), *tell_hours(hours), *map(tell_pause, pauses)]
    click.echo("\n".join(lines) or NOTHING)


@pace.command("set")
@click.argument("kind", type=_KIND)
@click.argument("name")
@click.argument("rate")
def set_(kind: str, name: str, rate: str) -> None:
    """Set a RATE (50/s, 600/min, 3000/h, 200000/d) for one relay, domain, run or account.

    NAME is the relay's or domain's name, the run's id, the account's number; * is every domain, or every account, that
    has no rate of its own. An account's rate is per day.
    """
    wanted = read_rate(rate)
    with opened() as shop:
        with shop.db.read() as session:
            known = _known(session, Kind(kind), name)
        change.set_rate(shop.db, Kind(kind), known, wanted, by=_AUTHOR, now=utc_now())


@pace.command()
@click.argument("kind", type=_KIND)
@click.argument("name")
def unset(kind: str, name: str) -> None:
    """Take a rate back."""
    with opened() as shop:
        with shop.db.read() as session:
            known = _known(session, Kind(kind), name)
        change.unset_rate(shop.db, Kind(kind), known, by=_AUTHOR, now=utc_now())


@pace.command()
@click.argument("domain")
@click.option("--reason", required=True, help="Why, for those who come after you.")
def pause(domain: str, reason: str) -> None:
    """Send nothing to DOMAIN until somebody resumes it."""
    with opened() as shop, shop.db.write() as session:
        pause_domain(session, domain, reason, by=_AUTHOR, now=utc_now())


@pace.command()
@click.argument("domain")
def resume(domain: str) -> None:
    """Send to DOMAIN again."""
    with opened() as shop, shop.db.write() as session:
        resume_domain(session, domain, by=_AUTHOR, now=utc_now())


@pace.command()
@click.argument("hours", required=False, metavar="[HH:MM-HH:MM]")
@click.option("--days", default=_EVERY_DAY, show_default=True, help="When we send at all: mon-fri or mon,wed,fri.")
@click.option("--none", "is_off", is_flag=True, help="No quiet hours, any day of the week.")
def quiet(hours: str | None, days: str, *, is_off: bool) -> None:
    """Send nothing in these hours, by the recipient's own clock; 20:00-07:00 is the night."""
    with opened() as shop:
        if is_off:
            change.unset_hours(shop.db, by=_AUTHOR, now=utc_now())
            return
        if hours is None and days == _EVERY_DAY:
            raise Refused("That says neither hours nor days.", hint="For example: newsletter pace quiet 20:00-07:00")
        change.set_hours(shop.db, read_hours(hours or "00:00-00:00", days), by=_AUTHOR, now=utc_now())


@pace.command()
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")
@click.option("--zone", default="", help="Only for recipients in this zone, for example Europe/Berlin.")
@click.option("--again", is_flag=True, help="Send on that day after all.")
def closed(day: datetime, zone: str, *, again: bool) -> None:
    """Send nothing on that day, by the recipient's own calendar."""
    if zone and zone not in known_zones():
        raise Refused(f"{zone!r} is no time zone.", hint="Write a zone such as Europe/Berlin.")
    act = change.open_day if again else change.close_day
    with opened() as shop:
        act(shop.db, day.date(), zone, by=_AUTHOR, now=utc_now())


@pace.command("warm-up")
@click.argument("relay")
@click.option("--first", default=50, type=_COPIES, show_default=True, help="Copies on the first day, which is today.")
@click.option("--factor", default=1.5, show_default=True, help="How many times as many on each further day.")
@click.option(
    "--until",
    "enough",
    default=100_000,
    type=_COPIES,
    show_default=True,
    help="From so many a day on there is no limit.",
)
@click.option("--stop", is_flag=True, help="No limit from now on.")
def warm_up(relay: str, first: int, factor: float, enough: int, *, stop: bool) -> None:
    """Let a RELAY that nobody knows yet send a little more every day."""
    with opened() as shop:
        now = utc_now()
        if stop:
            change.end_warm_up(shop.db, relay, by=_AUTHOR, now=now)
            return
        today = now.astimezone(ZoneInfo(shop.config.zone)).date()
        change.warm_up(shop.db, relay, Warming(today, first, factor, enough), by=_AUTHOR, now=now)


def _known(session: Session, kind: Kind, name: str) -> str:
    """What a rate is kept under: the id of an account with that number, or of a run that exists. Raises NotFound."""
    if kind is Kind.ACCOUNT and name != EVERY:
        account_id = session.scalar(select(Account.id).where(Account.number == name))
        if account_id is None:
            raise NotFound(f"There is no account {name}.")
        return str(account_id)
    if kind is Kind.RUN and (not name.isdecimal() or session.get(Run, int(name[:18])) is None):
        raise NotFound(f"There is no run {name}.")
    return name
