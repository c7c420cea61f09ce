"""A large installed base, made up in the database itself: the same at every run, on both databases."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.db import Database
from newsletter.signal.weigh_many import weigh_many

RUNS = 10
PEOPLE = 10  # an account
MACHINES = 3


@dataclass(frozen=True, slots=True)
class Tongue:
    """What the two databases say differently."""

    is_sqlite: bool
    now: datetime

    def series(self, count: int) -> str:
        """The numbers from 1 as `n(i)`."""
        if self.is_sqlite:
            return (
                f"(WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < {count}) SELECT i FROM s) n"
            )
        return f"generate_series(1, {count}) n(i)"

    def ago(self, days: str) -> str:
        """The time so many days ago."""
        if self.is_sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%f', '{self.now:%Y-%m-%d %H:%M:%S}', '-' || ({days}) || ' days')"
        return f"timestamptz '{self.now.isoformat()}' - ({days}) * interval '1 day'"

    def day(self, days: str) -> str:
        """The day so many days ago, or to come where it is below zero."""
        if self.is_sqlite:
            return f"date('{self.now:%Y-%m-%d}', (-({days})) || ' days')"
        return f"date '{self.now:%Y-%m-%d}' - ({days})::int"

    def pick(self, of: str, *words: str) -> str:
        """One of some words."""
        cases = " ".join(f"WHEN {place} THEN '{word}'" for place, word in enumerate(words))
        return f"CASE ({of}) % {len(words)} {cases} END"


def fill(db: Database, accounts: int, now: datetime, runs: int = RUNS) -> Iterator[str]:
    """Put so many accounts with all that belongs to them into an empty database; says what it does.

    Each of the `runs` went to everybody.
    """
    tongue = Tongue(db.is_sqlite, now)
    for table, statement in _statements(tongue, accounts, runs).items():
        yield table
        with db.write() as session:
            session.execute(text(f"INSERT INTO {statement}".replace(":", r"\:")))
            _mend_sequence(session, db, table)
    yield "verdicts"
    for first in range(1, accounts + 1, 2_000):
        with db.write() as session:
            weigh_many(session, range(first, min(first + 2_000, accounts + 1)), now)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if db.is_sqlite else "VACUUM ANALYZE")


def _mend_sequence(session: Session, db: Database, table: str) -> None:
    if not db.is_sqlite and table not in {"affiliation", "subscription"}:
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"))


def _statements(tongue: Tongue, accounts: int, runs: int) -> Mapping[str, str]:
    return {
        **_base(tongue, accounts),
        **_people(tongue, accounts),
        **_sent(tongue, accounts, runs),
        **_told(tongue, accounts, runs),
    }


def _base(t: Tongue, accounts: int) -> Mapping[str, str]:
    machines = accounts * MACHINES
    country = t.pick("i * 7", "DE", "US", "IT", "FR", "PL", "CZ", "JP", "CN", "SE", "NL", "ES", "PT", "AT", "CH", "BR")
    return {
        "product": f"product (id, model) SELECT i, 'MX-' || (100 + i) FROM {t.series(40)}",
        "account": "account (id, number, name, country, language, zone, owner, tier, is_private, created_at) "
        f"SELECT i, 'C' || (1000000 + i), 'Works ' || i, {country}, 'en', '', "
        f"'colleague' || (i * 31 % 60) || '@vendor.example', {t.pick('i * 11', 'A', 'B', 'C', '')}, "
        f"{'0' if t.is_sqlite else 'false'}, {t.ago('2000')} FROM {t.series(accounts)}",
        "unit": "unit (id, account_id, product_id, serial, serial_prefix, serial_number, installed_on, created_at) "
        f"SELECT i, 1 + i % {accounts}, 1 + i * 13 % 40, 'S' || i, 'S', i, {t.day('400 + i * 37 % 8000')}, "
        f"{t.ago('2000')} FROM {t.series(machines)}",
        "agreement": "agreement (id, unit_id, until, source, recorded_at) "
        f"SELECT i, i, {t.day('i * 17 % 1460 - 730')}, 'erp', {t.ago('800')} FROM {t.series(machines)} WHERE i % 4 = 0",
    }


def _people(t: Tongue, accounts: int) -> Mapping[str, str]:
    people = accounts * PEOPLE
    state = t.pick("i * 3", *["granted"] * 8, "withdrawn", "paused")
    consent = f"{t.ago('1500 - i % 1000')}, {t.ago('1500 - i % 1000')}, 'erp', ''"
    return {
        "topic": f"topic (id, key, name, created_at) SELECT 1, 'bulletins', 'Bulletins', {t.ago('2000')}",
        "person": "person (id, address, address_key, salutation, first_name, last_name, language, zone, created_at) "
        "SELECT i, 'p' || i || '@works' || (i % 1000) || '.example', 'p' || i || '@works' || (i % 1000) || '.example', "
        f"'', 'Per' || (i % 500), 'Son' || (i % 700), 'en', '', {t.ago('1600')} FROM {t.series(people)}",
        "affiliation": "affiliation (person_id, account_id, role) "
        f"SELECT i, 1 + i % {accounts}, {t.pick('i', 'maintenance', 'purchasing', 'production')} "
        f"FROM {t.series(people)} WHERE i % {accounts} % 20 <> 7",
        "consent": "consent (id, person_id, topic_id, act, happened_at, recorded_at, source, wording) "
        f"SELECT i, i, 1, {state}, {consent} FROM {t.series(people)} WHERE i % 8 <> 5",
        "subscription": "subscription (person_id, topic_id, state, consent_id) "
        "SELECT person_id, 1, act, id FROM consent",
        "suppression": "suppression (id, address_key, reason, source, created_at, lifted_because) "
        "SELECT id, address_key, 'complaint', 'bench', created_at, '' FROM person WHERE id % 50 = 3",
    }


def _sent(t: Tongue, accounts: int, runs: int) -> Mapping[str, str]:
    people = accounts * PEOPLE
    state = t.pick("p.id + r.id * 7", *["accepted"] * 28, "bounced", "refused")
    copies = f"'p' || p.id || '@x.example', '', {state}, 0, {t.ago('60 * r.id')}, '', {t.ago('60 * r.id')}, ''"
    return {
        "bulletin": f"bulletin (id, number, created_at) SELECT i, 'TB-' || i, {t.ago('60 * i')} FROM {t.series(runs)}",
        "version": "version (id, bulletin_id, revision, title, source, author, written_at, frozen_at) "
        f"SELECT i, i, 1, 'Bulletin ' || i, '', 'bench', {t.ago('60 * i')}, {t.ago('60 * i')} FROM {t.series(runs)}",
        "run": "run (id, version_id, topic_id, state, due_at, due_local, zone, seed, author, created_at, is_safety, "
        "started_at, started_by, finished_at) "
        f"SELECT i, i, 1, 'finished', {t.ago('60 * i')}, '', '', 'seed', 'bench', {t.ago('60 * i')}, "
        f"{'0' if t.is_sqlite else 'false'}, {t.ago('60 * i')}, '', {t.ago('60 * i')} FROM {t.series(runs)}",
        "delivery": "delivery (id, run_id, batch, person_id, address, units, state, deferred, due_at, claimed_by, "
        f"settled_at, reply) SELECT (r.id - 1) * {people} + p.id, r.id, p.id / 1000, p.id, {copies} "
        "FROM run r CROSS JOIN person p",
    }


def _told(t: Tongue, accounts: int, runs: int) -> Mapping[str, str]:
    said = {"in_use": 5, "backup": 1, "not_in_use": 1}
    kinds = ("parts_order", "service_call", "check_in_answer", "heartbeat", "opt_out_answer", "acknowledgement")
    lefts = accounts * PEOPLE // 20
    reasons = ("used_own_service", "used_other_service", "too_many", "backup", "not_used", "wrong_person", "other")
    causes = ("used_other_service", "scrapped", "wrong_person", "agreement_ending", "looking_around")
    no = "''"
    unit = f"1 + i % {accounts}"
    return {
        "evidence": "evidence (id, key, account_id, unit_id, person_id, kind, says, detail, observed_at, recorded_at, "
        "source, bulletin_number, author, note) "
        f"SELECT i, 'bench' || i, 1 + ({unit}) % {accounts}, {unit}, NULL, {t.pick('i / 7', *kinds)}, "
        f"{t.pick('i / 11', *(word for word, often in said.items() for _ in range(often)))}, '', "
        f"{t.ago('i * 29 % 2500')}, {t.ago('i * 29 % 2500')}, 'bench', '', '', '' FROM {t.series(accounts * 4)}",
        "opt_out": "opt_out (id, person_id, topic_id, delivery_id, way, left_at, suppressed, undone_by) "
        f"SELECT i, i * 19 % {accounts * PEOPLE} + 1, 1, {accounts * PEOPLE} * (i % {runs}) + i, 'page', "
        f"{t.ago('i * 23 % 720')}, {'0' if t.is_sqlite else 'false'}, '' FROM {t.series(lefts)}",
        "answer": "answer (id, opt_out_id, question, code, text, wording_version, language, answered_at) "
        f"SELECT id, id, 'why', {t.pick('id / 3', *reasons)}, '', 1, 'en', left_at FROM opt_out WHERE id % 5 < 2",
        "contact": "contact (id, account_id, means, about, happened_at, words, author, noted_at) "
        f"SELECT i, i * 3, 'call', {t.pick('i', 'renewal', 'machine')}, {t.ago('i % 900')}, '', "
        f"'ada@vendor.example', {t.ago('i % 900')} FROM {t.series(accounts // 3)}",
        "follow_up": "follow_up (id, open_key, rule, rule_version, cause, account_id, team, what, due_on, owner, "
        "state, outcome, found, note, opened_at, closed_at) "
        f"SELECT i, CASE WHEN i % 4 = 0 THEN 'bench' || i END, 'gone', 0, {t.pick('i', *causes)}, i * 2, "
        f"{t.pick('i / 2', 'service', 'sales')}, 'Call them.', {t.day('i % 60 - 20')}, {no}, "
        f"CASE WHEN i % 4 = 0 THEN 'open' ELSE 'closed' END, CASE WHEN i % 4 = 0 THEN '' ELSE "
        f"{t.pick('i / 4', 'spoke', 'no_answer', 'trade_in')} END, '', '', {t.ago('i % 400')}, "
        f"CASE WHEN i % 4 = 0 THEN NULL ELSE {t.ago('i % 300')} END FROM {t.series(accounts // 2)}",
    }


def numbers(session: Session) -> list[str]:
    """The numbers of some accounts, from the first to the last."""
    return [account.number for account in session.query(Account).filter(Account.id % 997 == 1).limit(40)]
