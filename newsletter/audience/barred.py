"""Whether an address may be written to at all, known to us or erased: suppressions outlive their person.

While we know somebody, their suppression names the address. Once they were erased it names a hash under our secret key:
enough to know the address again when somebody brings it, and worthless to who steals the database.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from newsletter.audience.suppression import ERASED, LEFT_EVERYTHING, Suppression
from newsletter.tokens import Signer

_OF_THEIR_OWN = {LEFT_EVERYTHING, ERASED}
_CHUNK = 400  # of keys: a database takes only so many parameters


def bars(session: Session, key: str, signer: Signer) -> Sequence[Suppression]:
    """What keeps us from writing to an address now."""
    standing = Suppression.address_key.in_(_names(key, signer)) & Suppression.lifted_at.is_(None)
    return session.scalars(select(Suppression).where(standing)).all()


def may_ask_for_mail(standing: Iterable[Suppression]) -> bool:
    """Whether who left by themselves may come back by themselves; who complained, or cannot be reached, may not."""
    return all(bar.reason in _OF_THEIR_OWN for bar in standing)


def lift(session: Session, key: str, signer: Signer, now: datetime, because: str) -> None:
    """Write to an address again. Does not commit."""
    standing = Suppression.address_key.in_(_names(key, signer)) & Suppression.lifted_at.is_(None)
    session.execute(update(Suppression).where(standing).values(lifted_at=now, lifted_because=because))


def bar_the_erased(session: Session, key: str, signer: Signer, now: datetime, source: str) -> str:
    """Never write to an address again and forget how it is spelled; its hash. Does not commit.

    What else stood against it stays the reason: who complained and was erased does not come back by a form.
    """
    further = [bar.reason for bar in bars(session, key, signer) if bar.reason not in _OF_THEIR_OWN]
    session.execute(delete(Suppression).where(Suppression.address_key.in_(_names(key, signer))))
    hashed = signer.hashes(key)[0]
    reason = further[0] if further else ERASED
    session.add(Suppression(address_key=hashed, reason=reason, source=source, created_at=now))
    return hashed


def erased_among(session: Session, keys: Collection[str], signer: Signer) -> set[str]:
    """Those of these addresses whose person was erased and who did not come back."""
    wanted, erased = list(keys), set()
    for start in range(0, len(wanted), _CHUNK):
        by_hash = {hashed: key for key in wanted[start : start + _CHUNK] for hashed in signer.hashes(key)}
        hashes = select(Suppression.address_key).where(Suppression.lifted_at.is_(None))
        erased |= {by_hash[found] for found in session.scalars(hashes.where(Suppression.address_key.in_(by_hash)))}
    return erased


def _names(key: str, signer: Signer) -> tuple[str, ...]:
    return (key, *signer.hashes(key))
