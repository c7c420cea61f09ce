"""`newsletter signal …` on the database: look back, try other rules, switch them on, compare with what came true."""

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.cli.shop import opened, print_json
from newsletter.cli.signal import DAY, as_line, moment
from newsletter.clock import utc_now
from newsletter.errors import BadFile, NotFound, Refused
from newsletter.signal import calibration as told
from newsletter.signal.in_force import rules_in_force, switch_on, version_in_force
from newsletter.signal.learn import FEWEST, learned
from newsletter.signal.note import Better
from newsletter.signal.note import override as note_override
from newsletter.signal.parameters import as_json, read_parameters
from newsletter.signal.replay import Change, changes, stories
from newsletter.signal.replay import replay as replayed
from newsletter.signal.rules import Rules, State

_AS_OF = click.option("--as-of", type=DAY, help="The day, read as its end in UTC; today if left out.")
_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_NAMED = 50
_LARGEST = 100_000


@click.command()
@_AS_OF
def replay(as_of: datetime | None) -> None:
    """Print the verdict on every machine as of a day, by the rules in force now."""
    with opened() as shop, shop.db.read() as session:
        rules = rules_in_force(session)
        click.echo(f"Rules version {version_in_force(session)}.", err=True)
        for story, weighed in replayed(session, moment(as_of), rules):
            sys.stdout.write(as_line(story.account, story.serial, weighed, weighed.because))


@click.command()
def parameters() -> None:
    """Print the parameters in force: to change in a file, try with `whatif`, and switch on with `adopt`."""
    with opened() as shop, shop.db.read() as session:
        click.echo(as_json(rules_in_force(session)))


@click.command()
@_AS_OF
def learn(as_of: datetime | None) -> None:
    """Print the parameters in force with the rates that our own answers teach. Nothing is changed."""
    at = moment(as_of)
    with opened() as shop, shop.db.read() as session:
        rules = rules_in_force(session)
        found = learned((story.life for story in stories(session, at)), at, rules)
    if not found.answers:
        raise Refused(f"There are fewer than {FEWEST} answers about machines by name: too few to learn from.")
    click.echo(f"Learned from {found.answers} answers.", err=True)
    click.echo(as_json(replace(rules, rates=found.rates)))


@click.command()
@_FILE
@_AS_OF
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def whatif(file: Path, as_of: datetime | None, *, in_json: bool) -> None:
    """Show which verdicts the parameters in FILE would change. Nothing is changed."""
    rules = _read(file)
    with opened() as shop, shop.db.read() as session:
        changed, tally = changes(session, moment(as_of), rules_in_force(session), rules)
    if in_json:
        print_json({"machines": tally.total(), "changes": [_plain(change) for change in changed]})
        return
    click.echo(f"{len(changed)} of {tally.total()} machines would change their verdict.")
    for change in changed[:_NAMED]:
        was, will = change.before, change.after
        click.echo(f"  {change.account:<12} {change.serial:<14} {_words(was.state, was.p_used)} → ", nl=False)
        click.echo(_words(will.state, will.p_used))
    if len(changed) > _NAMED:
        click.echo(f"  and {len(changed) - _NAMED} more; --json prints all.")


@click.command()
@_FILE
@click.option("--by", required=True, help="Who switches them on.")
def adopt(file: Path, by: str) -> None:
    """Weigh by the parameters in FILE from now on. `whatif` shows before what that changes."""
    rules = _read(file)
    with opened() as shop:
        version = switch_on(shop.db, rules, author=by, now=utc_now())
    click.echo(f"Rules version {version} is in force. An account is weighed by it when it is next heard of or shown.")


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
@_AS_OF
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def calibration(as_of: datetime | None, *, in_json: bool) -> None:
    """Show how many of the silent who later answered were still using, and what we had said."""
    at = moment(as_of)
    with opened() as shop, shop.db.read() as session:
        rules = rules_in_force(session)
        found = [
            answer
            for one in stories(session, at)
            for answer in told.answers(one.evidence, at, rules, model=one.model, installed=one.installed)
        ]
    shares, tenths = told.silent_by_age(found), told.reliability(found)
    if in_json:
        by_place = [{"model": m, "age": a, "silent": s, **_share(share)} for (m, a, s), share in shares.items()]
        predicted = [{"predicted": round(tenth.predicted, 3), **_share(tenth.observed)} for tenth in tenths]
        print_json({"answers": len(found), "silent": by_place, "reliability": predicted})
        return
    click.echo(f"{len(found)} answers about machines by name.")
    click.echo(f"{'Model':<16} {'age, years':<12} {'silent, years':<14} still in use")
    for (model, age, silent), share in shares.items():
        click.echo(f"{model or 'every model':<16} {age:<12} {silent:<14} {_in_words(share)}")
    click.echo("We had said, and they answered:")
    for tenth in tenths:
        click.echo(f"{tenth.predicted:>6.0%}  {_in_words(tenth.observed)}")


def _read(file: Path) -> Rules:
    if file.stat().st_size > _LARGEST:
        raise BadFile(f"{file.name} is larger than any parameters.")
    try:
        return read_parameters(file.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadFile(f"{file.name} is no UTF-8 text.") from error


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


def _plain(change: Change) -> dict[str, object]:
    return {
        "account": change.account,
        "unit": change.serial,
        "before": change.before.state,
        "p_before": round(change.before.p_used, 4),
        "after": change.after.state,
        "p_after": round(change.after.p_used, 4),
    }


def _words(state: State, p_used: float) -> str:
    return f"{state.replace('_', ' ')} ({p_used:.0%})"


def _share(share: told.Share) -> dict[str, Any]:
    interval = [round(edge, 3) for edge in share.interval] if share.is_enough else None
    return {"used": share.used, "answers": share.answers, "interval": interval}


def _in_words(share: told.Share) -> str:
    if not share.is_enough:
        return f"too few answers ({share.answers}) to say"
    low, high = share.interval
    return f"{share.used / share.answers:.0%} of {share.answers} (95 %: {low:.0%} to {high:.0%})"
