"""`newsletter series …`."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime

import click

from newsletter.bulletin.when import read_grace
from newsletter.cli.shop import ID, opened, print_json
from newsletter.clock import utc_now
from newsletter.errors import BadTime, Conflict, Refused
from newsletter.schedule.listing import Listed, OneSeries, Past, one_series, series_listed
from newsletter.schedule.series import Became
from newsletter.schedule.steer import Planned, end_series, pause_series, plan_series, resume_series, skip_day

_AUTHOR = "command line"
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_ID = click.argument("series_id", metavar="ID", type=ID)


@click.group()
def series() -> None:
    """What goes again and again: a bulletin to who has not had it, or a digest of topics."""


@series.command("list")
@_AS_JSON
def list_(*, as_json: bool) -> None:
    """All series, what comes next first."""
    with opened() as shop, shop.db.read() as session:
        found = series_listed(session)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    for one in found:
        click.echo(_line(one))
    if not found:
        click.echo('There is none. Plan one: newsletter series add TB-2026-014 "every first Tuesday" --at 09:00')


@series.command()
@_ID
@_AS_JSON
def show(series_id: int, *, as_json: bool) -> None:
    """The next days of series ID, and what became of the last ones."""
    with opened() as shop, shop.db.read() as session:
        seen = one_series(session, series_id)
    if as_json:
        print_json(asdict(seen))
    else:
        _tell(seen)


@series.command()
@click.argument("words", nargs=-1, required=True, metavar='[NUMBER] "every first Tuesday"')
@click.option("--topic", "topics", multiple=True, help="A digest of this topic instead of a bulletin; again for more.")
@click.option("--at", default="09:00", show_default=True, metavar="HH:MM", help="The time of day.")
@click.option("--zone", default="", metavar="Europe/Berlin", help="The time zone; that of the house if none is said.")
@click.option("--theirs", is_flag=True, help="At that time where each person is; ZONE is for whom we know none.")
@click.option("--since", default="", metavar="YYYY-MM-DD", help="Not before this day.")
@click.option("--name", default="", help="What it is called.")
@click.option("--waves", default="", metavar='"10%, 4h, rest"', help="Each day in parts, with a wait after each.")
@click.option("--hours", default="", metavar='"08:00-17:00 mon-fri"', help="Only in these, by the recipient's clock.")
@click.option("--grace", default="", metavar="HOURS", help="Leave a day out if it is late by more than so many.")
def add(  # noqa: PLR0913 - one for each option
    words: tuple[str, ...],
    *,
    at: str,
    zone: str,
    since: str,
    name: str,
    waves: str,
    hours: str,
    grace: str,
    topics: tuple[str, ...],
    theirs: bool,
) -> None:
    """Send bulletin NUMBER, or a digest of topics, again and again.

    On "every Monday", "every 2 weeks on Monday", "last Friday", "on the 1st".
    """
    *numbers, plan = words
    if len(numbers) != (0 if topics else 1):
        raise Refused(
            "Name one bulletin and its days, or topics and the days.",
            hint='Write series add TB-2026-014 "every Monday", or series add --topic bulletins "every Monday".',
        )
    with opened() as shop:
        late = read_grace(grace, shop.config.grace)
        planned = Planned(
            "".join(numbers), plan, at, zone or shop.config.zone, name, since, theirs, waves, hours, late, topics
        )
        series_id = plan_series(shop.db, planned, by=_AUTHOR, now=utc_now())
        with shop.db.read() as session:
            seen = one_series(session, series_id)
    _tell(seen)


@series.command()
@_ID
def pause(series_id: int) -> None:
    """Send nothing of series ID for now."""
    _steer(series_id, pause_series, "is paused")


@series.command()
@_ID
def resume(series_id: int) -> None:
    """Let series ID go on with its next day."""
    _steer(series_id, resume_series, "goes on")


@series.command()
@_ID
def end(series_id: int) -> None:
    """Send nothing of series ID any more."""
    _steer(series_id, end_series, "has ended")


@series.command()
@_ID
@click.argument("day", metavar="YYYY-MM-DD", required=False, default="")
def skip(series_id: int, day: str) -> None:
    """Leave out the next day of series ID; with a DAY only if that is the next."""
    with opened() as shop:
        with shop.db.read() as session:
            ahead = one_series(session, series_id).ahead
        if not ahead:
            raise Conflict(f"Nothing of series {series_id} is to come.", hint="Nothing was changed.")
        chosen = _day(day) if day else ahead[0][0]
        skip_day(shop.db, series_id, chosen, by=_AUTHOR, now=utc_now())
    click.echo(f"{chosen} is left out.")


def _day(words: str) -> date:
    try:
        return date.fromisoformat(words)
    except ValueError:
        raise BadTime(f"{words[:40]!r} is no day.", hint="Write it as 2026-12-01.") from None


def _steer(series_id: int, act: Callable[..., None], said: str) -> None:
    with opened() as shop:
        act(shop.db, series_id, by=_AUTHOR, now=utc_now())
    click.echo(f"Series {series_id} {said}.")


def _line(one: Listed) -> str:
    where = "where each person is" if one.is_theirs else one.zone
    comes = f"next {_moment(one.due_at)}" if one.due_at else one.state
    what = one.number or f"digest of {one.topics}"
    return f"{one.id:>4}  {what}  {one.name}: {one.plan} at {one.at} {where}; {comes}"


def _tell(seen: OneSeries) -> None:
    click.echo(_line(seen.series))
    for _, at in seen.ahead:
        click.echo(f"      {_moment(at)}")
    for past in seen.past:
        click.echo(f"      {past.day} {past.became}{_what_went(past)} {past.why}".rstrip())


def _what_went(past: Past) -> str:
    if past.run_id:
        return f", run {past.run_id}"
    letters = "1 letter" if past.letters == 1 else f"{past.letters:,} letters"
    return f", {letters}" if past.became is Became.SENT else ""


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
