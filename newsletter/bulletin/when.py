"""A time as the marketer says it, "2026-12-01T09:00" in "Europe/Berlin", as the instant it is."""

from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from newsletter.bulletin.trial import Trial
from newsletter.bulletin.waves import Waves
from newsletter.clock import known_zones
from newsletter.errors import BadTime

GRACE = timedelta(hours=4)
"""How late something may start without anybody being asked, where nothing else was said."""
PROMPT = timedelta(minutes=1)
"""What starts within this is not late, however little grace it has: an engine looks every few seconds."""
_MOST_HOURS = 8760


@dataclass(frozen=True, slots=True)
class When:
    """An instant, and the words it was chosen with; both words are empty for "now".

    Later than `at` by more than `grace` nothing starts by itself: somebody is asked first. With `waves` it is sent in
    several parts; `is_theirs`: each gets it when the clock where they are shows `local`. `hours` ("08:00-17:00
    mon-fri") are those in which it may be sent, by the recipient's clock; empty for those of the house.
    `trial` says how a bulletin in two variants tries them; `remind` ("every 14 days, at most 3") how who has not
    acknowledged is reminded, empty for as the bulletin says.
    """

    at: datetime
    local: str = ""
    zone: str = ""
    grace: timedelta = GRACE
    waves: Waves = ()
    is_theirs: bool = False
    hours: str = ""
    trial: Trial | None = None
    remind: str = ""

    @property
    def parts(self) -> Waves:
        """The waves it goes in, those of a trial too."""
        return self.trial.waves if self.trial else self.waves

    @property
    def wall(self) -> datetime:
        """The local time, naive."""
        return datetime.fromisoformat(self.local)


def read_when(local: str, zone: str, now: datetime, grace: timedelta = GRACE) -> When:
    """The instant meant. Raises BadTime for no time, no zone, the past, or a time that clocks skip that day.

    Where clocks go back and the time comes twice, the first one is meant: nobody is sent anything later than promised.
    """
    at, instant = _read(local, zone)
    local = local.strip()
    if instant.astimezone(at.tzinfo).replace(tzinfo=None) != at.replace(tzinfo=None):
        raise BadTime(
            f"At {local} clocks in {zone} are moved forward: that time does not exist.", hint="Choose another."
        )
    if instant <= now:
        raise BadTime(f"{local} in {zone} is in the past.", hint="Choose a later time, or send now.")
    return When(instant, local, zone, grace)


def read_theirs(local: str, zone: str, now: datetime, grace: timedelta = GRACE) -> When:
    """The same for "when it is that time where each person is"; `zone` is for those of whom we know none.

    Whoever's clock skips the time gets it as much later. Raises BadTime.
    """
    _, instant = _read(local, zone)
    if instant <= now:
        raise BadTime(f"{local.strip()} in {zone} is in the past.", hint="Choose a later time, or send now.")
    return When(instant, local.strip(), zone, grace, is_theirs=True)


def need_one_plan(when: When) -> When:
    """The same. Raises BadTime for waves at everybody's own time: a wave would be over where another has not begun."""
    if when.is_theirs and when.waves:
        raise BadTime(
            "Waves and the local time of each person do not go together.", hint="Choose one of them, not both."
        )
    return when


def _read(local: str, zone: str) -> tuple[datetime, datetime]:
    """A local time with its zone, and the instant; the first of two."""
    if not zone:
        raise BadTime("The time has no zone.", hint="Add a zone such as Europe/Berlin.")
    if zone not in known_zones():
        raise BadTime(f"{zone!r} is no time zone.", hint="Write a zone such as Europe/Berlin.")
    at = _wall_time(local.strip()).replace(tzinfo=ZoneInfo(zone), fold=0)
    return at, at.astimezone(UTC)


def read_grace(hours: str, default: timedelta) -> timedelta:
    """How late something may be before it is asked about; the default where nothing is said. Raises BadTime."""
    if not hours.strip():
        return default
    try:
        number = float(hours)
    except ValueError:
        number = -1
    if not 0 <= number <= _MOST_HOURS:  # nor is "nan"
        raise BadTime(f"{hours[:40]!r} is no number of hours.", hint=f"Write a number from 0 to {_MOST_HOURS}.")
    return timedelta(hours=number)


def _wall_time(local: str) -> datetime:
    try:
        at = datetime.fromisoformat(local)
    except ValueError:
        raise BadTime(f"{local[:40]!r} is no time.", hint="Write it as 2026-12-01T09:00.") from None
    if ":" not in local:
        # Python reads a date alone as midnight, and "2026-1201" as twelve o'clock: nobody means to send at either.
        raise BadTime(f"{local!r} has no hour and minute.", hint="Write it as 2026-12-01T09:00.")
    if at.year in (MINYEAR, MAXYEAR):
        raise BadTime(f"{local!r} is out of reach.", hint="Choose a year somebody will see.")
    if at.tzinfo is not None:
        raise BadTime(f"{local!r} carries an offset.", hint="Write the local time, and name the zone beside it.")
    return at
