"""When we were in touch with an account, other than because an agreement ended. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from newsletter.account.contact import About, Means


@dataclass(frozen=True, slots=True)
class Spoken:
    """A colleague was in touch. `person` is empty where it is not known with whom, `means` None where work was done."""

    at: datetime
    author: str
    means: Means | None
    about: About
    person: str
    words: str


@dataclass(frozen=True, slots=True)
class InTouch:
    """`last` is the latest contact of any kind, `otherwise` the latest that was not about a renewal."""

    last: Spoken | None
    otherwise: Spoken | None

    @property
    def only_at_renewal(self) -> bool:
        """Whether each contact on record was about a renewal."""
        return self.last is not None and self.otherwise is None


def in_touch(spoken: Iterable[Spoken]) -> InTouch:
    """What contacts, in any order, add up to."""
    newest = sorted(spoken, key=lambda contact: contact.at, reverse=True)
    otherwise = next((contact for contact in newest if contact.about != About.RENEWAL), None)
    return InTouch(newest[0] if newest else None, otherwise)
