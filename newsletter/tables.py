"""Every table of the house, so that migrations and tests see them all by importing one module."""

from newsletter.account import account, agreement, note, product, unit
from newsletter.audience import consent, person, suppression, topic
from newsletter.bulletin import bulletin
from newsletter.db import Base
from newsletter.ledger import delivery, engine, run, sample
from newsletter.optout import opt_out
from newsletter.pace import meter, rule
from newsletter.question import answer
from newsletter.signal import evidence, verdict
from newsletter.staff import attempts, audit, invitation, sign_in, token, user

metadata = Base.metadata


def is_ours(name: str | None, _kind: str, _parents: object) -> bool:
    """Whether something in a database is told by these tables; the queue (`ledger.queue`) is procrastinate's."""
    return not (name or "").startswith("procrastinate_")


__all__ = [
    "account", "agreement", "answer", "attempts", "audit", "bulletin", "consent", "delivery", "engine", "evidence",
    "invitation", "is_ours", "metadata", "meter", "note", "opt_out", "person", "product", "rule", "run", "sample",
    "sign_in", "suppression", "token", "topic", "unit", "user", "verdict",
]  # fmt: skip
