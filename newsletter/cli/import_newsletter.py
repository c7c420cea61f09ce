"""`newsletter bulletin import`."""

from pathlib import Path

import click

from newsletter.bulletin.imported import Imported, decoded, read_newsletter
from newsletter.cli.shop import print_json
from newsletter.errors import BadFile


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the bulletin to this file; it must not be there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_newsletter(file: Path, out: Path | None, *, as_json: bool) -> None:
    """Make a bulletin of a newsletter that exists as HTML in FILE, to be completed and looked over.

    The bulletin goes to standard output, what was left out to standard error. Nothing is kept or sent.
    """
    found = read_newsletter(decoded(file.read_bytes()))
    if as_json:
        print_json(
            {"source": found.source, "images": found.images, "left_out": found.left_out, "look_at": found.look_at}
        )
        return
    if out is None:
        click.echo(found.source)
    else:
        _write(out, found.source)
    _tell(found)


def _write(out: Path, source: str) -> None:
    try:
        with out.open("x", encoding="utf-8") as written:
            written.write(source)
    except FileExistsError as error:
        raise BadFile(f"{out} is there already.", hint="Choose another name; nothing was written.") from error


def _tell(found: Imported) -> None:
    for heading, lines in (
        ("Left out, and why", found.left_out),
        ("Images, to be uploaded here", [f"{address} ({words or 'no words'})" for address, words in found.images]),
        ("To look at", ("Give it a number, and the models or the topic it is for.", *found.look_at)),
    ):
        if lines:
            click.echo(f"\n{heading}", err=True)
        for line in lines:
            click.echo(f"  {line}", err=True)
