"""What a file's "yes" or "no" may change about a person, given what the database knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time

from newsletter.audience.consent import ConsentAct
from newsletter.importing.plan import Proof, Said

Fact = tuple[str, datetime | None, str]  # act, happened_at, origin


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a person stands before the import: the subscription's state, every fact, and a suppression."""

    state: str | None = None
    facts: frozenset[Fact] = frozenset()
    is_suppressed: bool = False

    @property
    def has_left(self) -> bool:
        """Whether the person told us, or the address showed us, to write no more."""
        return self.is_suppressed or self.state in (ConsentAct.WITHDRAWN, ConsentAct.PAUSED)


def new_facts(said: Said, standing: Standing) -> list[tuple[ConsentAct, Proof]]:
    """The facts to record, oldest first and so the newest last; empty where the file tells nothing new.

    No wins: over a yes in the same file and over every state of the database. A yes never brings back somebody who has
    left, that takes a double opt-in. Several different yes are several proofs, and GDPR Art. 7(1) asks for the proof.
    """
    if said.no:
        left_already = standing.state == ConsentAct.WITHDRAWN
        return [] if left_already else [(ConsentAct.WITHDRAWN, proof) for proof in _oldest_first(said.no)]
    # A double opt-in proves more than any list, so nothing is put after it.
    if standing.has_left or standing.state == ConsentAct.CONFIRMED:
        return []
    granted = ((ConsentAct.GRANTED, proof) for proof in _oldest_first(said.yes))
    return [
        (act, proof) for act, proof in granted if (act, midnight(proof), origin(proof.source)) not in standing.facts
    ]


def midnight(proof: Proof) -> datetime | None:
    """When a proof happened: a file knows the day, and we take its first moment in UTC."""
    return datetime.combine(proof.day, time(), UTC) if proof.day else None


def named_source(source: str, file: str) -> str:
    """The source to keep with a fact: what the row says, and the file it stood in."""
    return f"{source} (import {file})" if source else f"import {file}"


def origin(source: str) -> str:
    """A source without the file: the same proof in next week's export is the same proof."""
    return "" if source.startswith("import ") else source.partition(" (import ")[0]


def _oldest_first(proofs: Iterable[Proof]) -> list[Proof]:
    return sorted(proofs, key=lambda proof: (proof.day is not None, proof.day or 0, proof.source))
