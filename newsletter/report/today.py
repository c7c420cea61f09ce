"""What needs a colleague now: what is being sent, and whether anything sends."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.burst.showing import Alarm, alarms
from newsletter.ledger.engine import EngineSeen
from newsletter.ledger.run import Run, RunState
from newsletter.ledger.states import OPEN, State
from newsletter.ledger.tally import counted
from newsletter.ledger.wave import Wave, WaveState
from newsletter.pace.pause import Alert, alerts

SILENT = timedelta(seconds=60)
"""An engine that gave no sign of life for so long is taken for stopped."""

_UNFINISHED = (RunState.LATE, RunState.SENDING, RunState.PAUSED, RunState.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Sending:
    """A run that is not over. `copies` is 0 until it has started."""

    id: int
    number: str
    title: str
    state: RunState
    due_at: datetime
    copies: int
    settled: int


@dataclass(frozen=True, slots=True)
class HeldWave:
    """A wave that does not go before somebody decides, and why."""

    run_id: int
    number: str
    title: str
    wave: int
    because: str


@dataclass(frozen=True, slots=True)
class Today:
    """`engine_seen_at` is the newest sign of life of any engine, None where none ever ran.

    `troubles` say why living engines send nothing: a relay that is away, a login it refuses.
    """

    sendings: tuple[Sending, ...]
    engine_seen_at: datetime | None
    engine_is_silent: bool
    troubles: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()  # providers that refuse us
    alarms: tuple[Alarm, ...] = ()  # many who left at once
    held_waves: tuple[HeldWave, ...] = ()


def today(session: Session, now: datetime) -> Today:
    """What needs a colleague at `now`."""
    seen = session.scalar(select(func.max(EngineSeen.seen_at)))
    return Today(
        sendings=_sendings(session),
        engine_seen_at=seen,
        engine_is_silent=seen is None or now - seen > SILENT,
        troubles=_troubles(session, now),
        alerts=alerts(session, now),
        alarms=alarms(session),
        held_waves=_held_waves(session),
    )


def _held_waves(session: Session) -> tuple[HeldWave, ...]:
    query = (
        select(Wave.run_id, Bulletin.number, Version.title, Wave.number, Wave.held_because)
        .join(Run, Run.id == Wave.run_id)
        .join(Version, Version.id == Run.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
        .where(Wave.state == WaveState.HELD, Run.state.in_((RunState.SENDING, RunState.PAUSED)))
    )
    return tuple(HeldWave(*row) for row in session.execute(query.order_by(Wave.run_id)))


def _troubles(session: Session, now: datetime) -> tuple[str, ...]:
    living = select(EngineSeen.trouble).where(EngineSeen.seen_at >= now - SILENT, EngineSeen.trouble != "")
    return tuple(session.scalars(living.distinct().order_by(EngineSeen.trouble)))


def _sendings(session: Session) -> tuple[Sending, ...]:
    query = (
        select(Run.id, Bulletin.number, Version.title, Run.state, Run.due_at)
        .join(Version, Version.id == Run.version_id)
        .join(Bulletin, Bulletin.id == Version.bulletin_id)
        .where(Run.state.in_(_UNFINISHED))
        .order_by(Run.due_at, Run.id)
    )
    rows = session.execute(query).all()
    copies = counted(session, [row.id for row in rows])
    return tuple(
        Sending(id_, number, title, RunState(state), due, copies[id_].total(), _settled(copies[id_]))
        for id_, number, title, state, due in rows
    )


def _settled(copies: Counter[State]) -> int:
    return copies.total() - sum(copies[state] for state in OPEN)
