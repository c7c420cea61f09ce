"""`newsletter signal …`: what the evidence adds up to."""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib import import_module
from typing import BinaryIO

import click

from newsletter.clock import utc_now
from newsletter.errors import BadFile
from newsletter.signal.heap import Heap
from newsletter.signal.kinds import KINDS
from newsletter.signal.learn import Learned, learned
from newsletter.signal.lines import LONGEST, Name, end_of, read_line
from newsletter.signal.rules import Rules, Weighed, weigh

SHOWN = 20
"""How many refused lines are named one by one."""
TAUGHT_BY = 600
"""From so many accounts the rates are learned: more would take longer and teach no more."""


DAY = click.DateTime(["%Y-%m-%d"])
AS_OF = click.option("--as-of", type=DAY, help="The day, read as its end in UTC; today if left out.")


class _Commands(click.Group):
    """Reads what needs the database when it is asked for: a file is weighed without it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *_OF_THE_HOUSE]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _OF_THE_HOUSE:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(f"newsletter.cli.{_OF_THE_HOUSE[cmd_name]}"), cmd_name)
        return command


_OF_THE_HOUSE = {
    "add": "signal_add",
    **dict.fromkeys(("replay", "calibration", "override"), "signal_house"),
    **dict.fromkeys(("parameters", "learn", "whatif", "adopt"), "signal_rules"),
}


@click.group(cls=_Commands)
def signal() -> None:
    """What we observed of machines, and what it adds up to."""


@signal.command()
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def kinds(*, in_json: bool) -> None:
    """Show every kind of evidence: what it weighs, how fast it fades, and why."""
    if in_json:
        table = [
            {
                "kind": kind,
                "weight": weight.weight,
                "half_life_days": weight.half_life_days,
                "is_word": weight.is_word,
                "means_use": weight.means_use,
                "reason": weight.reason,
            }
            for kind, weight in KINDS.items()
        ]
        click.echo(json.dumps(table, ensure_ascii=False, indent=2))
        return
    for kind, weight in KINDS.items():
        click.echo(f"{kind:<18} {weight.weight:>4} {weight.half_life_days:>6} days  {weight.reason}")


@signal.command("weigh")
@click.option("--as-of", type=DAY, help="The day to weigh at, read as its end in UTC; today if left out.")
@click.option("--assumed", is_flag=True, help="Take the rates as they are assumed, and learn none from the answers.")
def weigh_lines(as_of: datetime | None, *, assumed: bool) -> None:
    """Weigh evidence from stdin, one JSON object a line, into one verdict a line and machine.

    Lines that cannot be read, and ids that say different things, are named on stderr and not looked at; the exit code
    is then 1, and all other verdicts are printed. Evidence from after the day is counted and not looked at.
    """
    now = moment(as_of)
    with Heap() as heap:
        refused = _gather(heap, now)
        rates = Learned(Rules().rates, 0) if assumed else learned((m.evidence for m in heap.sample(TAUGHT_BY)), now)
        if not assumed:
            _tell(rates)
        rules = Rules(rates=rates.rates)
        for machine in heap.machines():
            weighed = weigh(machine.evidence, now, rules)
            because = [machine.called[line] for line in weighed.because]
            sys.stdout.write(as_line(machine.account, machine.unit, weighed, because))
    if refused:
        sys.exit(1)


def moment(as_of: datetime | None) -> datetime:
    """The end of the day asked for in UTC; now, where none was."""
    return end_of(as_of.date()) if as_of else utc_now()


def _gather(heap: Heap, now: datetime) -> int:
    """Put every line of stdin on the heap; how many were refused."""
    reasons, later = Counter[str](), 0
    for number, raw in lines(sys.stdin.buffer):
        try:
            line = read_line(raw)
        except BadFile as error:
            _refuse(reasons, f"Line {number}: {error}", error.message)
            continue
        later += line.observed_at > now
        heap.add(number, line)
    repeats, contradicting = heap.settle()
    for numbers in contradicting:
        named = ", ".join(map(str, numbers[:SHOWN]))
        _refuse(reasons, f"Lines {named}: the same id says different things.", "The same id says different things.")
    _count(later, "from after the day, not looked at")
    _count(repeats, "said again, counted once")
    for reason, count in reasons.most_common(SHOWN):
        _count(count, f"refused: {reason}")
    return reasons.total()


def lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that are not blank, by number; of one that is too long, so much that it is seen to be."""
    number = 0
    while raw := file.readline(LONGEST + 1):
        number += 1
        ended = raw
        while len(ended) > LONGEST and not ended.endswith(b"\n"):
            ended = file.readline(LONGEST + 1)
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")  # a mark that some editors put before a file
        if raw.strip():
            yield number, raw


def _refuse(reasons: Counter[str], sentence: str, reason: str) -> None:
    if reasons.total() < SHOWN:
        click.echo(sentence, err=True)
    reasons[reason] += 1


def _count(count: int, what: str) -> None:
    if count:
        click.echo(f"{count} {what}", err=True)


def _tell(rates: Learned) -> None:
    if not rates.answers:
        click.echo("Rates as assumed: too few answers to learn from.", err=True)
        return
    r = rates.rates
    click.echo(
        f"Rates learned from {rates.answers} answers: {r.ends:.1%} of ten-year-old machines end a year, "
        f"{r.unheard:.0%} of those never heard of are used, {r.mistaken:.0%} of answers are wrong.",
        err=True,
    )


def as_line(account: Name, unit: Name, weighed: Weighed, because: Sequence[Name]) -> str:
    """One verdict as a line of JSON; `since` is a day in UTC."""
    verdict = {
        "account": account,
        "unit": unit,
        "verdict": weighed.state,
        "p_used": round(weighed.p_used, 4),
        "since": weighed.since.astimezone(UTC).date().isoformat() if weighed.since else None,
        "because": because,
    }
    return json.dumps(verdict, ensure_ascii=False) + "\n"
