"""Where something stands on a timeline, so that a page can begin after it: moment, source and id. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from newsletter.errors import Refused


class Source(IntEnum):
    """Which table an entry comes from. Of entries of one moment the higher stands first; numbers are in addresses."""

    EVIDENCE = 1
    WORDS = 2  # what somebody wrote when they left
    CHECK_IN = 3  # what somebody wrote when asked
    COPY = 4
    LETTER = 5
    CONSENT = 6
    WISH = 7
    NOTE = 8
    FACT = 9
    CONTACT = 10
    AGREEMENT = 11
    AGREEMENT_END = 12
    WORK = 13


KINDS: Mapping[str, tuple[str, frozenset[Source]]] = {
    "signs": ("Signs and answers", frozenset({Source.EVIDENCE, Source.WORDS, Source.CHECK_IN})),
    "mails": ("Mails and letters", frozenset({Source.COPY, Source.LETTER})),
    "wishes": ("Consent and wishes", frozenset({Source.CONSENT, Source.WISH})),
    "notes": ("Notes and calls", frozenset({Source.NOTE, Source.FACT, Source.CONTACT})),
    "agreements": ("Agreements", frozenset({Source.AGREEMENT, Source.AGREEMENT_END})),
    "work": ("Follow-up", frozenset({Source.WORK})),
}
"""What a timeline can be narrowed to, by the word in the address: its name and its sources."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """The place of one entry; a later place stands higher."""

    at: datetime
    source: Source
    id: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.source.value}~{self.id}"

    @property
    def including(self) -> "Place":
        """The place right above: what begins after it begins with this entry."""
        return Place(self.at, self.source, self.id + 1)


@dataclass(frozen=True, slots=True)
class Part:
    """The part of a timeline that is wanted: after `after` on the way down, nothing later than `until`, by source."""

    after: Place | None
    until: datetime | None
    sources: frozenset[Source]
    length: int

    def holds(self, place: Place) -> bool:
        """Whether an entry belongs to it, its length aside."""
        wanted = place.source in self.sources and (self.until is None or place.at <= self.until)
        return wanted and (self.after is None or place < self.after)


def read_place(text: str) -> Place | None:
    """The place in an address; None where there is none. Raises Refused."""
    if not text:
        return None
    try:
        at, source, id_ = text[:80].split("~")
        place = Place(datetime.fromisoformat(at), Source(int(source)), int(id_))
    except ValueError as error:
        raise Refused("There is no such place on the timeline.", hint="Begin with its newest page.") from error
    if place.at.tzinfo is None or not 0 <= place.id < 2**63:
        raise Refused("There is no such place on the timeline.", hint="Begin with its newest page.")
    return place


def sources_of(kind: str) -> frozenset[Source]:
    """The sources behind a word in an address; an empty word stands for all. Raises Refused."""
    if not kind:
        return frozenset(Source)
    if kind not in KINDS:
        raise Refused(f"A timeline knows no {kind[:30]!r}.", hint=f"Choose one of: {', '.join(KINDS)}.")
    return KINDS[kind][1]
