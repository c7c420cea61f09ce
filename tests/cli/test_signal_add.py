"""`newsletter signal add`: a file of facts, however long."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from newsletter.cli import newsletter
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.schema import migrate
from newsletter.signal.evidence import Evidence
from newsletter.signal.verdict import Verdict
from tests import cast
from tests.cli.commands import HOUSE
from tests.intake.facts import written

Add = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    db = Database(f"sqlite:///{tmp_path}/newsletter.db")
    migrate(db)
    with db.write() as session:
        cast.play(session, utc_now())
    db.close()
    return tmp_path


@pytest.fixture
def add(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Add:
    monkeypatch.setenv("NEWSLETTER_VAR", str(folder))
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", "k" * 40)

    def run(*lines: object, **options: str) -> Result:
        text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
        more = [part for name, value in options.items() for part in (f"--{name}", value)]
        return CliRunner().invoke(newsletter, ["signal", "add", "-", *more], input=text)

    return run


def kept(folder: Path) -> tuple[int, list[str]]:
    db = Database(f"sqlite:///{folder}/newsletter.db")
    with db.read() as session:
        pieces = session.scalar(select(func.count()).select_from(Evidence)) or 0
        states = list(session.scalars(select(Verdict.state).where(Verdict.unit_id != 0, Verdict.state != "unknown")))
    db.close()
    return pieces, states


def test_a_file_is_kept_once_and_what_is_refused_is_named(add: Add, folder: Path) -> None:
    lines = (
        written(1, observed_at="2025-11-21"), "", "{", written(2, serial="X"), written(1, observed_at="2025-11-21"),
        {"id": 7, "account": "K1", "unit": "C77", "kind": "telemetry", "observed_at": "2025-11-20", "source": "hub"},
    )  # fmt: skip
    first = add(*lines, rejected=str(folder / "refused.jsonl"))
    assert (first.exit_code, first.stdout) == (1, "2 noted, 1 known, 2 refused\n")
    assert first.stderr.splitlines()[-1] == "Line 4: There is no machine 'X'."
    refused = [json.loads(line) for line in (folder / "refused.jsonl").read_text().splitlines()]
    assert [(one["line"], bool(one["reason"])) for one in refused] == [(3, True), (4, True)]
    assert kept(folder) == (2, ["in_use", "in_use"])
    again = add(lines[0], lines[-1])
    assert (again.exit_code, again.stdout) == (0, "0 noted, 2 known, 0 refused\n")


def test_a_line_without_an_end_and_a_file_of_nonsense_take_little_memory(folder: Path) -> None:
    file = folder / "facts.jsonl"
    with file.open("wb") as out:
        out.write(b"x" * 150_000_000 + b"\n" + json.dumps(written(1, observed_at="2025-11-21")).encode() + b"\n")
        out.writelines(b"[]\n" for _ in range(20_000))
    limit = 700 * 1024 * 1024

    def tight() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-P", "-m", "newsletter", "signal", "add", str(file)],
        env={"PYTHONPATH": str(HOUSE), "NEWSLETTER_VAR": str(folder), "NEWSLETTER_SECRET_KEY": "k" * 40},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
        preexec_fn=tight,
    )
    assert (done.returncode, done.stdout) == (1, "1 noted, 0 known, 20,001 refused\n"), done.stderr[-2000:]
