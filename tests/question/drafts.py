"""Versions of the question that colleagues in the tests write."""

from datetime import datetime

from newsletter.db import Database
from newsletter.question.reasons import Reason
from newsletter.question.write import Draft, write_next

ASKED = (Reason.NOT_USED, Reason.BACKUP, Reason.OTHER)


def draft(language: str = "en", reasons: tuple[Reason, ...] = ASKED, name: str = "Short", **lines: str) -> Draft:
    """A draft; `why_backup="…"` words the line "why.backup"."""
    return Draft(name, reasons, language, {line.replace("_", ".", 1): words for line, words in lines.items()})


def written(db: Database, now: datetime, made: Draft | None = None, base: int = 2) -> int:
    """The number of a version that was written."""
    return write_next(db, base, made or draft(why="Why, please?"), author="mia@vendor.example", now=now)
