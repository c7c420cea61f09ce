"""A mail gateway serves a whole firm: when most people at a domain come within two minutes, it was hardly they."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.audience.person import Person
from newsletter.hit.hit import Hit

TOGETHER = timedelta(minutes=2)
FEWEST = 5
"""In a smaller firm two colleagues who talk to each other are most of it."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who came from one domain and when, and how many people we know there."""

    came: Sequence[tuple[datetime, int]]
    people: int

    def holds(self, at: datetime) -> bool:
        """Whether most of the domain came around that time."""
        near = {person_id for when, person_id in self.came if abs(when - at) <= TOGETHER}
        return len(near) >= FEWEST and 2 * len(near) > self.people


@dataclass(frozen=True, slots=True)
class Crowds:
    """The domains that came in numbers."""

    of: Mapping[str, Crowd] = field(default_factory=dict)

    def hold(self, domain: str, at: datetime) -> bool:
        """Whether a hit from this domain at this time is one of a crowd's."""
        return domain in self.of and self.of[domain].holds(at)


def crowds(session: Session, domains: Iterable[str], since: datetime, until: datetime) -> Crowds:
    """The crowds among these domains, for judging hits between two times."""
    came: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    query = select(Hit.domain, Hit.at, Hit.person_id).where(
        Hit.domain.in_({domain for domain in domains if domain}),
        Hit.at.between(since - TOGETHER, until + TOGETHER),
        Hit.person_id.is_not(None),
    )
    for domain, at, person_id in session.execute(query):
        came[domain].append((at, person_id or 0))
    found = {}
    for domain, hits in came.items():
        visitors = len({person_id for _, person_id in hits})
        if visitors >= FEWEST:
            found[domain] = Crowd(hits, people_at(session, domain, at_most=2 * visitors))
    return Crowds(found)


def people_at(session: Session, domain: str, *, at_most: int) -> int:
    """How many people we know at a domain. Not counted beyond `at_most`: a public provider has a million."""
    some = select(Person.id).where(Person.address_key.endswith(f"@{domain}", autoescape=True)).limit(at_most)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0
