"""`newsletter bulletin preflight`."""

import sys
from itertools import groupby
from pathlib import Path

import click

from newsletter.bulletin.finding import Severity
from newsletter.bulletin.preflight import as_finding, in_a_sentence
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import find, newest_of
from newsletter.cli.shop import Shop, opened, print_json
from newsletter.clock import utc_now
from newsletter.errors import BadBulletin, BadFile
from newsletter.ledger.look_over import LookedOver, look_over, unreadable

_HEADINGS = {Severity.BLOCK: "Red: forbidden so", Severity.WARN: "Yellow: look at it", Severity.FINE: "Green: fine"}


@click.command()
@click.argument("what", metavar="FILE|NUMBER")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def preflight(what: str, *, as_json: bool) -> None:
    """Look a bulletin over before it is sent: FILE, or NUMBER where it was written down. Exit code 1: it is blocked."""
    with opened() as shop:
        seen = _looked_over(shop, what)
    if as_json:
        print_json({"blocked": seen.is_blocked, "targeted": seen.reach.targeted, "findings": seen.findings})
    else:
        _tell(seen)
    sys.exit(1 if seen.is_blocked else 0)


def read_text(file: Path) -> str:
    """The text of a UTF-8 file. Raises BadFile."""
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"{file} is not UTF-8 text (octet {error.start + 1}).", hint="Save it as UTF-8.") from error
    except OSError as error:
        raise BadFile(f"{file} cannot be read: {error.strerror}.") from error


def _looked_over(shop: Shop, what: str) -> LookedOver:
    now, file = utc_now(), Path(what)
    with shop.db.read() as session:
        if not file.is_file():
            version = newest_of(session, what)
            ids = {"bulletin_id": version.bulletin_id, "version_id": version.id}
            return look_over(session, shop.desk, read_source(version.source), now, **ids)
        try:
            source = read_source(read_text(file))
        except BadBulletin as error:
            return unreadable(as_finding(error))
        bulletin = find(session, source.number)
        return look_over(
            session, shop.desk, source, now, bulletin_id=bulletin.id if bulletin else None, version_id=None
        )


def _tell(seen: LookedOver) -> None:
    for severity, findings in groupby(seen.findings, key=lambda finding: finding.severity):
        click.echo(_HEADINGS[severity])
        for finding in findings:
            place = ", ".join(filter(None, (finding.language, f"line {finding.line}" if finding.line else "")))
            click.echo(f"  {finding.sentence}{f' ({place})' if place else ''}")
            if finding.hint:
                click.echo(f"      {finding.hint}")
    click.echo(f"In short: {in_a_sentence(seen.findings)}")
