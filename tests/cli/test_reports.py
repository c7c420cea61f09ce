"""Lists and retention figures at the command line."""

import csv
from datetime import datetime
from io import StringIO

import pytest

from newsletter.db import Database
from tests import cast
from tests.cli.commands import Shell


@pytest.fixture
def stage(db: Database, now: datetime) -> cast.Cast:
    with db.write() as session:
        return cast.play(session, now)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.usefixtures("stage")
def test_the_silent_are_counted_and_printed(shell: Shell) -> None:
    told = shell.newsletter("report", "silence")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout == "4 accounts not heard from for 18 months; --csv prints them.\n"
    found = rows(shell.newsletter("report", "silence", "--csv", "--country", "DE", "--model", "CT-7").stdout)
    assert [(row["account"], row["whom to ask"]) for row in found] == [("K1", "Nora Frost")]


@pytest.mark.usefixtures("stage")
def test_coverage_is_looked_at_when_asked_to(shell: Shell) -> None:
    assert shell.newsletter("report", "coverage").stdout == "Nobody has looked so far; --now looks.\n"
    told = shell.newsletter("report", "coverage", "--now")
    assert (told.returncode, told.stderr) == (0, "")
    assert "1 of 6 machines reach nobody" in told.stdout
    assert "1 machines at 1 accounts: nobody stands there on record" in told.stdout
    assert [row["account"] for row in rows(shell.newsletter("report", "coverage", "--csv").stdout)] == ["K4"]
    assert rows(shell.newsletter("report", "coverage", "--list", "ending", "--csv").stdout) == []


@pytest.mark.usefixtures("stage")
def test_the_months_are_counted_anew_and_printed(shell: Shell) -> None:
    counted = shell.newsletter("report", "months", "--rebuild")
    assert (counted.returncode, counted.stdout) == (0, "6 machines counted.\n")
    found = rows(shell.newsletter("report", "retention", "--csv").stdout)
    assert (len(found), found[-1]["unknown"], found[-1]["machines"]) == (36, "6", "6")
    assert "product: CT-7; in use: 0" in shell.newsletter("report", "retention", "base-by-product").stdout


@pytest.mark.parametrize(
    "arguments", [("silence", "--months", "0"), ("retention", "nothing"), ("months",), ("coverage", "--list", "x")]
)
def test_what_makes_no_sense_is_refused(sqlite_shell: Shell, arguments: tuple[str, ...]) -> None:
    told = sqlite_shell.newsletter("report", *arguments)
    assert (told.returncode, told.stdout) == (2, "")
    assert "Usage: newsletter report" in told.stderr
