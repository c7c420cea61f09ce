"""`newsletter signal …`: evidence in, verdicts out; what it refuses; what other rules would change."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from newsletter.account.unit import Unit
from newsletter.cli import newsletter
from newsletter.db import Database
from newsletter.errors import NewsletterError
from newsletter.signal.kinds import KINDS, Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State
from newsletter.signal.verdict import Verdict
from tests import cast

AS_OF = "2026-11-21"
Line = dict[str, object]


def line(id_: object, kind: str, observed_at: str, **more: object) -> Line:
    return {"id": id_, "account": "K1", "unit": "A1", "kind": kind, "observed_at": observed_at, "source": "erp", **more}


def weigh(*lines: Line | str, as_of: str = AS_OF) -> Result:
    text = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
    return CliRunner().invoke(newsletter, ["signal", "weigh", "--as-of", as_of], input=text)


def verdicts(result: Result) -> list[dict[str, object]]:
    return [json.loads(one) for one in result.stdout.splitlines()]


PART = line("e1", "parts_order", "2026-06-01")
GONE = line("e2", "check_in_answer", "2026-11-01T08:00:00+01:00", says="not_in_use", detail="scrapped")


def test_evidence_in_any_order_becomes_one_verdict_a_machine() -> None:
    other = line(7, "telemetry", "2026-11-20", unit=5, account="K2")
    unnamed = line("e4", "bounce", "2026-01-01", unit=None, says=None)
    result = weigh(GONE, other, unnamed, PART)
    assert result.exit_code == 0
    first, second = verdicts(result)
    assert first == {
        "account": "K1", "unit": "A1", "verdict": "not_in_use", "p_used": first["p_used"],
        "since": "2026-11-01", "because": ["e2"],
    }  # fmt: skip
    assert (second["account"], second["unit"], second["verdict"], second["because"]) == ("K2", 5, "in_use", [7])
    assert weigh(PART, unnamed, other, GONE, other).stdout == result.stdout


def test_a_day_is_read_as_its_end() -> None:
    late = line("e1", "telemetry", "2026-11-21T23:30:00-00:00")
    for told in (late, line("e1", "telemetry", AS_OF)):
        assert verdicts(weigh(told))[0]["verdict"] == "in_use"
    tomorrow = weigh(line("e1", "telemetry", "2026-11-22T00:30:00+00:00"))
    assert (tomorrow.exit_code, verdicts(tomorrow)[0]["verdict"]) == (0, "unknown")
    assert "1 from after the day, not looked at" in tomorrow.stderr


BAD = [
    pytest.param("{", "This is not JSON.", id="cut"),
    pytest.param("[" * 5000, "This is not JSON.", id="deep"),
    pytest.param("[1]", "This is no object.", id="a list"),
    pytest.param('{"id":1,"id":2}', "A name stands in it twice.", id="twice"),
    pytest.param(line("e9", "rumour", "2026-01-01"), "There is no kind 'rumour'.", id="unknown kind"),
    pytest.param(line("e9", "reply", "2026-01-01", says="gone"), "'gone' is nothing a machine can be.", id="says"),
    pytest.param(line("e9", "reply", "2026-13-01"), "is no time", id="month 13"),
    pytest.param(line("e9", "reply", "2026-01-01T08:00"), "says no offset", id="no offset"),
    pytest.param(line("e9", "reply", "0001-01-01T00:00:00+14:00"), "is no time", id="before the calendar"),
    pytest.param(line("e9", "reply", "1026-01-01"), "before there were machines", id="the middle ages"),
    pytest.param({**line("e9", "reply", ""), "observed_at": 5}, "does not say when", id="a number"),
    pytest.param(line("", "reply", "2026-01-01"), "Its id is no name", id="no id"),
    pytest.param({**line("", "reply", "2026-01-01"), "id": True}, "Its id is no name", id="true"),
    pytest.param(line(2**70, "reply", "2026-01-01"), "Its id is no name", id="too large"),
    pytest.param(line("e9", "reply", "2026-01-01", account=None), "Its account is no name", id="no account"),
    pytest.param(line("e9", "reply", "2026-01-01", unit=["A1"]), "Its unit is no name", id="odd unit"),
    pytest.param('{"id":"\\ud800"}', "Its id is no name", id="half a letter"),
    pytest.param(line("e9", "reply", "2026-01-01", detail="x" * 999), "Its detail is no text", id="long detail"),
    pytest.param(line("e9", "reply", "2026-01-01", source="x" * 70_000), "longer than", id="long line"),
]


@pytest.mark.parametrize(("bad", "sentence"), BAD)
def test_bad_lines_are_named_and_change_no_verdict(bad: Line | str, sentence: str) -> None:
    result = weigh(PART, bad, GONE)
    assert result.exit_code == 1
    assert "Line 2: " in result.stderr
    assert sentence in result.stderr
    assert result.stdout == weigh(PART, GONE).stdout


def test_an_id_that_says_different_things_is_not_believed_whichever_came_first() -> None:
    other = {**GONE, "says": "in_use"}
    for lines in ((PART, GONE, other), (other, GONE, PART)):
        result = weigh(*lines)
        assert result.exit_code == 1
        assert "the same id says different things" in result.stderr
        assert verdicts(result)[0]["because"] == ["e1"]
    elsewhere = weigh(GONE, {**GONE, "account": "K2"})
    assert {one["verdict"] for one in verdicts(elsewhere)} == {"unknown"}


def test_many_bad_lines_are_counted_and_not_all_named() -> None:
    result = weigh(*["{"] * 500, PART)
    assert len(result.stderr.splitlines()) < 30
    assert "500 refused: This is not JSON." in result.stderr


@pytest.mark.parametrize("text", ["", "\n\n", "\ufeff" + json.dumps(PART) + "\r\n"])
def test_odd_files_are_read(text: str) -> None:
    result = weigh(text)
    assert (result.exit_code, len(verdicts(result))) == (0, 1 if "parts" in text else 0)


def test_every_kind_is_printed_with_weight_half_life_and_reason() -> None:
    result = CliRunner().invoke(newsletter, ["signal", "kinds", "--json"])
    table = {row["kind"]: row for row in json.loads(result.stdout)}
    assert table.keys() == set(Kind)
    assert all(row["reason"] and row["half_life_days"] > 0 and row["weight"] >= 0 for row in table.values())
    assert CliRunner().invoke(newsletter, ["signal", "kinds"]).stdout.count("\n") == len(KINDS)


def test_what_many_say_is_learned_from_in_whatever_order() -> None:
    dice = random.Random(4)  # noqa: S311 - a crowd, not a secret
    lines: list[Line | str] = []
    for number in range(80):
        unit = {"account": f"K{number}", "unit": f"A{number}"}
        lines.append(line(f"i{number}", "installation", "2018-01-01", **unit))
        lines.append(line(f"a{number}", "check_in_answer", "2022-01-01", says="not_in_use", **unit))
    first = weigh(*lines)
    assert "Rates learned from 80 answers" in first.stderr
    dice.shuffle(lines)
    assert weigh(*lines).stdout == first.stdout


# On the database.

Run = Callable[..., Result]


@pytest.fixture
def run(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `newsletter signal` on the database of the test; a refusal is raised."""
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", db.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("NEWSLETTER_VAR", str(tmp_path / "var"))

    def command(*words: str) -> Result:
        result = CliRunner().invoke(newsletter, ["signal", *words])
        if isinstance(result.exception, NewsletterError):
            raise result.exception
        return result

    return command


