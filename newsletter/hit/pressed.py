"""Who pressed the button behind an act, for staff to read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.hit.hit import Hit
from newsletter.hit.judge import ONE_CLICK, Verdict
from newsletter.hit.signs import BY_A_PERSON, SIGNS, Sign

_AT_ONCE = 1_000  # a database takes only so many values in one query

Act = tuple[int, datetime]
"""Person and time: an act and its hit have both in common."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """The verdict on one press; `why` are halves of sentences. `network` is empty for a mail program's one click.

    `shows_a_person` tells that somebody lingered or wrote, whatever else speaks for a machine.
    """

    verdict: Verdict
    why: tuple[str, ...]
    network: str
    shows_a_person: bool


def pressed(session: Session, acts: Iterable[Act]) -> Mapping[Act, Pressed]:
    """Who pressed, by act. An act that came another way, or that nobody has judged so far, is left out."""
    wanted = sorted(set(acts))
    found: dict[Act, Pressed] = {}
    for first in range(0, len(wanted), _AT_ONCE):
        found |= _some(session, wanted[first : first + _AT_ONCE])
    return found


def _some(session: Session, acts: Sequence[Act]) -> Mapping[Act, Pressed]:
    query = select(Hit).where(
        Hit.person_id.in_({person_id for person_id, _ in acts}),
        Hit.at.in_({at for _, at in acts}),
        Hit.method == "POST",
        Hit.verdict != "",
    )
    return {(hit.person_id or 0, hit.at): _pressed(hit) for hit in session.scalars(query.order_by(Hit.id))}


def _pressed(hit: Hit) -> Pressed:
    signs = [Sign(sign) for sign in hit.why.split(",") if sign]
    verdict = Verdict(hit.verdict)
    return Pressed(
        verdict,
        tuple(SIGNS[sign].words for sign in signs),
        "" if hit.pressed == ONE_CLICK else hit.network,
        verdict is Verdict.HUMAN or not BY_A_PERSON.isdisjoint(signs),
    )
