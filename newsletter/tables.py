"""Every table of the house, so that migrations and tests see them all by importing one module."""

from newsletter.account import account, agreement, note, product, unit
from newsletter.audience import consent, person, suppression, topic
from newsletter.bulletin import bulletin
from newsletter.db import Base
from newsletter.ledger import delivery, engine, run, sample
from newsletter.optout import opt_out
from newsletter.question import answer
from newsletter.signal import evidence, verdict
from newsletter.staff import attempts, audit, invitation, sign_in, token, user

metadata = Base.metadata

__all__ = [
    "account", "agreement", "answer", "attempts", "audit", "bulletin", "consent", "delivery", "engine", "evidence",
    "invitation", "metadata", "note", "opt_out", "person", "product", "run", "sample", "sign_in", "suppression",
    "token", "topic", "unit", "user", "verdict",
]  # fmt: skip
