"""What the commands print, refuse and answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from newsletter.account.account import Account
from newsletter.bulletin.bulletin import Bulletin
from newsletter.cli import newsletter
from newsletter.db import Database
from newsletter.errors import NewsletterError
from newsletter.ledger.run import Run
from tests.cli.commands import HOUSE, Shell

DEMO = HOUSE / "demo"
BULLETIN = "---\nnumber: TB-1\ntitle: Grease\nclass: technical\nlanguage: en\n---\n# Grease\n\nGrease it.\n"


def count(db: Database, table: type) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_from_an_import_to_an_account(shell: Shell, db: Database) -> None:
    file = shell.folder / "base.csv"
    file.write_bytes((DEMO / "installed_base.csv").read_bytes() + b"D1;Mill;;;;;Al;Low;no address;;VX-500;A1;;;y;;;\n")
    dry = shell.newsletter("import", str(file), "--dry-run", "--json", "--rejected", str(shell.folder / "dry.csv"))
    assert (dry.returncode, dry.stderr) == (0, "")
    assert count(db, Account) == 0
    done = shell.newsletter("import", str(file), "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found, would = json.loads(done.stdout), json.loads(dry.stdout)
    assert (found.pop("applied"), would.pop("applied")) == (True, False)
    assert found.pop("rejected_file") == str(shell.folder / "var" / "rejected" / "base.csv")
    assert would.pop("rejected_file") == str(shell.folder / "dry.csv")
    assert found == would
    assert found["people"] == 14
    assert found["units"] == 16

    dry = shell.newsletter("bulletin", "send", str(DEMO / "bulletin.md"), "--dry-run", "--json")
    assert json.loads(dry.stdout)["run"] is None
    assert (count(db, Bulletin), count(db, Run)) == (0, 0)
    sent = shell.newsletter("bulletin", "send", str(DEMO / "bulletin.md"), "--json")
    assert (sent.returncode, sent.stderr) == (0, "")
    order = json.loads(sent.stdout)
    assert order["run"] == 1
    assert order["targeted"] == json.loads(dry.stdout)["targeted"] == 11
    assert order["left_out"] == {"opted_out": 1}

    why = shell.newsletter("delivery", "why", "robles@ribera.example", "TB-DEMO-1", "--json")
    answer = json.loads(why.stdout)
    assert (answer["targeted"], answer["rule"]) == (False, "opted_out")
    shown = shell.newsletter("account", "show", "D1001", "--json")
    assert (shown.returncode, shown.stderr) == (0, "")
    record = json.loads(shown.stdout)
    assert record["number"] == "D1001"
    assert record["verdict"].keys() >= {"state", "p_used", "sentence", "because"}
    assert record["verdict"]["state"] in {"in_use", "backup", "not_in_use", "unknown"}
    assert all(unit.keys() >= {"serial", "model", "verdict"} for unit in record["units"])
    assert {unit["serial"] for unit in record["units"]} == {"A200101", "B200140"}
    assert all(person.keys() >= {"address", "consent"} for person in record["people"])
    assert isinstance(record["timeline"], list)
    past = shell.newsletter("account", "show", "D1001", "--as-of", "2020-01-01", "--json")
    assert (past.returncode, json.loads(past.stdout)["timeline"]) == (0, [])
    refused = shell.newsletter("account", "show", "D1001", "--as-of", "soon")
    assert (refused.returncode, "is no day" in refused.stderr) == (2, True)


@pytest.mark.parametrize("number", ["0", str(2**63)])
@pytest.mark.parametrize(
    "command",
    [
        ["series", "show"],
        ["series", "pause"],
        ["runs", "show"],
        ["runs", "next-wave"],
        ["runs", "retry"],
        ["runs", "list", "--limit"],
        ["question", "show"],
    ],
)
def test_a_number_no_database_takes_is_refused_in_words(sqlite_shell: Shell, command: list[str], number: str) -> None:
    refused = sqlite_shell.newsletter(*command, number)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"{number} is not in the range" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_good_file_leaves_nothing_beside_it(sqlite_shell: Shell) -> None:
    folder = sqlite_shell.folder / "exports"
    folder.mkdir()
    (folder / "base.csv").write_bytes((DEMO / "installed_base.csv").read_bytes())
    done = sqlite_shell.newsletter("import", "exports/base.csv")
    assert done.returncode == 0
    assert [path.name for path in folder.iterdir()] == ["base.csv"]
    assert "\x1b" not in done.stdout  # no progress bar in a pipe
    assert "Imported." in done.stdout
    again = sqlite_shell.newsletter("import", "exports/base.csv", "--json")
    changes = json.loads(again.stdout)["changes"]
    assert all((tally["created"], tally["changed"]) == (0, 0) for tally in changes.values())


CODES = {
    "unknown account": (["account", "show", "NO-SUCH"], {}, 3, "NO-SUCH"),
    "unknown bulletin": (["delivery", "why", "a@b.example", "NO-SUCH"], {}, 3, "NO-SUCH"),
    "unknown option": (["import", "x.csv", "--nonsense"], {}, 2, "--nonsense"),
    "database that is away": (["migrate"], {"database_url": "postgresql://127.0.0.1:1/none"}, 75, "database"),
    "setting without sense": (["migrate"], {"port": "a lot"}, 78, "NEWSLETTER_PORT"),
    "folder that cannot be": (["migrate"], {"var": "/dev/null/var"}, 78, "NEWSLETTER_VAR"),
}


@pytest.mark.parametrize("case", CODES)
def test_exit_codes_mean_something_and_stderr_says_it(sqlite_shell: Shell, case: str) -> None:
    arguments, settings, code, words = CODES[case]
    done = sqlite_shell.newsletter(*arguments, **settings)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def refused(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "type[Refusal]":
    """The command in this process: the ways a file is bad are many, and a process a piece is slow."""
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", db.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("NEWSLETTER_VAR", str(tmp_path / "var"))
    monkeypatch.chdir(tmp_path)
    return Refusal


class Refusal:
    """What a command that must refuse said."""

    def __init__(self, *arguments: str) -> None:
        result = CliRunner().invoke(newsletter, arguments)
        assert isinstance(result.exception, NewsletterError), result.output
        self.sentence = str(result.exception)


BAD_FILES = {
    "empty": b"",
    "binary": bytes(range(256)) * 20,
    "NUL": b"a;b\0;c\n",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(200),
    "repeated heading": b"Customer no.;Customer no.;Company\nK1;K1;Gears\n",
    "no heading we know": b"foo;bar\n1;2\n",
}
BAD_BULLETINS = {
    "empty": b"",
    "binary": b"\xff\xfe\x00" * 40,
    "no title": BULLETIN.replace("title: Grease\n", "").encode(),
    "no front matter": b"# Grease\n",
    "unknown topic": BULLETIN.replace("class:", "topic: nonsense\nclass:").encode(),
    "unknown tag": BULLETIN.replace("Grease it.", "Dear {{ nobody }}").encode(),
}


@pytest.mark.parametrize("case", [*BAD_FILES, "a folder", "nothing there"])
def test_a_file_that_is_no_installed_base_changes_nothing(
    refused: "type[Refusal]", db: Database, tmp_path: Path, case: str
) -> None:
    write(tmp_path / "bad.csv", BAD_FILES.get(case), case)
    assert refused("import", "bad.csv").sentence.endswith(".")
    assert count(db, Account) == 0


@pytest.mark.parametrize("case", [*BAD_BULLETINS, "a folder", "nothing there"])
def test_a_file_that_is_no_bulletin_changes_nothing(
    refused: "type[Refusal]", db: Database, tmp_path: Path, case: str
) -> None:
    CliRunner().invoke(newsletter, ["import", str(DEMO / "installed_base.csv")])
    write(tmp_path / "bad.md", BAD_BULLETINS.get(case), case)
    assert refused("bulletin", "send", "bad.md").sentence
    assert (count(db, Bulletin), count(db, Run)) == (0, 0)


def write(file: Path, octets: bytes | None, case: str) -> None:
    if octets is not None:
        file.write_bytes(octets)
    elif case == "a folder":
        file.mkdir()


BAD_TIMES = {
    "past": ("2020-01-01T09:00", "Europe/Berlin", "past"),
    "gap": ("2035-03-25T02:30", "Europe/Berlin", "does not exist"),
    "no zone": ("2035-01-01T09:00", "", "zone"),
    "no such zone": ("2035-01-01T09:00", "Europe/Atlantis", "zone"),
    "no time": ("tomorrow", "Europe/Berlin", "no time"),
    "zone alone": ("", "Europe/Berlin", "no time"),
    "offset": ("2035-01-01T09:00+01:00", "Europe/Berlin", "offset"),
}


@pytest.mark.parametrize("case", BAD_TIMES)
def test_a_time_that_cannot_be_kept_is_refused(
    refused: "type[Refusal]", db: Database, tmp_path: Path, case: str
) -> None:
    CliRunner().invoke(newsletter, ["import", str(DEMO / "installed_base.csv")])
    (tmp_path / "good.md").write_text(BULLETIN)
    local, zone, words = BAD_TIMES[case]
    options = [*(["--at", local] if local else []), *(["--zone", zone] if zone else [])]
    assert words in refused("bulletin", "send", "good.md", *options).sentence
    assert count(db, Run) == 0


def test_a_reader_that_goes_away_is_no_failure(sqlite_shell: Shell) -> None:
    command = f"{sys.executable} -P -m newsletter --help | head -c 1"
    done = subprocess.run(
        ["sh", "-c", command], env=sqlite_shell.environment(), capture_output=True, text=True, check=True
    )
    assert done.stderr == ""


def test_a_reader_that_was_gone_before_is_told_by_the_code(sqlite_shell: Shell) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    command = [sys.executable, "-P", "-m", "newsletter", "series", "list"]
    done = subprocess.run(
        command, env=sqlite_shell.environment(), stdout=writes, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, "")
