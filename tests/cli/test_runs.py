"""`newsletter runs …` as its users start it."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, update

from newsletter.bulletin.trial import Trial
from newsletter.bulletin.when import When
from newsletter.cli import newsletter
from newsletter.db import Database
from newsletter.errors import Conflict, NewsletterError, NotFound, Refused
from newsletter.ledger.delivery import Delivery
from newsletter.ledger.record import Result
from newsletter.ledger.run import RunState
from newsletter.ledger.start import start_due
from newsletter.ledger.states import Event, State
from newsletter.links import Links
from newsletter.staff.audit import AuditEntry
from tests import cast
from tests.ledger import stage

Command = Callable[..., str]


@pytest.fixture
def command(db: Database, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Command:
    """What a command prints; it runs in this process, because a process of its own takes a second."""
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", db.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("NEWSLETTER_VAR", str(tmp_path_factory.mktemp("var")))

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(newsletter, ["runs", *arguments])
        if isinstance(done.exception, NewsletterError):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    return call


@pytest.fixture
def run(db: Database, links: Links, now: datetime) -> int:
    with db.write() as session:
        cast.play(session, now)
    return stage.started(db, links, now)


@pytest.fixture
def crashed(db: Database, run: int, now: datetime) -> int:
    """Nora has it, Una's copy was on the wire when the engine died, Pia's was refused, Ines waits."""
    nora, una, pia, _ = stage.copies(db, run)
    results = [
        Result(nora.id, Event.ACCEPT, "250 taken"),
        Result(una.id, Event.LOSE, "The engine died while this copy was on the wire."),
        Result(pia.id, Event.REFUSE, f"550 5.7.1 <{pia.address}> blocked"),
    ]
    stage.told(db, results, now, engine="host-7")
    return run


def shown(command: Command, run: int) -> Any:  # noqa: ANN401 - JSON
    return json.loads(command("show", str(run), "--json"))


def test_after_a_crash_a_run_shows_how_many_stand_where_and_each_in_doubt_by_name(
    command: Command, crashed: int
) -> None:
    said = command("show", str(crashed))
    assert f"Run {crashed} is sending: 1 accepted, 1 in doubt, 1 waiting, 1 refused." in said
    assert "Una Berg" not in said  # the cast's Una has no first name
    assert "  Berg <una@toolroom-north.example>, 2026-11-21 09:00:00 UTC, engine host-7\n" in said
    assert "      The engine died while this copy was on the wire.\n" in said
    assert "1 refused: 550 5.7.1 <…> blocked" in said
    assert "toolroom-north.example: 1 accepted, 0 deferred, 0 refused of 2" in said


def test_the_same_for_machines(command: Command, crashed: int) -> None:
    told = shown(command, crashed)
    assert (told["accepted"], told["in_doubt"], told["waiting"]) == (1, 1, 1)
    assert (told["state"], told["copies"]) == ("sending", {"accepted": 1, "in_doubt": 1, "refused": 1, "waiting": 1})
    (doubt,) = told["in_doubt_copies"]
    assert (doubt["name"], doubt["address"], doubt["engine"], doubt["times"]) == (
        "Berg", "una@toolroom-north.example", "host-7", 1,
    )  # fmt: skip
    assert doubt["at"] == "2026-11-21T09:00:00+00:00"
    assert told["refused_for"] == {"policy": 1}


def test_what_was_in_doubt_is_shown_after_it_was_decided(command: Command, crashed: int) -> None:
    assert command("resend", str(crashed)) == "1 copies wait again.\n"
    told = shown(command, crashed)
    assert (told["in_doubt"], told["waiting"], told["in_doubt_copies"]) == (0, 2, [])
    assert [doubt["address"] for doubt in told["were_in_doubt"]] == ["una@toolroom-north.example"]
    assert "Were in doubt:" in command("show", str(crashed))


@pytest.mark.parametrize(
    ("act", "stood", "becomes"),
    [
        ("resend", State.IN_DOUBT, State.WAITING),
        ("let-be", State.IN_DOUBT, State.LET_BE),
        ("release", State.HELD, State.WAITING),
    ],
)
def test_one_is_decided_about_by_address(
    command: Command, db: Database, run: int, act: str, stood: State, becomes: State
) -> None:
    copies = stage.copies(db, run)
    for copy in copies:
        stage.put(db, copy.id, stood)
    assert command(act, str(run), "PIA@fast-fitters.example").startswith("1 copies")
    assert {copy.address: copy.state for copy in stage.copies(db, run)} == {
        copy.address: becomes if copy.address.startswith("pia@") else stood for copy in copies
    }
    with pytest.raises(NotFound, match="no copy to omar"):
        command(act, str(run), "nora@toolroom-north.example", "omar@toolroom-north.example")
    assert stage.states(db, run)[stood] == 3
    assert command(act, str(run)).startswith("3 copies")


@pytest.mark.parametrize(
    ("choice", "again"),
    [
        ((), 4),
        (("--only", "policy"), 2),
        (("--only", "policy", "--only", "mailbox"), 3),
        (("--without", "mailbox"), 3),
        (("--only", "policy", "--domain", "fast-fitters.example"), 1),
        (("--domain", "nowhere.example"), 0),
        (("--expired",), 0),
    ],
)
def test_the_refused_are_tried_again_by_choice(
    command: Command, db: Database, run: int, choice: tuple[str, ...], again: int
) -> None:
    replies = ("550 5.1.1 who?", "550 5.7.1 blocked", "550 5.7.1 blocked", "550 no")
    with db.write() as session:
        for copy, reply in zip(stage.copies(db, run), replies, strict=True):
            session.execute(update(Delivery).where(Delivery.id == copy.id).values(state="refused", reply=reply))
    assert command("retry", str(run), *choice) == f"{again} copies wait again.\n"
    assert stage.states(db, run)[State.WAITING] == again


def test_what_was_given_up_is_tried_again(command: Command, db: Database, run: int) -> None:
    stage.put(db, stage.copies(db, run)[0].id, State.EXPIRED)
    with pytest.raises(Refused, match="goes with no other choice"):
        command("retry", str(run), "--expired", "--domain", "x.example")
    assert command("retry", str(run), "--expired") == "1 copies wait again.\n"


def test_a_run_is_paused_resumed_and_cancelled_and_every_act_is_written_down(
    command: Command, db: Database, run: int
) -> None:
    for act, state in (("pause", "paused"), ("resume", "sending"), ("cancel", "cancelled")):
        command(act, str(run))
        assert stage.run_state(db, run) == state
        with pytest.raises(Conflict):
            command(act, str(run))
    with db.read() as session:
        notes = session.execute(select(AuditEntry.who, AuditEntry.act).order_by(AuditEntry.id)).all()
    assert [tuple(entry) for entry in notes[1:]] == [
        ("command line", "paused"), ("command line", "sending"), ("command line", "cancelled"),
    ]  # fmt: skip


def test_a_late_run_is_listed_and_started(command: Command, db: Database, links: Links, now: datetime) -> None:
    with db.write() as session:
        cast.play(session, now)
    run = stage.ordered(db, links, now)
    start_due(db, "engine", now + timedelta(hours=5))
    assert command("list") == f"     {run}  late       TB-1  due 2026-11-21 09:00 UTC\n"
    command("start", str(run))
    assert stage.run_state(db, run) == RunState.SCHEDULED


def test_runs_are_listed_newest_first(command: Command, db: Database, links: Links, now: datetime, run: int) -> None:
    later = stage.started(db, links, now)
    listed = json.loads(command("list", "--json"))
    assert [(entry["number"], entry["id"], entry["copies"]) for entry in listed] == [
        ("TB-1", later, 0),
        ("TB-1", run, 4),
    ]
    assert len(json.loads(command("list", "--json", "--limit", "1"))) == 1


@pytest.mark.parametrize("act", ["show", "start", "pause", "resume", "cancel", "retry", "release", "resend", "let-be"])
def test_an_unknown_run_is_not_found(command: Command, act: str) -> None:
    with pytest.raises(NotFound, match="There is no run 7"):
        command(act, "7")


def test_a_trial_is_shown_with_its_rule_and_a_choice_by_hand_is_written_down(
    command: Command, db: Database, links: Links, now: datetime
) -> None:
    with db.write() as session:
        cast.play(session, now)
    text = stage.TEXT.replace("title:", "b.title: Half the grease\ntitle:", 1)
    asked = When(now, trial=Trial(5_000, timedelta(hours=4)))
    run = stage.desk(db, links).order(text, topic="", when=asked, author="mara", now=now).run
    assert start_due(db, "starter", now) == [run]
    shown = command("show", str(run))
    assert "Two variants: 50 % try it, half a and half b" in shown
    assert "Nothing is decided; looking decides nothing." in shown
    assert json.loads(command("show", str(run), "--json"))["trial"]["winner"] == ""
    with pytest.raises(Conflict):
        command("next-wave", str(run))
    assert f"The rest of run {run} gets b now." in command("choose", str(run), "b")
    assert "Decided: Chosen by command line before the end." in command("show", str(run))
    with pytest.raises(Conflict):
        command("choose", str(run), "a")
