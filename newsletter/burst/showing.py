"""Bursts as staff read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.burst.burst import Burst, BurstDecision, BurstMember, Group
from newsletter.errors import NotFound
from newsletter.hit.pressed import Pressed, pressed
from newsletter.optout.opt_out import OptOut, Way


@dataclass(frozen=True, slots=True)
class Alarm:
    """A burst nobody decided about: "37 of 40 people at acme.example left within 2 minutes"."""

    burst_id: int
    raised_at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Member:
    """One who left. `pressed` is None while nobody has judged; `undone_at` is when the opt-out was taken back."""

    opt_out_id: int
    left_at: datetime
    way: Way
    name: str
    address: str
    topic: str  # empty for everything
    pressed: Pressed | None
    undone_at: datetime | None
    undone_by: str

    @property
    def shows_a_person(self) -> bool:
        """Whether there are signs that they meant it."""
        return self.pressed is not None and self.pressed.shows_a_person


@dataclass(frozen=True, slots=True)
class ShownBurst:
    """A burst with everybody in it, and what was decided, oldest first. `reasons` say why it is one."""

    id: int
    sentence: str
    reasons: tuple[str, ...]
    raised_at: datetime
    author: str
    members: tuple[Member, ...]
    decisions: tuple[BurstDecision, ...]

    @property
    def standing(self) -> int:
        """How many of the opt-outs stand."""
        return sum(member.undone_at is None for member in self.members)


def alarms(session: Session) -> tuple[Alarm, ...]:
    """The bursts nobody decided about, newest first."""
    undecided = select(Burst).where(Burst.id.not_in(select(BurstDecision.burst_id)))
    counts = select(func.count()).select_from(BurstMember).where(BurstMember.burst_id == Burst.id)
    query = undecided.add_columns(counts.correlate(Burst).scalar_subquery()).order_by(Burst.id.desc())
    return tuple(
        Alarm(burst.id, burst.raised_at, sentence_of(session, burst, count)) for burst, count in session.execute(query)
    )


def shown_burst(session: Session, burst_id: int) -> ShownBurst:
    """One burst. Raises NotFound."""
    burst = session.get(Burst, burst_id)
    if burst is None:
        raise NotFound("There is no such burst.")
    members = _members(session, burst.id)
    decisions = session.scalars(
        select(BurstDecision).where(BurstDecision.burst_id == burst.id).order_by(BurstDecision.id)
    )
    return ShownBurst(
        id=burst.id,
        sentence=sentence_of(session, burst, len(members)),
        reasons=_reasons(members),
        raised_at=burst.raised_at,
        author=burst.author,
        members=members,
        decisions=tuple(decisions),
    )


def bursts_of(session: Session, opt_out_ids: Sequence[int]) -> Mapping[int, int]:
    """The burst each of these opt-outs is in, if any."""
    query = select(BurstMember.opt_out_id, BurstMember.burst_id).where(BurstMember.opt_out_id.in_(opt_out_ids))
    return {opt_out_id: burst_id for opt_out_id, burst_id in session.execute(query)}  # noqa: C416 - a row is no pair


def sentence_of(session: Session, burst: Burst, count: int) -> str:
    """What happened, in one line."""
    of_all = f"{count} of {burst.people} people" if burst.people >= count else f"{count} people"
    return f"{of_all} {_where(session, burst)} left within {_length(burst.last_at - burst.first_at)}"


def _where(session: Session, burst: Burst) -> str:
    match Group(burst.group):
        case Group.DOMAIN:
            return f"at {burst.name}"
        case Group.ACCOUNT:
            account = session.get(Account, int(burst.name))
            return f"at {account.name or account.number}" if account else "at a former account"
        case Group.NETWORK:
            return "in one network"


def _length(time: timedelta) -> str:
    seconds = time.total_seconds()
    if seconds < 90:
        return f"{max(1, round(seconds))} second{'s' if seconds >= 1.5 else ''}"
    return f"{-int(-seconds // 60)} minutes"


def _members(session: Session, burst_id: int) -> tuple[Member, ...]:
    query = (
        select(OptOut, Person, Topic.name)
        .join(BurstMember, BurstMember.opt_out_id == OptOut.id)
        .outerjoin(Person, Person.id == OptOut.person_id)
        .outerjoin(Topic, Topic.id == OptOut.topic_id)
        .where(BurstMember.burst_id == burst_id)
        .order_by(OptOut.left_at, OptOut.id)
    )
    rows = session.execute(query).all()
    seen = pressed(session, [(left.person_id, left.left_at) for left, _, _ in rows if left.person_id])
    return tuple(
        _member(left, person, topic or "", seen.get((left.person_id, left.left_at))) for left, person, topic in rows
    )


def _member(left: OptOut, person: Person | None, topic: str, seen: Pressed | None) -> Member:
    return Member(
        opt_out_id=left.id,
        left_at=left.left_at,
        way=Way(left.way),
        name=person.name if person else "Somebody who was erased",
        address=person.address if person else "",
        topic="" if left.everything_at else topic,
        pressed=seen,
        undone_at=left.undone_at,
        undone_by=left.undone_by,
    )


def _reasons(members: Sequence[Member]) -> tuple[str, ...]:
    """Why we think that it was not they, the sign most of them share first."""
    counts: dict[str, int] = {}
    for member in members:
        for words in member.pressed.why if member.pressed else ():
            counts[words] = counts.get(words, 0) + 1
    return tuple(
        f"{words} ({count} of {len(members)})" for words, count in sorted(counts.items(), key=lambda told: -told[1])
    )
