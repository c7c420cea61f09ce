"""Domains to which nothing goes for a while."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from newsletter.db import Database
from newsletter.errors import BadAddress, NotFound
from newsletter.pace.limits import limits_in_force
from newsletter.pace.meter import DayCount, Meter
from newsletter.pace.pause import alerts, block_domain, pause_domain, paused_domains, resume_domain
from newsletter.pace.sweep import sweep
from newsletter.staff.audit import AuditEntry

HOUR = timedelta(hours=1)
WORDS = "550 5.7.1 blocked"


def block(db: Database, now: datetime, domain: str = "big.example") -> timedelta:
    with db.write() as session:
        return block_domain(session, domain, WORDS, by="engine", now=now) - now


def resume(db: Database, now: datetime) -> None:
    with db.write() as session:
        resume_domain(session, "big.example", by="Ann", now=now)


def acts(db: Database) -> list[tuple[str, str, str]]:
    with db.read() as session:
        return [(entry.who, entry.act, entry.subject) for entry in session.scalars(select(AuditEntry))]


def test_fault_53_a_block_pauses_the_domain_and_tells_someone(db: Database, now: datetime) -> None:
    assert block(db, now) == HOUR
    with db.read() as session:
        (told,) = alerts(session, now)
        assert [pause.domain for pause in paused_domains(session, now)] == ["big.example"]
    assert told.subject == "big.example"
    assert (
        told.sentence == f"big.example refuses our mail, so nothing is sent there until 2026-11-21 10:00 UTC: {WORDS}"
    )
    assert acts(db) == [("engine", f"paused the domain: {WORDS}", "big.example")]


def test_a_block_during_the_pause_changes_nothing(db: Database, now: datetime) -> None:
    block(db, now)
    with db.read() as session:
        known = limits_in_force(session)
    assert block(db, now + HOUR / 2) == HOUR / 2
    assert len(acts(db)) == 1
    with db.read() as session:
        assert limits_in_force(session, known) is known


def test_a_block_that_comes_again_pauses_for_longer(db: Database, now: datetime) -> None:
    lengths = []
    for _ in range(4):
        lengths.append(block(db, now))
        now += lengths[-1] + timedelta(minutes=5)
    assert lengths == [HOUR, 4 * HOUR, 24 * HOUR, 24 * HOUR]


def test_a_block_long_after_the_last_one_is_a_new_one(db: Database, now: datetime) -> None:
    block(db, now)
    assert block(db, now + timedelta(days=3)) == HOUR


def test_a_block_after_somebody_resumed_the_domain_is_a_new_one(db: Database, now: datetime) -> None:
    block(db, now)
    resume(db, now + HOUR / 2)
    assert block(db, now + HOUR) == HOUR


def test_each_domain_has_its_own_pause(db: Database, now: datetime) -> None:
    block(db, now)
    assert block(db, now, "other.example") == HOUR
    with db.read() as session:
        assert {pause.domain for pause in paused_domains(session, now)} == {"big.example", "other.example"}


def test_a_pause_by_hand_lasts_until_it_is_resumed(db: Database, now: datetime) -> None:
    with db.write() as session:
        pause_domain(session, "Big.Example", "their wish", by="Ann", now=now)
    with db.read() as session:
        assert len(paused_domains(session, now + timedelta(days=300))) == 1
        assert alerts(session, now) == ()  # whoever did it knows
    resume(db, now)
    with db.read() as session:
        assert not paused_domains(session, now)
    assert acts(db) == [
        ("Ann", "paused the domain: their wish", "big.example"),
        ("Ann", "resumed the domain", "big.example"),
    ]


def test_what_is_not_paused_is_not_resumed(db: Database, now: datetime) -> None:
    with pytest.raises(NotFound):
        resume(db, now)
    with pytest.raises(BadAddress), db.write() as session:
        pause_domain(session, "no domain", "", by="Ann", now=now)


def test_what_is_over_is_swept_away_and_what_is_not_stays(db: Database, now: datetime) -> None:
    block(db, now)
    with db.write() as session:
        session.add(Meter(key="domain idle.example", last=-(2**62), step=1, holes="[]", since=0, counted=0, before=0))
        session.add(Meter(key="domain busy.example", last=2**62, step=1, holes="[]", since=0, counted=0, before=0))
        session.add(DayCount(key="account 1", day=now.date() - timedelta(days=9), count=1))
        session.add(DayCount(key="account 1", day=now.date(), count=1))
    with db.write() as session:
        sweep(session, now)
        assert len(paused_domains(session, now)) == 1
    with db.write() as session:
        sweep(session, now + 2 * HOUR)
        assert limits_in_force(session).is_empty
        assert session.scalars(select(Meter.key)).all() == ["domain busy.example"]
        assert session.scalars(select(DayCount.day)).all() == [now.date()]
