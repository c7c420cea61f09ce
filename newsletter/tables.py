"""Every table of the house, so that migrations and tests see them all by importing one module."""

from newsletter.account import account, agreement, contact, fact, note, product, unit
from newsletter.audience import (
    address_change,
    affiliation_claim,
    bounce,
    consent,
    erasure,
    person,
    preferences,
    sample_person,
    subscription_request,
    suppression,
    topic,
)
from newsletter.bulletin import approval, bulletin, checking, draft, saved_text, snippet
from newsletter.burst import burst
from newsletter.checkin import check_in
from newsletter.db import Base
from newsletter.enclosure import attachment, picture
from newsletter.followup import desk, follow_up, rule_version
from newsletter.hit import hit
from newsletter.ledger import delivery, digest, engine, reminding, run, sample, trial, wave
from newsletter.optout import opt_out
from newsletter.pace import meter, rule
from newsletter.post import posted
from newsletter.question import answer, version
from newsletter.results import run_figures
from newsletter.retention import account_reach, calibrated, owner_year, reckoning, verdict_month
from newsletter.schedule import series
from newsletter.segment import table as segment
from newsletter.signal import evidence, in_force, verdict
from newsletter.staff import attempts, audit, invitation, sign_in, token, user
from newsletter.theme import theme

metadata = Base.metadata


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether something in a database is told by these tables; the queue (`ledger.queue`) is procrastinate's."""
    return not (name or "").startswith("procrastinate_")


__all__ = [
    "account", "account_reach", "address_change", "affiliation_claim", "agreement", "answer", "approval",
    "attachment", "attempts", "audit", "bounce", "bulletin", "burst", "calibrated", "check_in", "checking",
    "consent", "contact", "delivery", "desk", "digest", "draft", "engine", "erasure", "evidence", "fact",
    "follow_up", "hit", "in_force", "invitation", "is_ours", "metadata", "meter", "note", "opt_out",
    "owner_year", "person", "picture", "posted", "preferences", "product", "reckoning", "reminding", "rule",
    "rule_version", "run", "run_figures", "sample", "sample_person", "saved_text", "segment", "series",
    "sign_in", "snippet", "subscription_request", "suppression", "theme", "token", "topic", "trial", "unit",
    "user", "verdict", "verdict_month", "version", "wave",
]  # fmt: skip
