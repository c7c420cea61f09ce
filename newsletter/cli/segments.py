"""`newsletter segment …`."""

from dataclasses import asdict

import click

from newsletter.cli.shop import opened, print_json
from newsletter.clock import utc_now
from newsletter.segment.choosing import choose, version_in_force
from newsletter.segment.counting import count_covered
from newsletter.segment.reading import read_definition
from newsletter.segment.saving import history, saved_segments


@click.group()
def segment() -> None:
    """Saved audiences: which there are, and whom they choose now."""


@segment.command("list")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def list_(*, in_json: bool) -> None:
    """Every segment, by name."""
    with opened() as shop, shop.db.read() as session:
        saved = saved_segments(session)
    if in_json:
        print_json([asdict(one) for one in saved])
        return
    for one in saved:
        click.echo(f"{one.key:<24} {one.name}  (version {one.version}, {one.author}, {one.written_at:%Y-%m-%d})")
    if not saved:
        click.echo("There is none yet: build one on the staff pages.", err=True)


@segment.command()
@click.argument("key")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def show(key: str, *, in_json: bool) -> None:
    """Whom segment KEY chooses, in words, and its versions."""
    with opened() as shop, shop.db.read() as session:
        version_in_force(session, key)
        versions, words = history(session, key), choose(session, key, utc_now()).words
    if in_json:
        print_json({"key": key, "words": words, "versions": [asdict(one) for one in versions]})
        return
    click.echo(f"{key}: {words}")
    for one in versions:
        click.echo(f"  version {one.version}, {one.written_at:%Y-%m-%d %H:%M} UTC, {one.author}: {one.name}")


@segment.command()
@click.argument("key")
@click.option("--json", "in_json", is_flag=True, help="Print JSON.")
def count(key: str, *, in_json: bool) -> None:
    """How many people, accounts and machines segment KEY covers now."""
    with opened() as shop, shop.db.read() as session:
        definition = read_definition(version_in_force(session, key).definition)
        covered = count_covered(session, definition, utc_now())
    if in_json:
        print_json(asdict(covered))
        return
    click.echo(f"{covered.people:>9,} people")
    click.echo(f"{covered.accounts:>9,} accounts at which they stand")
    click.echo(f"{covered.machines:>9,} machines there")
