"""`newsletter bulletin preflight`, and what `send` says about what may not be sent, or not alone."""

import json
from datetime import datetime
from pathlib import Path

import pytest

from newsletter.db import Database
from tests import cast
from tests.cli.commands import Shell
from tests.ledger.stage import TEXT

PRIVATE = TEXT + "\n[Handbook](http://192.168.0.7/book)\n"


@pytest.fixture
def staged(db: Database, shell: Shell, now: datetime) -> Shell:
    with db.write() as session:
        cast.play(session, now)
    return shell


def kept(folder: Path, text: str) -> str:
    (folder / "tb.md").write_text(text)
    return str(folder / "tb.md")


def test_a_file_is_looked_over_with_its_readers(staged: Shell) -> None:
    done = staged.newsletter("bulletin", "preflight", kept(staged.folder, TEXT))
    assert done.returncode == 0
    assert "Yellow: look at it" in done.stdout
    assert "There is no preheader" in done.stdout
    assert "Nobody of 4 had another bulletin" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("In short: nothing forbids to send it, ")


def test_what_is_blocked_ends_with_1_and_send_refuses_it(staged: Shell) -> None:
    file = kept(staged.folder, PRIVATE)
    looked = staged.newsletter("bulletin", "preflight", file, "--json")
    assert looked.returncode == 1
    told = json.loads(looked.stdout)
    assert told["blocked"] is True
    assert (told["findings"][0]["severity"], told["findings"][0]["line"]) == ("block", 11)
    sent = staged.newsletter("bulletin", "send", file)
    assert sent.returncode == 2
    assert "Line 11" in sent.stderr
    assert "private network" in sent.stderr
    assert staged.newsletter("bulletin", "preflight", "TB-1").returncode == 3  # nothing was written down


def test_a_number_is_looked_over_as_it_is_written_down(staged: Shell) -> None:
    sent = staged.newsletter("bulletin", "send", kept(staged.folder, TEXT), approval='["technical"]')
    assert "does not start before a second colleague approved it" in sent.stdout
    looked = staged.newsletter("bulletin", "preflight", "TB-1")
    assert looked.returncode == 0
    assert "Nobody would get it" not in looked.stdout


@pytest.mark.parametrize("text", ["", "hello", "---\nnumber: TB-1\n---\n", "---\nnumber: TB-1\ntitle: x\x00y\n---\nx"])
def test_what_is_no_bulletin_is_red_with_a_line(text: str, sqlite_shell: Shell) -> None:
    looked = sqlite_shell.newsletter("bulletin", "preflight", kept(sqlite_shell.folder, text))
    assert looked.returncode == 1
    assert "Red: forbidden so" in looked.stdout
    assert "line " in looked.stdout


def test_a_class_that_is_none_refuses_to_start(sqlite_shell: Shell) -> None:
    done = sqlite_shell.newsletter("bulletin", "preflight", "TB-1", approval='["urgent"]')
    assert done.returncode == 78
    assert "NEWSLETTER_APPROVAL" in done.stderr
    assert "'technical', 'safety' or 'marketing'" in done.stderr
