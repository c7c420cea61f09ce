from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.ledger.concerned import Concerned, hold_accounts
from newsletter.optout.claims import Claim, Target, claims
from newsletter.optout.opt_out import OptOut, Way
from newsletter.optout.withdraw import SOURCES
from newsletter.question.said import Said
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note, standing_evidence

SOURCE = "opt-out page"


def tell_accounts(session: Session, left: OptOut, said: Said, about: Concerned, now: datetime) -> None:
    """Make the evidence of one opt-out say what its person says now; what they take back is superseded."""
    hold_accounts(session, about.account_ids)
    wanted = claims(said, about.machines, about.account_ids)
    told = _told(session, left, about)
    for target in (*wanted, *(target for target in told if target not in wanted)):
        former = told.get(target)
        claim = wanted.get(target) or Claim(Kind.OPT_OUT_ANSWER, None, said.reason or "")
        if _is_news(claim, former, is_wanted=target in wanted):
            note(session, _observation(left, target, claim, former, about, said.last_wording, now), now)


def _told(session: Session, left: OptOut, about: Concerned) -> Mapping[Target, Evidence]:
    rows = (row for account_id in about.account_ids for row in standing_evidence(session, account_id))
    return {Target(row.account_id, row.unit_id): row for row in rows if row.key.startswith(_prefix(left))}


def _is_news(claim: Claim, former: Evidence | None, *, is_wanted: bool) -> bool:
    if former is None:
        return True
    if not is_wanted:
        return former.says is not None
    return (former.kind, former.says, former.detail) != (claim.kind, claim.says, claim.detail)


def _observation(
    left: OptOut, target: Target, claim: Claim, former: Evidence | None, about: Concerned, wording: int, now: datetime
) -> Observation:
    place = f"{target.account_id}.{target.unit_id or 0}"
    return Observation(
        key=f"{_prefix(left)}{place}.{former.id if former else 0}",
        account_id=target.account_id,
        unit_id=target.unit_id,
        person_id=left.person_id,
        kind=claim.kind,
        says=claim.says,
        detail=claim.detail,
        observed_at=now,
        source=SOURCES[Way.STAFF] if left.way == Way.STAFF else SOURCE,
        bulletin_number=about.bulletin_number,
        delivery_id=left.delivery_id,
        wording_version=wording,
        supersedes=former.key if former else None,
    )


def _prefix(left: OptOut) -> str:
    return f"answer:{left.id}:"