@pytest.fixture
def house(db: Database) -> cast.Cast:
    """A100231 said to be in use in May, and gone in October."""
    began = datetime(2026, 5, 2, 8, tzinfo=UTC)
    with db.write() as session:
        house = cast.play(session, began)
        for days, says in ((0, State.IN_USE), (150, State.NOT_IN_USE)):
            told = Observation(
                key=f"told:{days}", account_id=house.north.id, unit_id=house.a100231.id, person_id=house.nora.id,
                kind=Kind.CHECK_IN_ANSWER, says=says, detail="", observed_at=began + timedelta(days=days),
                source="check-in",
            )  # fmt: skip
            note(session, told, began + timedelta(days=days))
    return house


def kept(db: Database) -> dict[str, str]:
    """The verdict on each machine as lists and reports read it."""
    with db.read() as session:
        rows = session.execute(select(Unit.serial, Verdict.state).join(Verdict, Verdict.unit_id == Unit.id))
        return {serial: state for serial, state in rows}  # noqa: C416 - dict() cannot tell a row from a pair


@pytest.mark.parametrize(
    ("day", "verdict"), [("2026-05-01", "unknown"), ("2026-06-01", "in_use"), (AS_OF, "not_in_use")]
)
@pytest.mark.usefixtures("house")
def test_any_past_day_can_be_replayed(run: Run, day: str, verdict: str) -> None:
    found = {one["unit"]: one["verdict"] for one in verdicts(run("replay", "--as-of", day))}
    assert found["A100231"] == verdict
    assert len(found) > 1


