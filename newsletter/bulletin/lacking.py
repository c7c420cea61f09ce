"""What the text of a bulletin still wants in one of its languages. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.bulletin.fields import Fields


class Lack(StrEnum):
    """What may be missing, in words."""

    TITLE = "no title"
    PREHEADER = "no preheader"
    TEXT = "no text"
    OLDER = "older than the first"


@dataclass(frozen=True, slots=True)
class Lacking:
    """What one language lacks; where it is older, when it was changed last, and when the first was."""

    lacks: tuple[Lack, ...]
    changed_at: datetime | None = None
    first_changed_at: datetime | None = None


def lacking(fields: Fields, changed: Mapping[str, datetime]) -> tuple[Lacking, ...]:
    """For each language what it lacks. `changed` says when the text in each was last another (`past.changes`)."""
    first = changed.get(fields.spoken[0].language)
    told = []
    for one in fields.spoken:
        at = changed.get(one.language)
        found = {
            Lack.TITLE: not one.title.strip(),
            Lack.PREHEADER: not one.preheader.strip(),
            Lack.TEXT: not one.markdown.strip(),
            Lack.OLDER: at is not None and first is not None and at < first,
        }
        told.append(Lacking(tuple(lack for lack, holds in found.items() if holds), at, first))
    return tuple(told)
