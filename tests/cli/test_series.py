"""`newsletter series …`, waves and local times as their users start them."""

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from newsletter.cli import newsletter
from newsletter.db import Database
from newsletter.errors import BadTime, Conflict, NewsletterError, NotFound, Refused
from newsletter.ledger.start import start_due
from newsletter.schedule.series import Became, Occurrence
from tests.ledger.crowd import TEXT, crowd

Command = Callable[..., str]
ADD = ("series", "add", "TB-1", "every first Tuesday")


@pytest.fixture
def command(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Command:
    """What a command prints; there is a topic with ten people."""
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", db.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("NEWSLETTER_VAR", str(tmp_path_factory.mktemp("var")))
    with db.write() as session:
        crowd(session, 10, now)

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(newsletter, arguments)
        if isinstance(done.exception, NewsletterError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return call


@pytest.fixture
def bulletin(tmp_path: Path) -> str:
    """A file."""
    file = tmp_path / "bulletin.md"
    file.write_text(TEXT.format(number="TB-1"), encoding="utf-8")
    return str(file)


def test_a_series_is_planned_shown_steered_and_ended(command: Command, bulletin: str) -> None:
    command("bulletin", "send", bulletin, "--at", "2099-01-01T09:00", "--zone", "Europe/Berlin")
    said = command(
        *ADD, "--at", "08:30", "--zone", "Europe/Berlin", "--since", "2099-01-01", "--waves", "10%, 1h, rest"
    )
    assert "TB-1: every first Tuesday at 08:30 Europe/Berlin; next 2099-01-06 07:30 UTC" in said
    assert "2099-02-03 07:30 UTC" in said
    assert command("series", "skip", "1") == "2099-01-06 is left out.\n"
    with pytest.raises(Conflict):
        command("series", "skip", "1", "2099-01-06")
    with pytest.raises(BadTime):
        command("series", "skip", "1", "soon")
    assert "2099-01-06 skipped" in command("series", "show", "1")
    assert "is paused" in command("series", "pause", "1")
    with pytest.raises(Conflict):
        command("series", "skip", "1")
    assert "goes on" in command("series", "resume", "1")
    assert "has ended" in command("series", "end", "1")
    [one] = json.loads(command("series", "list", "--json"))
    assert (one["state"], one["due_at"], one["waves"]) == ("ended", None, "10 %, wait 1 hour, the rest")
    assert json.loads(command("series", "show", "1", "--json"))["past"][0]["became"] == "skipped"


def test_a_digest_of_topics_is_planned(command: Command) -> None:
    named_twice = ("--topic", "crowd", "--topic", "crowd")
    said = command("series", "add", "every Monday", *named_twice, "--since", "2099-01-01")
    assert "digest of crowd  Digest of crowd: every Monday at 09:00" in said
    for wrong in (("every Monday",), ("TB-1", "every Monday", "--topic", "crowd"), ("TB-1", "TB-2", "every Monday")):
        with pytest.raises(Refused):
            command("series", "add", *wrong)
    with pytest.raises(NotFound):
        command("series", "add", "every Monday", "--topic", "nothing")


def test_of_a_digest_that_went_it_says_how_many_letters(command: Command, db: Database, now: datetime) -> None:
    command("series", "add", "every Monday", "--topic", "crowd", "--since", "2099-01-01")
    with db.write() as session:
        for day, letters in ((date(2026, 11, 2), 0), (date(2026, 11, 9), 1), (date(2026, 11, 16), 1200)):
            told = {"series_id": 1, "by": "engine", "decided_at": now}
            session.add(Occurrence(day=day, became=Became.SENT, letters=letters, **told))
    shown = [line.strip() for line in command("series", "show", "1").splitlines()]
    assert shown[-3:] == ["2026-11-16 sent, 1,200 letters", "2026-11-09 sent, 1 letter", "2026-11-02 sent, 0 letters"]


def test_without_a_series_it_says_how_to_plan_one(command: Command) -> None:
    assert "newsletter series add" in command("series", "list")
    for arguments in (("series", "show", "9"), ("series", "end", "9"), ADD):
        with pytest.raises(NotFound):
            command(*arguments)


@pytest.mark.parametrize(
    "wrong", [("--at", "soon"), ("--zone", "Nowhere"), ("--since", "x"), ("--waves", "10%"), ("--grace", "nan")]
)
def test_a_plan_that_cannot_be_is_refused(command: Command, bulletin: str, wrong: tuple[str, str]) -> None:
    command("bulletin", "send", bulletin, "--at", "2099-01-01T09:00", "--zone", "Europe/Berlin")
    with pytest.raises(BadTime):
        command(*ADD, *wrong)
    assert json.loads(command("series", "list", "--json")) == []


def test_a_bulletin_is_sent_in_waves_and_the_next_let_go(
    command: Command, db: Database, bulletin: str, now: datetime
) -> None:
    said = json.loads(command("bulletin", "send", bulletin, "--waves", "10%, 4h, rest", "--json"))
    assert said["waves"] == "10 %, wait 4 hours, the rest"
    assert "Wave 1 (10 %): to come; not yet counted" in command("runs", "show", "1")
    with pytest.raises(Conflict):
        command("runs", "next-wave", "1")
    assert start_due(db, "engine", datetime.now(now.tzinfo)) == [1]
    assert "Wave 2 (the rest): to come; 9 copies" in command("runs", "show", "1")
    assert command("runs", "next-wave", "1") == "Wave 2 of run 1 goes now.\n"
    assert json.loads(command("runs", "show", "1", "--json"))["waves"][1]["stands"] == "going out"
    with pytest.raises(Conflict):
        command("runs", "next-wave", "1", "--all")


def test_the_next_wave_of_a_paused_run_goes_once_the_run_goes_on(
    command: Command, db: Database, bulletin: str, now: datetime
) -> None:
    command("bulletin", "send", bulletin, "--waves", "10%, 4h, 20%, 4h, rest")
    assert start_due(db, "engine", datetime.now(now.tzinfo)) == [1]
    command("runs", "pause", "1")
    later = "goes once the run goes on (newsletter runs resume 1).\n"
    assert command("runs", "next-wave", "1") == f"Wave 2 of run 1 {later}"
    assert command("runs", "next-wave", "1", "--all") == f"All the rest of run 1 {later}"


def test_a_bulletin_is_sent_at_the_local_time_of_each_in_given_hours(command: Command, bulletin: str) -> None:
    there = ("--at", "2099-01-05T09:00", "--zone", "Europe/Berlin", "--theirs")
    assert "goes at 2099-01-05T09:00 where each person is" in command("bulletin", "send", bulletin, *there)
    said = json.loads(command("bulletin", "send", bulletin, *there, "--hours", "08:00-17:00", "--json", "--dry-run"))
    assert (said["theirs"], said["hours"]) == (True, "08:00-17:00")
    for wrong in (
        ("--theirs",),
        (*there, "--waves", "10%, 1h, rest"),
        ("--remind", "daily"),
        ("--waves", "x"),
        ("--grace", "nan"),
    ):
        with pytest.raises(BadTime):
            command("bulletin", "send", bulletin, *wrong)
