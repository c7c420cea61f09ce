import json
from datetime import datetime

from newsletter.db import Database
from newsletter.question.force import put_in_force, start_experiment
from newsletter.question.reasons import Reason
from tests import cast
from tests.cli.commands import Shell
from tests.question.drafts import draft, written


def test_the_versions_are_listed_with_where_they_are_asked(shell: Shell, db: Database, now: datetime) -> None:
    with db.write() as session:
        stage = cast.play(session, now)
    put_in_force(db, written(db, now), None, by="x", now=now)
    start_experiment(db, stage.bulletins.id, 1, 101, share=50, by="x", now=now)
    listed = shell.newsletter("question", "list")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert listed.stdout.splitlines() == [
        "  101  Short: All topics, tried on Technical bulletins",
        "    2  Built-in: nowhere now",
        "    1  Built-in: tried on Technical bulletins",
        (
            "Versions 1 and 101 on Technical bulletins: "
            "Too early to say: in one version only 0 people were asked, and each needs 100."
        ),
    ]
    found = json.loads(shell.newsletter("question", "list", "--json").stdout)
    assert [version["number"] for version in found["versions"]] == [101, 2, 1]
    assert found["trials"][0]["finding"] == "too_early"
    assert [arm["asked"] for arm in found["trials"][0]["arms"]] == [0, 0]


def test_a_version_is_shown_as_its_reader_is_asked(shell: Shell, db: Database, now: datetime) -> None:
    number = written(db, now, draft("de", why="Warum?"))
    shown = shell.newsletter("question", "show", str(number), "--language", "de")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert shown.stdout.splitlines()[0] == "Warum?"
    assert "  1. Wir nutzen sie nicht mehr (not_used)" in shown.stdout
    found = json.loads(shell.newsletter("question", "show", "2", "--json").stdout)
    assert (found["reasons"], found["own"]) == ([*Reason], [])
    assert found["lines"]["why"] == "One short question: why?"


def test_what_is_not_there_is_said(shell: Shell) -> None:
    assert shell.newsletter("question", "show", "4711").returncode == 3
    refused = shell.newsletter("question", "show", "2", "--language", "tlh")
    assert (refused.returncode, "Choose one of en, de" in refused.stderr) == (2, True)
