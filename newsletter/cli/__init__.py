"""The `newsletter` command.

Exit codes: 0 done · 2 refused, nothing changed · 3 not found · 70 the engine failed (the log says why) ·
75 try again later · 78 a setting makes no sense.
"""

import logging
import os
import sys
from importlib import import_module
from typing import Any

import click

from newsletter.errors import BadBulletin, Misconfigured, NewsletterError, NotFound, Unavailable

_CODES: tuple[tuple[type[NewsletterError], int], ...] = ((NotFound, 3), (Unavailable, 75), (Misconfigured, 78))
_NOBODY_READS = 141  # as a shell says it of a program that SIGPIPE ended

_COMMANDS = {
    "run": "running.run",
    "engine": "sending.engine",
    "inbound": "inbound.inbound",
    "migrate": "sending.migrate",
    "user": "staff.user",
    "token": "staff.token",
    "topic": "staff.topic",
    "question": "questions.question",
    "import": "imports.import_",
    "bulletin": "bulletins.bulletin",
    "segment": "segments.segment",
    "series": "series.series",
    "runs": "runs.runs",
    "pace": "pace.pace",
    "account": "accounts.account",
    "person": "people.person",
    "delivery": "deliveries.delivery",
    "dkim": "dkim.dkim",
    "signal": "signal.signal",
    "work": "work.work",
    "report": "reports.report",
}


class _Commands(click.Group):
    """Reads the page of a command when it is asked for: an engine that is started again needs no web pages."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click calls it so
        return [*_COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in _COMMANDS:
            return None
        page, _, name = _COMMANDS[cmd_name].partition(".")
        command: click.Command = getattr(import_module(f"newsletter.cli.{page}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as above
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # the reader of our output went away, as in `newsletter … | head`
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # Python flushes it once more as it ends
            ctx.exit(_NOBODY_READS)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def newsletter() -> None:
    """Send technical bulletins, and learn from who leaves which machines are still in use."""


def main() -> None:
    """Run the command; an error of ours becomes its sentence on stderr and its exit code."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("apscheduler", "alembic", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    try:
        newsletter.main(prog_name="newsletter")
    except NewsletterError as error:
        click.echo(_sentence(error), err=True)
        sys.exit(next((code for kind, code in _CODES if isinstance(error, kind)), 2))


def _sentence(error: NewsletterError) -> str:
    hint = f"\n{error.hint}" if error.hint else ""
    place = f"Line {error.line}, column {error.column}: " if isinstance(error, BadBulletin) else ""
    return f"{place}{error.message}{hint}"
