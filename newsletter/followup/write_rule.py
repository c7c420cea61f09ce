"""Writing a rule and switching it on. A draft opens nothing, so that it can be tried on what was heard before."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.db import Database, rows_changed
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.followup.in_force import as_rule
from newsletter.followup.rule_version import RuleVersion
from newsletter.followup.rules import LONGEST_DUE, Rule, Team
from newsletter.staff.audit import AuditEntry

LONGEST_WHAT = 200
_KEY = re.compile(r"[a-z][a-z0-9_]{1,39}")


@dataclass(frozen=True, slots=True)
class Written:
    """A version as it stands: what it says, who wrote it, and whether it is in force."""

    id: int
    rule: Rule
    author: str
    written_at: datetime
    on_since: datetime | None
    on_by: str
    off_since: datetime | None
    off_by: str

    @property
    def is_in_force(self) -> bool:
        """Whether it opens work now."""
        return self.on_since is not None and self.off_since is None


def write_rule(db: Database, rule: Rule, author: str, now: datetime) -> int:
    """Keep a rule as the next version of its key, not in force; its id. Raises Refused, Conflict."""
    _refuse_nonsense(rule)
    try:
        return _write(db, rule, author, now)
    except IntegrityError as error:
        raise Conflict("A colleague wrote a version of this rule at this moment.", hint="Look at it first.") from error


def _write(db: Database, rule: Rule, author: str, now: datetime) -> int:
    with db.write() as session:
        last = session.scalar(select(func.max(RuleVersion.version)).where(RuleVersion.key == rule.key)) or 0
        row = RuleVersion(
            key=rule.key,
            version=last + 1,
            causes=json.dumps(sorted(rule.causes)),
            products=json.dumps(sorted(rule.products)),
            agreement=rule.agreement,
            tiers=json.dumps(sorted(rule.tiers)),
            team=rule.team,
            what=rule.what.strip(),
            due_in_days=rule.due_in_days,
            because=rule.because.strip(),
            author=author,
            written_at=now,
        )
        session.add(row)
        session.flush()
        return row.id


def switch_on(db: Database, rule_id: int, author: str, now: datetime) -> Rule:
    """Open work by a version from now on, in place of the one of its key. Raises Conflict, NotFound."""
    with db.write() as session:
        row = _found(session, rule_id)
        in_force = update(RuleVersion).where(RuleVersion.key == row.key, RuleVersion.off_since.is_(None))
        session.execute(in_force.where(RuleVersion.on_since.is_not(None)).values(off_since=now, off_by=author))
        fresh = update(RuleVersion).where(RuleVersion.id == rule_id, RuleVersion.on_since.is_(None))
        if not rows_changed(session, fresh.values(on_since=now, on_by=author)):
            raise Conflict("This version was switched on before.", hint="Write a new one from it.")
        session.add(AuditEntry(at=now, who=author, act="switched on a rule", subject=f"{row.key}, {row.version}"))
        return as_rule(row)


def switch_off(db: Database, rule_id: int, author: str, now: datetime) -> Rule:
    """Open no more work by a version; a built-in rule of its key holds again. Raises Conflict, NotFound."""
    with db.write() as session:
        row = _found(session, rule_id)
        in_force = update(RuleVersion).where(
            RuleVersion.id == rule_id, RuleVersion.on_since.is_not(None), RuleVersion.off_since.is_(None)
        )
        if not rows_changed(session, in_force.values(off_since=now, off_by=author)):
            raise Conflict("This version is not in force.", hint="Nothing was changed.")
        session.add(AuditEntry(at=now, who=author, act="switched off a rule", subject=f"{row.key}, {row.version}"))
        return as_rule(row)


def written_rule(session: Session, rule_id: int) -> Written:
    """A version by its id. Raises NotFound."""
    return _as_written(_found(session, rule_id))


def written_rules(session: Session) -> list[Written]:
    """Every version, the newest of each key first."""
    rows = session.scalars(select(RuleVersion).order_by(RuleVersion.key, RuleVersion.version.desc()))
    return [_as_written(row) for row in rows]


def _found(session: Session, rule_id: int) -> RuleVersion:
    row = session.get(RuleVersion, rule_id)
    if row is None:
        raise NotFound("There is no such rule.")
    return row


def _as_written(row: RuleVersion) -> Written:
    return Written(row.id, as_rule(row), row.author, row.written_at, row.on_since, row.on_by, row.off_since, row.off_by)


def _refuse_nonsense(rule: Rule) -> None:
    if not _KEY.fullmatch(rule.key):
        raise Refused("A rule needs a short name.", hint="Small letters, digits and _: other_service.")
    if not rule.causes:
        raise Refused("A rule needs something to listen for.", hint="Choose one reason or more.")
    if not 1 <= len(rule.what.strip()) <= LONGEST_WHAT or not rule.what.isprintable():
        raise Refused("Say what to do.", hint=f"One short sentence, up to {LONGEST_WHAT} characters.")
    if rule.team is not Team.NOBODY and not 0 <= rule.due_in_days <= LONGEST_DUE:
        raise Refused(f"Work is due in 0 to {LONGEST_DUE} days.", hint="5 is usual.")
    if any("\0" in text for text in (rule.because, *rule.products, *rule.tiers)):
        raise Refused("It holds a character that cannot be kept.")
