"""`newsletter work …`: what waits, for machines and for people."""

import json
from datetime import datetime

from newsletter.db import Database
from tests.cli.commands import Shell
from tests.followup.test_digest import moved_on


def test_the_work_that_waits_is_listed_by_team(shell: Shell, db: Database, now: datetime) -> None:
    moved_on(db, now)
    (line,) = json.loads(shell.newsletter("work", "list", "--team", "service", "--json").stdout)
    assert (line["account_number"], line["cause"], line["team"], line["due_on"], line["owner"]) == (
        "K1",
        "wrong_person",
        "service",
        "2026-11-26",
        "",
    )
    assert json.loads(shell.newsletter("work", "list", "--team", "sales", "--json").stdout) == []
    assert "Toolroom North (K1), no machine named: Not the right person" in shell.newsletter("work", "list").stdout
    assert "Nothing waits." in shell.newsletter("work", "list", "--owner", "ann@vendor.example").stderr
