"""`newsletter person …`: what we hold, and forgetting it."""

import csv
import json
from datetime import datetime, timedelta

from sqlalchemy import text

from newsletter.audience.person import Person
from newsletter.audience.suppression import COMPLAINED, Suppression
from newsletter.db import Database
from tests import cast
from tests.cli.commands import Shell


def test_fault_51_from_an_erasure_to_a_restored_backup(shell: Shell, db: Database, now: datetime) -> None:
    with db.write() as session:
        una = cast.play(session, now).una
    held = json.loads(shell.newsletter("person", "show", una.address).stdout)
    assert held["person"]["address"] == una.address
    asked = shell.newsletter("person", "erase", una.address)  # nobody says yes
    assert (asked.returncode, "cannot be undone" in asked.stdout) == (1, True)
    assert shell.newsletter("person", "erase", una.address, "--yes").returncode == 0
    assert shell.newsletter("person", "show", una.address).returncode == 3
    printed = shell.newsletter("person", "erasures").stdout
    journal = shell.folder / "var" / "erasures.jsonl"
    assert journal.read_text() == printed
    with db.write() as session:
        session.execute(text("DELETE FROM suppression"))
        came = {"address": una.address, "address_key": una.address_key, "created_at": now - timedelta(days=900)}
        session.add(Person(**came))
    replayed = shell.newsletter("person", "replay-erasures", str(journal))
    assert (replayed.returncode, replayed.stdout) == (0, "1 erased again.\n")
    assert shell.newsletter("person", "show", una.address).returncode == 3


def test_casl_whom_we_never_write_to_can_be_taken_along(shell: Shell, db: Database, now: datetime) -> None:
    with db.write() as session:
        una = cast.play(session, now).una
        barred = {"reason": COMPLAINED, "source": "=cmd()", "created_at": now}
        session.add(Suppression(address_key="left@firm.example", **barred))
        session.add(Suppression(address_key="back@firm.example", lifted_at=now, lifted_because="by mail", **barred))
        address = una.address
    shell.newsletter("person", "erase", address, "--yes")
    printed = shell.newsletter("person", "suppressions").stdout
    head, *rows = csv.reader(printed.removeprefix("\ufeff").splitlines())
    assert head == ["address", "reason", "source", "since", "lifted", "lifted because"]
    assert ["left@firm.example", "complaint", "'=cmd()", now.isoformat(), "", ""] in rows
    assert ["back@firm.example", "complaint", "'=cmd()", now.isoformat(), now.isoformat(), "by mail"] in rows
    assert (rows[-1][1], address in printed) == ("erased", False)


def test_a_journal_that_is_none_is_refused(sqlite_shell: Shell) -> None:
    journal = sqlite_shell.folder / "notes.txt"
    journal.write_text("call Una\n")
    refused = sqlite_shell.newsletter("person", "replay-erasures", str(journal))
    assert (refused.returncode, "Line 1 is no erasure." in refused.stderr) == (2, True)
