"""Why a run does not start, or was not started, though its time has come."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.source import read_source
from newsletter.ledger.gate import Gate
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.start import NOT_SENT
from newsletter.staff.audit import AuditEntry


def lacks_approval(session: Session, gate: Gate, run_id: int) -> bool:
    """Whether a run that has not started waits for a second colleague."""
    run = session.get(Run, run_id)
    if run is None or run.state not in (RunState.SCHEDULED, RunState.LATE):
        return False
    version = session.get_one(Version, run.version_id)
    source, topic = read_source(version.source), session.get_one(Topic, run.topic_id)
    return gate.lacks_approval(session, version, source, topic)


def why_not_sent(session: Session, run_id: int) -> str:
    """Why the engine cancelled a run when it came due; empty where it did not."""
    notes = select(AuditEntry.act).where(AuditEntry.subject == f"run {run_id}", AuditEntry.act.startswith(NOT_SENT))
    said = session.scalar(notes.order_by(AuditEntry.id.desc()).limit(1)) or ""
    return said.removeprefix(NOT_SENT).strip()
