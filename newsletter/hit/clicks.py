"""People who read our pages about their machines: a faint sign, noted once a person, mail and day.

What programs opened is not noted: it says nothing, and the hits themselves keep it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.hit.hit import Hit
from newsletter.hit.judge import Verdict
from newsletter.hit.sift import REACH
from newsletter.ledger.concerned import concerned, hold_accounts
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.weigh_many import weigh_many

READING = ("view", "done", "running", "check-in")
"""The pages that are about machines. Who looks at how to leave does not read about one."""

SOURCE = "public page"
_AT_ONCE = 200  # so long nobody else writes on SQLite


def note_clicks(db: Database, now: datetime) -> int:
    """Note what people read, as soon as nothing seen later can make programs of them; how many pieces are new."""
    total = 0
    while True:
        with db.write() as session:
            hits = session.scalars(_settled(now)).all()
            total += _note(session, hits, now)
            session.execute(update(Hit).where(Hit.id.in_([hit.id for hit in hits])).values(is_noted=True))
        if len(hits) < _AT_ONCE:
            return total


def _settled(now: datetime) -> Select[Hit]:
    human = Hit.verdict == Verdict.HUMAN.value, Hit.is_noted.is_(False)
    return select(Hit).where(*human, Hit.at < now - REACH).order_by(Hit.id).limit(_AT_ONCE)


def _note(session: Session, hits: Sequence[Hit], now: datetime) -> int:
    """One row an account, of the first hit of each person, mail and day."""
    first: dict[tuple[int, int | None, str], Hit] = {}
    for hit in hits:
        if hit.person_id and hit.kind in READING:
            first.setdefault((hit.person_id, hit.delivery_id, hit.at.date().isoformat()), hit)
    rows = [row for hit in first.values() for row in _rows(session, hit, now)]
    if not rows:
        return 0
    touched = {row["account_id"] for row in rows}
    hold_accounts(session, touched)
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    new = session.scalars(insert(Evidence).values(rows).on_conflict_do_nothing().returning(Evidence.account_id)).all()
    weigh_many(session, set(new), now)
    return len(new)


def _rows(session: Session, hit: Hit, now: datetime) -> list[dict[str, Any]]:
    about = concerned(session, hit.person_id or 0, hit.delivery_id)
    name = f"click:{hit.person_id}.{hit.delivery_id or 0}.{hit.at.date().isoformat()}"
    return [
        {
            "key": f"{name}.{account_id}",
            "account_id": account_id,
            "unit_id": None,
            "person_id": hit.person_id,
            "kind": Kind.HUMAN_CLICK.value,
            "says": None,
            "detail": hit.kind,
            "observed_at": hit.at,
            "recorded_at": now,
            "source": SOURCE,
            "bulletin_number": about.bulletin_number,
            "delivery_id": hit.delivery_id,
            "author": "",
            "note": "",
        }
        for account_id in about.account_ids
    ]
