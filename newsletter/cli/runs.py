"""`newsletter runs …`."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime

import click

from newsletter.bulletin.variant import VARIANTS
from newsletter.cli.shop import ID, opened, print_json
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.errors import Refused
from newsletter.ledger import control, decide
from newsletter.ledger.lookup import copies_to
from newsletter.ledger.refusal import Refusal
from newsletter.ledger.run import RunState
from newsletter.ledger.trial_deciding import choose_by_hand
from newsletter.ledger.wave_opening import send_next, send_rest
from newsletter.report.bulletins import newest_runs
from newsletter.report.run_in_full import RunInFull, in_a_sentence, run_in_full
from newsletter.report.runs import run_head
from newsletter.report.waves import waves_of
from newsletter.results.trial_seen import TrialSeen, trial_seen
from newsletter.results.tried import halves

_AUTHOR = "command line"
_CAUSES = click.Choice([cause.value for cause in Refusal])
_ID = click.argument("run_id", metavar="ID", type=ID)


@click.group()
def runs() -> None:
    """Sendings: look at them, steer them, decide about their copies."""


@runs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many.")
def list_(*, as_json: bool, limit: int) -> None:
    """The newest runs."""
    with opened() as shop, shop.db.read() as session:
        found = newest_runs(session, limit)
    if as_json:
        print_json([{"number": number, **asdict(run)} for number, run in found])
        return
    for number, run in found:
        figures = (
            f"{run.accepted:,} of {run.copies:,} accepted" if run.copies else f"due {run.due_at:%Y-%m-%d %H:%M} UTC"
        )
        click.echo(f"{run.id:>6}  {run.state:<9}  {number}  {figures}")


@runs.command()
@_ID
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(run_id: int, *, as_json: bool) -> None:
    """How many copies of run ID are accepted, in doubt and waiting, and each in doubt by name."""
    with opened() as shop, shop.db.read() as session:
        seen = run_in_full(session, shop.config.errand(run_id), utc_now())
        waves = waves_of(session, run_id)
        trial = trial_seen(session, run_id, utc_now())
    if as_json:
        tried = asdict(trial) if trial else None
        print_json({**seen.as_plain(), "waves": [asdict(wave) for wave in waves], "trial": tried})
        return
    _tell(seen)
    if trial:
        _tell_trial(trial)
    for wave in waves:
        size = "not yet counted" if wave.copies is None else f"{wave.copies:,} copies"
        figures = f"{wave.accepted:,} accepted, {wave.refused:,} refused, {wave.left:,} left"
        click.echo(f"  Wave {wave.number} ({wave.share}): {wave.stands}; {size}, {figures}")
        if wave.held_because:
            click.echo(f"      Held: {wave.held_because} (newsletter runs next-wave {run_id}, or cancel)")


def _tell_trial(trial: TrialSeen) -> None:
    click.echo(f"  Two variants: {trial.plan}.")
    click.echo(f"  {trial.rule}")
    for row in trial.rows:
        both = f"a {row.a.answered:,} of {row.a.asked:,}, b {row.b.answered:,} of {row.b.asked:,}"
        click.echo(f"    {row.measure}: {both}; b less a {row.difference}")
    click.echo(f"  Decided: {trial.because}" if trial.decided_at else "  Nothing is decided; looking decides nothing.")


def _tell(seen: RunInFull) -> None:
    click.echo(f"{seen.number}: {seen.title}")
    click.echo(f"Run {seen.run} is {seen.state}: {in_a_sentence(seen)}")
    if seen.ahead and seen.ahead.done_at:
        click.echo(f"The last copy goes about {seen.ahead.done_at:%Y-%m-%d %H:%M:%S} UTC: {seen.ahead.why}.")
    for heading, doubts in (
        ("In doubt, waiting for a decision (newsletter runs resend, or let-be):", seen.in_doubt),
        ("Were in doubt:", seen.were_in_doubt),
    ):
        if doubts:
            click.echo(heading)
        for doubt in doubts:
            click.echo(f"  {doubt.name} <{doubt.address}>, {doubt.at:%Y-%m-%d %H:%M:%S} UTC, engine {doubt.engine}")
            click.echo(f"      {doubt.reply}" + ("" if doubt.is_open else f" Now: {doubt.state}."))
    for domain in seen.domains:
        figures = f"{domain.accepted:,} accepted, {domain.retry:,} deferred, {domain.refused:,} refused"
        click.echo(f"  {domain.domain}: {figures} of {domain.copies:,}")
    for answer in seen.said:
        click.echo(f"  {answer.copies:>7,} {answer.state}: {answer.reply}")


_Act = Callable[[Database, int, str, datetime], None]


def _steer(run_id: int, act: _Act, said: str) -> None:
    with opened() as shop:
        act(shop.db, run_id, _AUTHOR, utc_now())
    click.echo(f"Run {run_id} {said}.")


@runs.command()
@_ID
def start(run_id: int) -> None:
    """Start run ID though it is late."""
    _steer(run_id, control.start_late, "starts now")


@runs.command()
@_ID
def pause(run_id: int) -> None:
    """Stop run ID for now; what an engine has in hand goes out."""
    _steer(run_id, control.pause, "is paused")


@runs.command()
@_ID
def resume(run_id: int) -> None:
    """Let run ID go on with exactly the rest."""
    _steer(run_id, control.resume, "goes on")


@runs.command("next-wave")
@_ID
@click.option("--all", "is_all", is_flag=True, help="All the rest, not only the next wave.")
def next_wave(run_id: int, *, is_all: bool) -> None:
    """Let the next wave of run ID go now, held or not."""
    with opened() as shop:
        if is_all:
            send_rest(shop.db, run_id, _AUTHOR, utc_now())
            said = "All the rest"
        else:
            said = f"Wave {send_next(shop.db, run_id, _AUTHOR, utc_now())}"
        click.echo(f"{said} of run {run_id} goes {_as_soon_as(shop.db, run_id)}.")


@runs.command()
@_ID
@click.argument("variant", metavar="VARIANT", type=click.Choice(VARIANTS))
def choose(run_id: int, variant: str) -> None:
    """Send the rest of run ID in VARIANT now, before its trial is decided."""
    with opened() as shop:
        choose_by_hand(shop.db, run_id, variant, _AUTHOR, utc_now(), halves)
        click.echo(f"The rest of run {run_id} gets {variant} {_as_soon_as(shop.db, run_id)}.")


@runs.command()
@_ID
def cancel(run_id: int) -> None:
    """Never send the rest of run ID."""
    _steer(run_id, control.cancel, "is cancelled")


@runs.command()
@_ID
@click.option("--only", multiple=True, type=_CAUSES, help="Only those refused for this. Again for each further cause.")
@click.option("--without", multiple=True, type=_CAUSES, help="All but those refused for this.")
@click.option("--domain", default="", help="Only those at this mail domain.")
@click.option("--expired", is_flag=True, help="Not the refused, but those given up after days of being put off.")
def retry(run_id: int, only: Sequence[str], without: Sequence[str], domain: str, *, expired: bool) -> None:
    """Send the refused copies of run ID once more."""
    causes = {Refusal(cause) for cause in only or Refusal} - {Refusal(cause) for cause in without}
    if expired and (only or without or domain):
        raise Refused("--expired goes with no other choice.", hint="Copies that were given up were never refused.")
    with opened() as shop:
        if expired:
            sent = decide.retry_expired(shop.db, run_id, _AUTHOR, utc_now())
        else:
            sent = decide.retry_refused(shop.db, run_id, _AUTHOR, utc_now(), causes=causes, domain=domain)
    click.echo(f"{sent:,} copies wait again.")


def _as_soon_as(db: Database, run_id: int) -> str:
    """When what was let go leaves."""
    with db.read() as session:
        is_paused = run_head(session, run_id).state == RunState.PAUSED
    return f"once the run goes on (newsletter runs resume {run_id})" if is_paused else "now"


def _decide(run_id: int, addresses: Sequence[str], act: Callable[..., int], said: str) -> None:
    with opened() as shop:
        with shop.db.read() as session:
            copies = copies_to(session, run_id, addresses)
        moved = act(shop.db, run_id, _AUTHOR, utc_now(), copies=copies)
    click.echo(f"{moved:,} copies {said}.")


@runs.command()
@_ID
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
def release(run_id: int, addresses: Sequence[str]) -> None:
    """Send the held copies of run ID: all, or those to ADDRESS."""
    _decide(run_id, addresses, decide.release, "wait again")


@runs.command()
@_ID
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
def resend(run_id: int, addresses: Sequence[str]) -> None:
    """Send the copies of run ID that are in doubt once more: all, or those to ADDRESS."""
    _decide(run_id, addresses, decide.resend_in_doubt, "wait again")


@runs.command("let-be")
@_ID
@click.argument("addresses", metavar="[ADDRESS]...", nargs=-1)
def let_be(run_id: int, addresses: Sequence[str]) -> None:
    """Leave the copies of run ID that are in doubt as they are: all, or those to ADDRESS."""
    _decide(run_id, addresses, decide.let_be, "are left as they are")