@pytest.mark.usefixtures("house")
def test_new_rules_show_what_they_would_change_before_they_are_switched_on(
    run: Run, tmp_path: Path, db: Database
) -> None:
    file = tmp_path / "rules.json"
    file.write_text(run("parameters").stdout)
    assert run("whatif", str(file), "--as-of", AS_OF).stdout.startswith("0 of ")
    file.write_text('{"rates": {"mistaken": 0.3}}')
    tried = json.loads(run("whatif", str(file), "--as-of", AS_OF, "--json").stdout)
    assert [(one["unit"], one["before"], one["after"]) for one in tried["changes"]] == [
        ("A100231", "not_in_use", "unknown")
    ]
    assert tried["moves"] == [{"before": "not_in_use", "after": "unknown", "machines": 1}]
    told = run("whatif", str(file), "--as-of", AS_OF).stdout
    assert "1 from not in use to unknown, such as:" in told
    assert "A100231" in told
    assert verdicts(run("replay", "--as-of", AS_OF))[0]["verdict"] == "not_in_use"
    refused = run("adopt", str(file), "--by", "Mara")  # nobody answers the question
    assert (refused.exit_code, "A100231" in refused.stdout, "in force" in refused.stdout) == (1, True, False)
    assert kept(db)["A100231"] == "not_in_use"
    adopted = run("adopt", str(file), "--by", "Mara", "--yes").stdout
    assert "from not in use to unknown" in adopted
    assert "version 1 is in force" in adopted
    assert "accounts weighed anew" in adopted
    assert kept(db)["A100231"] == "unknown"
    assert json.loads(run("parameters").stdout)["rates"]["mistaken"] == 0.3
    assert "unknown" in {one["verdict"] for one in verdicts(run("replay", "--as-of", AS_OF))}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{", "not JSON"),
        ("[]", "the document is no object"),
        ('{"rate": {}}', "has no 'rate'"),
        ('{"rates": {"ends": -1}}', "ends of rates is no number"),
        ('{"rates": {"ends": true}}', "ends of rates is no number"),
        ('{"kinds": {"rumour": {}}}', "has no 'rumour'"),
        ('{"kinds": {"telemetry": {"half_life_days": 0}}}', "half_life_days of telemetry"),
        ('{"kinds": {"opt_out": {"weight": 2}}}', "opt_out says nothing about a machine"),
    ],
)
def test_rules_that_make_no_sense_are_refused(run: Run, tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "rules.json").write_text(text)
    with pytest.raises(NewsletterError, match=sentence):
        run("adopt", str(tmp_path / "rules.json"), "--by", "Mara")


@pytest.mark.usefixtures("house")
def test_a_colleague_may_know_better_and_puts_a_name_to_it(run: Run) -> None:
    run("override", "K1", "in_use", "--serial", "A100231", "--by", "Mara", "--because", "I saw it run.")
    with pytest.raises(NewsletterError, match="There is no one machine"):
        run("override", "K1", "in_use", "--serial", "nope", "--by", "Mara", "--because", "I saw it run.")
    with pytest.raises(NewsletterError, match="Who says so"):
        run("override", "K1", "in_use", "--by", " ", "--because", "I saw it run.")
    shown = CliRunner().invoke(newsletter, ["account", "show", "K1"]).stdout
    assert "In use: said by Mara" in shown


@pytest.mark.usefixtures("house")
def test_calibration_says_when_it_rests_on_too_little(run: Run) -> None:
    shown = run("calibration", "--as-of", AS_OF).stdout
    assert "2 answers about machines by name." in shown
    assert "too few answers (1) to say" in shown
    assert json.loads(run("calibration", "--as-of", AS_OF, "--json").stdout)["answers"] == 2
    with pytest.raises(NewsletterError, match="too few to learn from"):
        run("learn", "--as-of", AS_OF)
