"""Everything that happened around an account, newest first, a part at a time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import chain

from sqlalchemy.orm import Session

from newsletter.followup.opening import OUR_OWN
from newsletter.hit.pressed import Act, pressed
from newsletter.report.agreements import Term
from newsletter.report.entries import Told
from newsletter.report.evidence import Names
from newsletter.report.happening import Happening
from newsletter.report.place import Part, Place, Source
from newsletter.report.sources import entries
from newsletter.report.telling import Teller
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind

Entry = tuple[Place, Told | Evidence | Term]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A part of it; `older` is the place after which the rest begins, empty where this is the end."""

    happenings: tuple[Happening, ...]
    older: str


@dataclass(frozen=True, slots=True)
class Here:
    """What is known of an account beforehand: the ids of its machines, all evidence, and all agreements."""

    account_id: int
    units: frozenset[int]
    evidence: Sequence[Evidence]
    terms: Sequence[Term]


def read_part(session: Session, here: Here, part: Part, today: date) -> list[Entry]:
    """The entries of a part, newest first, and one more where there are more."""
    wanted = Part(part.after, part.until, part.sources, part.length + 1)
    known = chain(_observed(here.evidence), _agreed(here.terms, today))
    of_the_part = [entry for entry in known if wanted.holds(entry[0])]
    found = [*of_the_part, *entries(session, here.account_id, wanted, here.units)]
    return sorted(found, key=lambda entry: entry[0], reverse=True)[: wanted.length]


def tell(session: Session, here: Here, found: Sequence[Entry], part: Part, names: Names) -> Timeline:
    """The entries in words."""
    shown = found[: part.length]
    left = [row for _, row in shown if isinstance(row, Evidence) and row.kind == Kind.OPT_OUT]
    acts: list[Act] = [(row.person_id, row.observed_at) for row in left if row.person_id]
    replaced: Mapping[int | None, Evidence] = {row.supersedes_id: row for row in here.evidence}
    teller = Teller(names, pressed(session, acts), replaced)
    return Timeline(
        tuple(teller.tell(place, row) for place, row in shown),
        str(shown[-1][0]) if len(found) > part.length else "",
    )


def _observed(evidence: Sequence[Evidence]) -> Iterator[Entry]:
    for row in evidence:
        # What takes back what a program had said is told with that, and how work went with the work.
        is_told_elsewhere = row.kind == Kind.MACHINE_CLICK and row.supersedes_id is not None
        if not is_told_elsewhere and not (row.source == OUR_OWN and row.says is None):
            yield Place(row.observed_at, Source.EVIDENCE, row.id), row


def _agreed(terms: Sequence[Term], today: date) -> Iterator[Entry]:
    for term in terms:
        yield Place(term.recorded_at, Source.AGREEMENT, term.id), term
        if term.until < today:
            yield Place(_midnight(term.until), Source.AGREEMENT_END, term.id), term


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
