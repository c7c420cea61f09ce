"""Taking facts: each is noted, known already, or refused with a reason, whatever becomes of the others."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import BadTime, Conflict, NewsletterError, Refused
from newsletter.followup.opening import listens_to
from newsletter.intake.fact import Fact
from newsletter.intake.whose import Register, chunks, look_up
from newsletter.ledger.concerned import hold_accounts
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import KINDS
from newsletter.signal.note import AHEAD, open_work_for
from newsletter.signal.rules import State
from newsletter.signal.weigh_many import weigh_many

MOST_AT_ONCE = 1_000
MOST_OF_ACCOUNT = 50_000
"""Pieces of evidence at one account: every page about it weighs them all."""


class Became(StrEnum):
    """What became of a fact."""

    NOTED = "noted"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fact; `error` says why it was refused. `key` is the source's own, where it could be read."""

    key: str
    became: Became
    error: NewsletterError | None = None


Told = Fact | NewsletterError
"""A fact, or why what was told is none."""
_Columns = dict[str, Any]


def take(db: Database, told: Sequence[Told], now: datetime) -> list[Outcome]:
    """Note up to MOST_AT_ONCE facts and weigh each account they are about anew, once; the outcomes in their order.

    All that is kept is kept in one transaction with the verdicts it leads to.
    """
    if len(told) > MOST_AT_ONCE:
        raise Refused(f"These are {len(told):,} facts.", hint=f"Send at most {MOST_AT_ONCE:,} at once.")
    with db.write() as session:
        return _Taking(session, [fact for fact in told if isinstance(fact, Fact)], now).take(told)


class _Taking:
    """One transaction. `_known` is what stands under the keys told, `_new` what will."""

    def __init__(self, session: Session, facts: Collection[Fact], now: datetime) -> None:
        self._session, self._now = session, now
        self._register = look_up(session, facts)
        concerned = {account_id for fact in facts if (account_id := _account(self._register, fact))}
        # Nobody else notes anything about them before the end, or two would each weigh without the other's word.
        hold_accounts(session, concerned)
        self._known = _by_key(session, {fact.evidence_key for fact in facts})
        self._held = Counter(_pieces(session, concerned))
        self._new: dict[str, _Columns] = {}

    def take(self, told: Sequence[Told]) -> list[Outcome]:
        outcomes = [self._take(fact) for fact in told]
        beaten = self._write()
        weigh_many(self._session, {row["account_id"] for row in self._new.values()}, self._now)
        self._open_work(beaten)
        return [self._anew(*pair, beaten) for pair in zip(told, outcomes, strict=True)] if beaten else outcomes

    def _take(self, fact: Told) -> Outcome:
        if isinstance(fact, NewsletterError):
            return Outcome("", Became.REFUSED, fact)
        try:
            return Outcome(fact.key, self._became(fact))
        except NewsletterError as error:
            return Outcome(fact.key, Became.REFUSED, error)

    def _became(self, fact: Fact) -> Became:
        row = self._row(fact)
        known = self._new.get(row["key"]) or self._known.get(row["key"])
        if known is not None:
            _need_same(known, row, fact)
            return Became.KNOWN
        if self._held[row["account_id"]] >= MOST_OF_ACCOUNT:
            raise Refused(
                f"There are {MOST_OF_ACCOUNT:,} pieces of evidence at this account already.",
                hint="Of a machine that reports by itself, one report a day is enough.",
            )
        self._held[row["account_id"]] += 1
        self._new[row["key"]] = row
        return Became.NOTED

    def _row(self, fact: Fact) -> _Columns:
        account_id, unit_id = self._register.find(fact)
        if fact.observed_at > self._now + AHEAD:
            raise BadTime(f"It was observed at {fact.observed_at.isoformat()}, which has not come yet.")
        return {
            "key": fact.evidence_key,
            "account_id": account_id,
            "unit_id": unit_id,
            "kind": fact.kind.value,
            "says": _says(fact),
            "detail": fact.detail,
            "observed_at": min(fact.observed_at, self._now),  # today, told as a day, is not over
            "recorded_at": self._now,
            "source": fact.source,
            "author": fact.author,
            "note": fact.note,
            "bulletin_number": "",
        }

    def _write(self) -> set[str]:
        """Insert what is new; the keys that somebody else inserted meanwhile, for another account."""
        insert = sqlite.insert if self._session.get_bind().dialect.name == "sqlite" else postgresql.insert
        if not self._new:
            return set()
        table = cast("Table", Evidence.__table__)
        put = insert(table).on_conflict_do_nothing().returning(table.c.key)
        # In the order of keys, so that two who bring the same ones do not wait for each other in a circle.
        return set(self._new) - set(self._session.scalars(put, [self._new[key] for key in sorted(self._new)]))

    def _open_work(self, beaten: Collection[str]) -> None:
        codes = ("kind", "says", "detail", "source")
        asking = [k for k, row in self._new.items() if k not in beaten and listens_to(*(row[c] for c in codes))]
        for keys in chunks(asking):
            for evidence in self._session.scalars(select(Evidence).where(Evidence.key.in_(keys)).order_by(Evidence.id)):
                open_work_for(self._session, evidence, self._now)

    def _anew(self, fact: Told, outcome: Outcome, beaten: Collection[str]) -> Outcome:
        if not isinstance(fact, Fact) or fact.evidence_key not in beaten or outcome.error is not None:
            return outcome
        try:
            _need_same(_by_key(self._session, {fact.evidence_key})[fact.evidence_key], self._row(fact), fact)
        except NewsletterError as error:
            return Outcome(fact.key, Became.REFUSED, error)
        return Outcome(fact.key, Became.KNOWN)


def _says(fact: Fact) -> str | None:
    """What is said in so many words, or by the kind: nobody orders parts for a machine that is gone."""
    implied = State.IN_USE if KINDS[fact.kind].means_use else None
    said = fact.says or implied
    return said.value if said else None


def _account(register: Register, fact: Fact) -> int | None:
    try:
        return register.find(fact)[0]
    except NewsletterError:
        return None


_SAME = ("unit_id", "kind", "says", "detail", "author", "note")


def _need_same(known: Mapping[str, Any], row: Mapping[str, Any], fact: Fact) -> None:
    """Raises Conflict where the same key says other things."""
    # A machine that was moved since stands elsewhere; it is the same machine.
    is_same = row["unit_id"] is not None or known["account_id"] == row["account_id"]
    # What was observed "today" was kept as of the moment it came.
    at = min(fact.observed_at, max(known["recorded_at"], known["observed_at"]))
    if not is_same or known["observed_at"] != at or any(known[name] != row[name] for name in _SAME):
        raise Conflict(
            f"The key {fact.key[:60]!r} of {fact.source} was told before and said something else.",
            hint="Nothing was changed. A correction is a new fact with a key of its own.",
        )


def _by_key(session: Session, keys: Collection[str]) -> dict[str, _Columns]:
    columns = select(Evidence.key, Evidence.account_id, Evidence.observed_at, Evidence.recorded_at)
    columns = columns.add_columns(*(getattr(Evidence, name) for name in _SAME))
    found = (row for some in chunks(keys) for row in session.execute(columns.where(Evidence.key.in_(some))).mappings())
    return {row["key"]: dict(row) for row in found}


def _pieces(session: Session, account_ids: Collection[int]) -> dict[int, int]:
    counted = select(Evidence.account_id, func.count()).group_by(Evidence.account_id)
    rows = session.execute(counted.where(Evidence.account_id.in_(sorted(account_ids))))
    return {account_id: pieces for account_id, pieces in rows}  # noqa: C416 - dict() cannot tell a row from a pair
