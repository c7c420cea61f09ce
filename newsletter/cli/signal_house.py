"""`newsletter signal …` on the database: look back, compare with what came true, and know better."""

import sys
from datetime import datetime
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.cli.shop import opened, print_json
from newsletter.cli.signal import AS_OF, as_line, moment
from newsletter.clock import utc_now
from newsletter.errors import NotFound
from newsletter.signal import calibration as told
from newsletter.signal.in_force import rules_in_force, version_in_force
from newsletter.signal.note import Better
from newsletter.signal.note import override as note_override
from newsletter.signal.replay import answered
from newsletter.signal.replay import replay as replayed
from newsletter.signal.rules import State


@click.command()
@AS_OF
def replay(as_of: datetime | None) -> None:
    """Print the verdict on every machine as of a day, by the rules in force now."""
    with opened() as shop, shop.db.read() as session:
        rules = rules_in_force(session)
        click.echo(f"Rules version {version_in_force(session)}.", err=True)
        for story, weighed in replayed(session, moment(as_of), rules):
            sys.stdout.write(as_line(story.account, story.serial, weighed, weighed.because))


@click.command()
@click.argument("account")
@click.argument("says", type=click.Choice([state.value for state in State]))
@click.option("--serial", help="The machine; without it, the account at large.")
@click.option("--by", required=True, help="Who says so.")
@click.option("--because", required=True, help="Why.")
def override(account: str, says: str, serial: str | None, by: str, because: str) -> None:
    """Put down what you know better of a machine of ACCOUNT: evidence with your name, which later words outweigh."""
    with opened() as shop, shop.db.write() as session:
        account_id, unit_id = _found(session, account, serial)
        note_override(session, account_id, Better(unit_id, State(says), because), author=by, now=utc_now())
    click.echo("Noted.")


@click.command()
@AS_OF
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def calibration(as_of: datetime | None, *, in_json: bool) -> None:
    """Show how many of the silent who later answered were still using, and what we had said."""
    at = moment(as_of)
    with opened() as shop, shop.db.read() as session:
        rules = rules_in_force(session)
        found = told.calibrated(answered(session, at, rules))
    if in_json:
        by_place = [{"model": m, "age": a, "silent": s, **_share(share)} for (m, a, s), share in found.silent.items()]
        tenths = [{"predicted": round(one.predicted, 3), **_share(one.observed)} for one in found.tenths.values()]
        print_json({"answers": found.answers, "silent": by_place, "reliability": tenths})
        return
    click.echo(f"{found.answers} answers about machines by name.")
    click.echo(f"{'Model':<16} {'age, years':<12} {'silent, years':<14} still in use")
    for (model, age, silent), share in found.silent.items():
        click.echo(f"{model or 'every model':<16} {age:<12} {silent:<14} {_in_words(share)}")
    click.echo("We had said, and they answered:")
    for one in found.tenths.values():
        click.echo(f"{one.predicted:>6.0%}  {_in_words(one.observed)}")


def _found(session: Session, account: str, serial: str | None) -> tuple[int, int | None]:
    account_id = session.scalar(select(Account.id).where(Account.number == account))
    if account_id is None:
        raise NotFound(f"There is no account {account[:100]!r}.")
    if serial is None:
        return account_id, None
    units = session.scalars(select(Unit.id).where(Unit.account_id == account_id, Unit.serial == serial)).all()
    if len(units) != 1:
        raise NotFound(f"There is no one machine {serial[:100]!r} at {account}.")
    return account_id, units[0]


def _share(share: told.Share) -> dict[str, Any]:
    interval = [round(edge, 3) for edge in share.interval] if share.is_enough else None
    return {"used": share.used, "answers": share.answers, "interval": interval}


def _in_words(share: told.Share) -> str:
    if not share.is_enough:
        return f"too few answers ({share.answers}) to say"
    low, high = share.interval
    return f"{share.used / share.answers:.0%} of {share.answers} (95 %: {low:.0%} to {high:.0%})"
