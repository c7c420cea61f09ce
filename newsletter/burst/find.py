"""Looking for bursts among those who left of late, and raising the alarm."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.audience.person import Affiliation, Person
from newsletter.burst.burst import Burst, BurstDecision, BurstMember, Group
from newsletter.burst.detect import FEWEST, WITHIN, Found, Leaving, found_in
from newsletter.db import Database
from newsletter.domain import domain_of
from newsletter.hit.crowd import people_at
from newsletter.hit.pressed import pressed
from newsletter.optout.opt_out import OptOut, Way

LOOKS_BACK = timedelta(minutes=15)
"""Longer than a burst takes, and than engines stand still: one that is found late is found all the same."""

AUTHOR = "engine"
_AT_ONCE = 1_000  # a database takes only so many values in one query
_BY_THEMSELVES = (Way.PAGE, Way.ONE_CLICK, Way.MAIL, Way.PREFERENCES)


def find_bursts(db: Database, now: datetime) -> list[int]:
    """Raise an alarm for each burst of the last minutes, or let a known one grow; the ids of those that changed."""
    with db.read() as session:
        leavings = _leavings(session, now)
        found = found_in(leavings, _Sizes(session)) if len(leavings) >= min(FEWEST.values()) else ()
    changed = []
    for burst in found:
        try:
            with db.write() as session:
                changed += _raise_or_extend(session, burst, now)
        except IntegrityError:
            continue  # another engine has just raised it
    return changed


def _leavings(session: Session, now: datetime) -> list[Leaving]:
    query = (
        select(OptOut.id, OptOut.person_id, OptOut.left_at, Person.address_key)
        .join(Person, Person.id == OptOut.person_id)
        .where(OptOut.left_at > now - LOOKS_BACK, OptOut.undone_at.is_(None), OptOut.way.in_(_BY_THEMSELVES))
        .order_by(OptOut.left_at)
    )
    rows = session.execute(query).all()
    seen = pressed(session, [(person_id, at) for _, person_id, at, _ in rows])
    accounts = _accounts(session, [person_id for _, person_id, _, _ in rows])
    return [
        Leaving(
            id_,
            person_id,
            at,
            domain_of(address),
            tuple(accounts.get(person_id, ())),
            seen[person_id, at].network if (person_id, at) in seen else "",
        )
        for id_, person_id, at, address in rows
    ]


def _accounts(session: Session, person_ids: Sequence[int]) -> Mapping[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for first in range(0, len(person_ids), _AT_ONCE):
        some = Affiliation.person_id.in_(person_ids[first : first + _AT_ONCE])
        for person_id, account_id in session.execute(select(Affiliation.person_id, Affiliation.account_id).where(some)):
            found[person_id].append(account_id)
    return found


class _Sizes:
    """`detect.SizeOf`, by asking the database."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __call__(self, group: Group, name: str, at_most: int) -> int:
        if group is Group.DOMAIN:
            return people_at(self._session, name, at_most=at_most)
        stand = select(func.count()).select_from(Affiliation).where(Affiliation.account_id == int(name))
        return self._session.scalar(stand) or 0


def _raise_or_extend(session: Session, found: Found, now: datetime) -> list[int]:
    ids = [leaving.opt_out_id for leaving in found.leavings]
    known = set(session.scalars(select(BurstMember.opt_out_id).where(BurstMember.opt_out_id >= min(ids))))
    news = [leaving for leaving in found.leavings if leaving.opt_out_id not in known]
    if not news:
        return []
    burst = _going_on(session, found) or _raised(session, found, now)
    burst.last_at = max(burst.last_at, found.leavings[-1].at)
    session.add_all(BurstMember(opt_out_id=leaving.opt_out_id, burst_id=burst.id) for leaving in news)
    return [burst.id]


def _going_on(session: Session, found: Found) -> Burst | None:
    """The alarm that these belong to: of the same group, just before, and not decided."""
    decided = select(BurstDecision.burst_id)
    query = select(Burst).where(
        Burst.group == found.group,
        Burst.name == found.name,
        Burst.last_at >= found.leavings[0].at - WITHIN,
        Burst.id.not_in(decided),
    )
    return session.scalar(query.order_by(Burst.id.desc()).limit(1))


def _raised(session: Session, found: Found, now: datetime) -> Burst:
    burst = Burst(
        group=found.group,
        name=found.name,
        people=found.people,
        first_at=found.leavings[0].at,
        last_at=found.leavings[-1].at,
        raised_at=now,
        author=AUTHOR,
    )
    session.add(burst)
    session.flush()
    return burst
