"""Rows a second of an import into SQLite (dry, applied, again), beside a bare `csv` reading of the same file."""

import csv
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from newsletter.db import Database
from newsletter.importing.apply import import_file
from newsletter.schema import migrate
from tests.importing.installed_base import made_up, write_german

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ACCOUNTS = 1_200


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _bare(file: Path) -> int:
    with file.open(encoding="utf-8-sig", newline="") as text:
        return sum(1 for _ in csv.reader(text, delimiter=";"))


def main() -> None:
    """Print rows a second and the ratios."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "base.csv"
        write_german(made_up(1, ACCOUNTS), file)
        rows = _bare(file)
        db = Database(f"sqlite:///{folder}/n.db")
        migrate(db)
        bare = _seconds(lambda: _bare(file))
        for name, dry_run in (("dry run", True), ("applied", False), ("again", False)):
            took = _seconds(lambda dry_run=dry_run: import_file(db, file, now=NOW, dry_run=dry_run))
            print(f"{name:>8}: {rows:,} rows, {rows / took:,.0f}/s, {took / bare:.0f} bare readings")
        db.close()


main()
