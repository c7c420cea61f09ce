"""`newsletter signal …` about the rules: show those in force, learn, try others, and switch them on."""

from dataclasses import asdict, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import click

from newsletter.cli.shop import opened, print_json
from newsletter.cli.signal import AS_OF, moment
from newsletter.clock import utc_now
from newsletter.errors import BadFile, Conflict, Refused
from newsletter.retention.keep_verdicts import weigh_everybody
from newsletter.signal.in_force import rules_in_force, switch_on
from newsletter.signal.learn import FEWEST, learned
from newsletter.signal.parameters import as_json, read_parameters
from newsletter.signal.replay import Comparison, compare, stories
from newsletter.signal.rules import Rules, State

_FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_NAMED = 5
_TOLD_EVERY = 10_000
_LARGEST = 100_000


@click.command()
def parameters() -> None:
    """Print the parameters in force: to change in a file, try with `whatif`, and switch on with `adopt`."""
    with opened() as shop, shop.db.read() as session:
        click.echo(as_json(rules_in_force(session)))


@click.command()
@AS_OF
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
@AS_OF
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def whatif(file: Path, as_of: datetime | None, *, in_json: bool) -> None:
    """Show which verdicts the parameters in FILE would change. Nothing is changed."""
    rules = _read(file)
    with opened() as shop, shop.db.read() as session:
        found = compare(session, moment(as_of), rules_in_force(session), rules)
    if in_json:
        moves = [
            {"before": before, "after": after, "machines": count}
            for (before, after), count in found.moves.most_common()
        ]
        print_json(
            {"machines": found.machines, "moves": moves, "changes": [asdict(change) for change in found.changed]}
        )
    else:
        _show(found)


@click.command()
@_FILE
@click.option("--by", required=True, help="Who switches them on.")
@click.option("--yes", is_flag=True, help="Do not ask after showing what they would change.")
def adopt(file: Path, by: str, *, yes: bool) -> None:
    """Weigh by the parameters in FILE from now on, after showing what that changes; every account is weighed anew."""
    rules = _read(file)
    with opened() as shop:
        with shop.db.read() as session:
            _show(compare(session, utc_now(), rules_in_force(session), rules))
        if not yes:
            click.confirm("Switch these rules on?", abort=True)
        now = utc_now()
        version = switch_on(shop.db, rules, author=by, now=now)
        click.echo(f"Rules version {version} is in force.")
        try:
            weighed = weigh_everybody(shop.db, now, _tell_progress)
        except Conflict as error:
            click.echo(str(error))
            return
    click.echo(f"{weighed:,} accounts weighed anew.")


def _read(file: Path) -> Rules:
    if file.stat().st_size > _LARGEST:
        raise BadFile(f"{file.name} is larger than any parameters.")
    try:
        return read_parameters(file.read_text("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadFile(f"{file.name} is no UTF-8 text.") from error


def _show(found: Comparison) -> None:
    click.echo(f"{len(found.changed):,} of {found.machines:,} machines would change their verdict.")
    for move, count in found.moves.most_common():
        before, after = move
        click.echo(f"{count:>8,} from {_words(before)} to {_words(after)}, such as:")
        alike = (change for change in found.changed if (change.before, change.after) == move)
        for change in islice(alike, _NAMED):
            click.echo(
                f"         {change.account:<12} {change.unit:<14} "
                f"{change.p_before:.0%} → {change.p_after:.0%} likely to be in use"
            )
    if found.changed:
        click.echo("`whatif --json` prints all.")


def _tell_progress(weighed: int) -> None:
    if weighed % _TOLD_EVERY == 0:
        click.echo(f"{weighed:,} accounts …", err=True)


def _words(state: State) -> str:
    return state.replace("_", " ")
