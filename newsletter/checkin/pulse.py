"""The yearly pulse: how content somebody is with us, and whether a competitor was in touch. One tap each.

It is asked beside an answer somebody gives anyway, so that it costs nobody a further mail, and once a year at most. The
rows are evidence like every other; the later tap of an occasion takes back the earlier.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.account.known import Mood
from newsletter.errors import BadAnswer
from newsletter.language import sentence
from newsletter.ledger.concerned import hold_accounts
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.signal.note import Observation, note
from newsletter.signal.rules import State

EVERY = timedelta(days=365)
SOURCE = "pulse"
NO_ANSWER = sentence("This is not one of the answers.")


class Rival(StrEnum):
    """Whether a competitor was in touch."""

    IN_TOUCH = "competitor"
    NOBODY = "no_competitor"


MOODS = {
    Mood.CONTENT: sentence("Content"),
    Mood.LOOKING_AROUND: sentence("Looking around"),
    Mood.COMPLICATED: sentence("It is complicated"),
}
RIVALS = {Rival.IN_TOUCH: sentence("Yes"), Rival.NOBODY: sentence("No")}

Tap = Mood | Rival


@dataclass(frozen=True, slots=True)
class Pulse:
    """What somebody said last; None where they said nothing."""

    mood: Mood | None
    rival: Rival | None


def asked_pulse(session: Session, occasion: str, person_id: int, now: datetime) -> Pulse | None:
    """What they said on this occasion; None where they are not asked, because they said it elsewhere this year."""
    lately = (
        select(Evidence)
        .where(Evidence.person_id == person_id, Evidence.kind == Kind.PULSE, Evidence.observed_at > now - EVERY)
        .order_by(Evidence.id)
    )
    told = session.scalars(lately).all()
    if any(not row.key.startswith(_prefix(occasion)) for row in told):
        return None
    return _pulse(told)


def read_tap(form: Mapping[str, str]) -> Tap:
    """The answer of a button. Raises BadAnswer."""
    if form.get("mood") in set(Mood):
        return Mood(form["mood"])
    if form.get("rival") in set(Rival):
        return Rival(form["rival"])
    raise BadAnswer(NO_ANSWER)


def tell_pulse(
    session: Session, occasion: str, person_id: int, account_ids: Sequence[int], tap: Tap, now: datetime
) -> None:
    """Note a tap at each account. The same twice is one; nothing where they were not asked. Does not commit."""
    hold_accounts(session, account_ids)
    if asked_pulse(session, occasion, person_id, now) is None:
        return
    for account_id in account_ids:
        former = _former(session, occasion, account_id, tap)
        if former is None or former.detail != tap:
            note(session, _observation(occasion, person_id, account_id, tap, former, now), now)


def _observation(
    occasion: str, person_id: int, account_id: int, tap: Tap, former: Evidence | None, now: datetime
) -> Observation:
    return Observation(
        key=f"{_prefix(occasion)}{account_id}.{type(tap).__name__.lower()}.{former.id if former else 0}",
        account_id=account_id,
        unit_id=None,
        person_id=person_id,
        kind=Kind.PULSE,
        # Who tells how content they are has something of ours; a competitor's call tells nothing of a machine.
        says=State.IN_USE if isinstance(tap, Mood) else State.UNKNOWN,
        detail=tap,
        observed_at=now,
        source=SOURCE,
        supersedes=former.key if former else None,
    )


def _former(session: Session, occasion: str, account_id: int, tap: Tap) -> Evidence | None:
    prefix = f"{_prefix(occasion)}{account_id}.{type(tap).__name__.lower()}."
    theirs = select(Evidence).where(Evidence.account_id == account_id, Evidence.key.startswith(prefix, autoescape=True))
    return session.scalars(theirs.order_by(Evidence.id.desc()).limit(1)).first()


def _prefix(occasion: str) -> str:
    return f"pulse:{occasion}:"


def _pulse(told: Sequence[Evidence]) -> Pulse:
    """The last of each, of rows oldest first."""
    moods = [row.detail for row in told if row.detail in set(Mood)]
    rivals = [row.detail for row in told if row.detail in set(Rival)]
    return Pulse(Mood(moods[-1]) if moods else None, Rival(rivals[-1]) if rivals else None)
