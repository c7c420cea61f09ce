"""`newsletter pace …`: what it sets, shows and refuses."""

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from newsletter.account.account import Account
from newsletter.cli import newsletter
from newsletter.cli.pace_words import read_hours
from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.errors import NewsletterError, Refused
from newsletter.pace.admission import Errand, Wish
from newsletter.pace.admit import admit
from newsletter.pace.hours import Hours
from newsletter.pace.limits import Limits, limits_in_force
from newsletter.pace.pause import block_domain
from newsletter.staff.audit import AuditEntry

Pace = Callable[..., str]


@pytest.fixture
def pace(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pace:
    """Run `newsletter pace`; its output, or the error it raises."""
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", db.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("NEWSLETTER_VAR", str(tmp_path / "var"))

    def run(*words: str) -> str:
        result = CliRunner().invoke(newsletter, ["pace", *words])
        if isinstance(result.exception, NewsletterError):
            raise result.exception
        return f"{result.exit_code or ''}{result.output}"

    return run


def limits(db: Database) -> Limits:
    with db.read() as session:
        return limits_in_force(session)


def ask(db: Database, domain: str, account_id: int | None = None) -> None:
    wishes = [Wish(number, domain, account_id) for number in range(40)]
    with db.write() as session:
        admit(session, limits_in_force(session), Errand(1, "relay.example", "UTC"), wishes, utc_now())


def add_account(db: Database) -> int:
    with db.write() as session:
        account = Account(number="K1", name="Toolroom North", created_at=utc_now())
        session.add(account)
        session.flush()
        return account.id


def test_where_nothing_is_set_it_says_so(pace: Pace) -> None:
    assert pace("list") == "Nothing is set: we send as fast as the relay takes it, at any hour.\n"


def test_what_was_set_is_listed_beside_what_is_measured(pace: Pace, db: Database) -> None:
    account_id = add_account(db)
    pace("set", "relay", "relay.example", "50/s")
    pace("set", "domain", "Big.example", "3000/h")
    pace("set", "domain", "*", "20/s")
    pace("set", "account", "K1", "5/d")
    ask(db, "big.example", account_id)
    ask(db, "other.example")
    listed = {tuple(line.split()[:3]): line for line in pace("list").splitlines()}
    assert set(listed) == {
        ("relay", "relay.example", "50/s"),
        ("domain", "big.example", "3000/h"),
        ("domain", "*", "20/s"),
        ("account", "K1", "5/d"),
    }
    assert "1 today" in listed["account", "K1", "5/d"]
    assert "1.0/s now (most: other.example)" in listed["domain", "*", "20/s"]
    assert json.loads(pace("list", "--json"))["rates"][0]["measured"] == 1


def test_every_change_is_audited(pace: Pace, db: Database) -> None:
    pace("set", "relay", "relay.example", "50/s")
    pace("unset", "relay", "relay.example")
    pace("quiet", "20:00-07:00", "--days", "mon-fri")
    pace("quiet", "--none")
    pace("closed", "2026-12-25")
    pace("closed", "2026-12-25", "--again")
    pace("warm-up", "relay.example")
    pace("warm-up", "relay.example", "--stop")
    pace("pause", "big.example", "--reason", "their wish")
    pace("resume", "big.example")
    with db.read() as session:
        acts = session.scalars(select(AuditEntry.act)).all()
        assert set(session.scalars(select(AuditEntry.who))) == {"command line"}
    assert acts == [
        "set rate 50/s",
        "unset rate",
        "set hours 07:00-20:00 on 12345",
        "unset hours",
        "closed 2026-12-25",
        "opened 2026-12-25",
        "warm up from 50 by 1.5 to 100000",
        "end warm-up",
        "paused the domain: their wish",
        "resumed the domain",
    ]
    assert limits(db).is_empty


def test_hours_days_and_plans_are_listed(pace: Pace, db: Database) -> None:
    pace("quiet", "20:00-07:00", "--days", "mon-fri,sun")
    pace("closed", "2026-12-25", "--zone", "Europe/Berlin")
    pace("warm-up", "relay.example", "--first", "100", "--factor", "2", "--until", "5000")
    pace("pause", "big.example", "--reason", "their wish")
    assert pace("list").splitlines() == [
        "warm-up  relay.example                         day 1   0 of 100 today, no limit from 5,000 a day on",
        "quiet    20:00-07:00, by the recipient's clock",
        "days     mon, tue, wed, thu, fri, sun",
        "closed   2026-12-25 Europe/Berlin",
        "paused   big.example                      until somebody resumes it: their wish",
    ]
    closed = frozenset({(date(2026, 12, 25), "Europe/Berlin")})
    assert limits(db).hours == Hours(time(7), time(20), frozenset({1, 2, 3, 4, 5, 7}), closed)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("set", "relay", "relay.example", "fast"), "no rate"),
        (("set", "relay", "*", "5/s"), "one relay"),
        (("set", "account", "*", "5/s"), "no rate for an account"),
        (("set", "account", "K9", "5/d"), "no account K9"),
        (("set", "run", "9", "5/s"), "no run 9"),
        (("set", "run", "9" * 40, "5/s"), "no run 9"),
        (("set", "domain", "no domain", "5/s"), "not a domain name"),
        (("unset", "relay", "relay.example"), "No rate is set"),
        (("quiet",), "neither hours nor days"),
        (("quiet", "25:00-07:00"), "no hours"),
        (("quiet", "20:00-07:00", "--days", "mon-fry"), "no days of the week"),
        (("quiet", "--none"), "No hours are set"),
        (("closed", "2026-12-25", "--zone", "Mars"), "no time zone"),
        (("closed", "2026-12-25", "--again"), "not closed"),
        (("warm-up", "relay.example", "--factor", "nan"), "does not grow"),
        (("warm-up", "relay.example", "--stop"), "not being warmed up"),
        (("resume", "big.example"), "not paused"),
    ],
    ids=" ".join,
)
def test_what_makes_no_sense_is_refused(pace: Pace, db: Database, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(NewsletterError, match=sentence):
        pace(*words)
    assert limits(db).is_empty


@pytest.mark.parametrize(
    ("days", "numbers"),
    [("mon-fri", "12345"), ("sat-mon", "167"), ("Wed", "3"), ("tue,thu , sat", "246"), ("sun-sat", "1234567")],
)
def test_days_of_the_week(days: str, numbers: str) -> None:
    assert read_hours("20:00-07:00", days).weekdays == {int(number) for number in numbers}


@pytest.mark.parametrize("quiet", ["", "20-7", "20:00", "24:00-07:00", "20:60-07:00", "20:00-07:00-08:00"])
def test_hours_that_are_none(quiet: str) -> None:
    with pytest.raises(Refused):
        read_hours(quiet, "mon")


def test_the_moment_a_domain_is_tried_again_is_shown(pace: Pace, db: Database) -> None:
    now: datetime = utc_now()
    with db.write() as session:
        block_domain(session, "big.example", "550 5.7.1 blocked", by="engine", now=now)
    assert f"until {now + timedelta(hours=1):%Y-%m-%d %H:%M} UTC: 550 5.7.1 blocked" in pace("list")
