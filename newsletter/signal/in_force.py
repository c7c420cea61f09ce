"""Which parameters are in force: the newest that somebody switched on, or those written in the tables of this room."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.db import Base, Database
from newsletter.errors import Refused
from newsletter.signal.parameters import as_json, read_parameters
from newsletter.signal.rules import RULES, Rules
from newsletter.staff.audit import AuditEntry


class RulesVersion(Base):
    """Parameters switched on by somebody at some time. Append-only: to go back is to switch the former on again."""

    __tablename__ = "rules_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    parameters: Mapped[str]  # JSON, complete
    author: Mapped[str]
    switched_on_at: Mapped[datetime]


def rules_in_force(session: Session) -> Rules:
    """The rules to weigh by now."""
    written = session.scalar(select(RulesVersion.parameters).order_by(RulesVersion.id.desc()).limit(1))
    return read_parameters(written) if written else RULES


def version_in_force(session: Session) -> int:
    """The number of the rules in force; 0 for those nobody changed."""
    return session.scalar(select(RulesVersion.id).order_by(RulesVersion.id.desc()).limit(1)) or 0


def switched_on_at(session: Session) -> datetime | None:
    """Since when the rules in force are; None for those nobody changed."""
    return session.scalar(select(RulesVersion.switched_on_at).order_by(RulesVersion.id.desc()).limit(1))


def switch_on(db: Database, rules: Rules, *, author: str, now: datetime) -> int:
    """Weigh by these rules from now on; their version. `retention.keep_verdicts` then weighs every account anew."""
    if not author.strip():
        raise Refused("Nobody put a name to these rules.", hint="Say who switches them on.")
    with db.write() as session:
        version = RulesVersion(parameters=as_json(rules), author=author.strip(), switched_on_at=now)
        session.add(version)
        session.flush()
        session.add(AuditEntry(at=now, who=version.author, act="switched on rules", subject=f"version {version.id}"))
        return version.id
