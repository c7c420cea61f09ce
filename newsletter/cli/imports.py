"""`newsletter import FILE`."""

import sys
from pathlib import Path

import click
from rich.progress import Progress

from newsletter.audience.topic import DEFAULT_TOPIC
from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.errors import BadFile, Refused
from newsletter.importing.apply import import_file
from newsletter.importing.import_report import ImportReport

_SHOWN = 10  # complaints on a terminal; all of them are in the file


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--map", "mapped", multiple=True, metavar="FIELD=HEADING", help="Say which column a field is in.")
@click.option("--dates", type=click.Choice(["dmy", "mdy"]), help="How dates with slashes are meant.")
@click.option("--topic", default=DEFAULT_TOPIC, show_default=True, help="The topic a yes in the file is for.")
@click.option("--rejected", type=click.Path(path_type=Path), help="Where unused rows go, if not into VAR/rejected.")
def import_(
    file: Path, *, dry_run: bool, as_json: bool, mapped: tuple[str, ...], dates: str | None, topic: str,
    rejected: Path | None,
) -> None:  # fmt: skip
    """Bring the accounts, machines, people and consents of a CSV FILE into the database.

    The same file a second time changes nothing. Rows that cannot be used come back as a CSV with the reason.
    """
    mapping = dict(_pair(text) for text in mapped)
    with opened() as shop, Progress(transient=True, disable=not sys.stdout.isatty()) as bar:
        task = bar.add_task("Reading", total=None)
        report = import_file(
            shop.db,
            file,
            now=utc_now(),
            mapping=mapping,
            dates=dates,
            dry_run=dry_run,
            topic_key=topic,
            signer=shop.config.signer(),
            progress=lambda done, of: bar.update(task, completed=done, total=of),
        )
        rejected_file = _write_rejected(report, rejected, file, shop.config.var)
    if as_json:
        print_json(_as_json(report, rejected_file))
    else:
        _tell(report, rejected_file)


def _pair(text: str) -> tuple[str, str]:
    field, equals, heading = text.partition("=")
    if not equals or not field.strip() or not heading.strip():
        raise Refused(f"{text!r} is no mapping.", hint="Write --map 'account=Kundennr'.")
    return field.strip(), heading.strip()


def _default_rejected(file: Path, var: Path) -> Path:
    """In our own folder: beside the file may be a share that others read, and a dry run leaves nothing there."""
    folder = var / "rejected"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{file.stem}.csv"


def _write_rejected(report: ImportReport, chosen: Path | None, file: Path, var: Path) -> Path | None:
    if not report.complaints:
        return None
    path = chosen or _default_rejected(file, var)
    try:
        report.write_rejected(path)
    except OSError as error:
        sentence = f"The import is done, but {path} cannot be written: {error.strerror}."
        raise BadFile(sentence, hint="Name another place with --rejected; importing again changes nothing.") from error
    return path


def _as_json(report: ImportReport, rejected_file: Path | None) -> dict[str, object]:
    return {
        **report.counts(),
        "applied": report.applied,
        "rejected_file": str(rejected_file) if rejected_file else None,
        "rejected_rows": report.rejected_rows,
        "changes": report.tallies,
        "stay_opted_out": list(report.stay_opted_out),
        "complaints": [{"line": c.line, "column": c.column, "reason": c.reason} for c in report.complaints],
    }


def _tell(report: ImportReport, rejected_file: Path | None) -> None:
    click.echo("Imported." if report.applied else "Nothing was changed: this was a dry run.")
    for name, count in report.counts().items():
        click.echo(f"  {count:>9,} {name.replace('_', ' ')}")
    for kind, tally in report.tallies.items():
        click.echo(f"  {kind}: {tally.created:,} new, {tally.changed:,} changed, {tally.unchanged:,} as before")
    for complaint in report.complaints[:_SHOWN]:
        click.echo(f"  line {complaint.line}, {complaint.column or 'row'}: {complaint.reason}")
    if rejected_file:
        click.echo(f"{report.rejected_rows:,} rows came back, each with its reason: {rejected_file}")
