"""`newsletter signal add`."""

import json
import sys
from collections import Counter
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from newsletter.cli.shop import opened
from newsletter.cli.signal import SHOWN, lines
from newsletter.clock import utc_now
from newsletter.errors import BadFile, Refused
from newsletter.intake.fact import read_fact, read_json
from newsletter.intake.take import MOST_AT_ONCE, Became, Told, take
from newsletter.signal.lines import LONGEST


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--rejected", type=click.Path(path_type=Path), help="Where the refused go, each with its reason.")
def add(file: BinaryIO, rejected: Path | None) -> None:
    """Add the evidence in FILE (- for stdin), one JSON object a line, as the API takes it. Again changes nothing.

    Lines that are refused are named on stderr, the exit code is then 1, and all others are kept.
    """
    tally = Counter[Became]()
    with opened() as shop, _opened(rejected) as refusals:
        numbered = lines(file)
        while some := list(islice(numbered, MOST_AT_ONCE)):
            outcomes = take(shop.db, [_read(raw) for _, raw in some], utc_now())
            for (number, _), outcome in zip(some, outcomes, strict=True):
                tally[outcome.became] += 1
                if outcome.error:
                    _refuse(number, str(outcome.error), tally[Became.REFUSED], refusals)
    click.echo(", ".join(f"{tally[became]:,} {became}" for became in Became))
    if tally[Became.REFUSED]:
        sys.exit(1)


def _read(raw: bytes) -> Told:
    try:
        if len(raw) > LONGEST:
            raise BadFile(f"The line is longer than {LONGEST:,} bytes.")
        return read_fact(read_json(raw))
    except Refused as error:
        return error


def _opened(path: Path | None) -> "nullcontext[None] | TextIO":
    if path is None:
        return nullcontext()
    try:
        return path.open("w", encoding="utf-8")
    except OSError as error:
        raise BadFile(f"{path} cannot be written: {error.strerror}.", hint="Name another place.") from error


def _refuse(number: int, reason: str, how_many: int, refusals: TextIO | None) -> None:
    if how_many <= SHOWN:
        click.echo(f"Line {number}: {reason}", err=True)
    if refusals:
        refusals.write(json.dumps({"line": number, "reason": reason}, ensure_ascii=False) + "\n")
