"""How times and verdicts are written on staff pages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from flask import Flask
from markupsafe import Markup

from newsletter.signal.rules import State
from newsletter.web.house import house

_MARKS = {State.IN_USE: "in-use", State.BACKUP: "backup", State.NOT_IN_USE: "gone", State.UNKNOWN: "unknown"}
STATES: dict[State, str] = {
    State.IN_USE: "in use",
    State.BACKUP: "back-up",
    State.NOT_IN_USE: "not in use",
    State.UNKNOWN: "unknown",
}
_UNITS = (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3600), ("minute", 60))


def install(app: Flask) -> None:
    """Give an application's templates the filters."""
    app.jinja_env.filters.update(moment=moment, day=day, ago=ago, verdict=verdict, percent=percent, country=country)


def zone() -> ZoneInfo:
    """The zone staff pages show."""
    return ZoneInfo(house().config.zone)


def moment(at: datetime) -> Markup:
    """A time as in "21 Nov 2026, 10:00 CET"; only the day where no more is known."""
    local = at.astimezone(zone())
    words = day(at) if _is_a_day(at) else f"{local.day} {local:%b %Y, %H:%M} {zone_name(local)}"
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(timespec="seconds"), words)


def day(at: date | datetime | None) -> str:
    """A day as in "21 Nov 2026"."""
    if at is None:
        return ""
    local = at.astimezone(zone()) if isinstance(at, datetime) and not _is_a_day(at) else at
    return f"{local.day} {local:%b %Y}"


def _is_a_day(at: datetime) -> bool:
    # An import that knows only the day of a consent keeps it as midnight UTC, which farther west is the day before.
    return (at.hour, at.minute, at.second, at.microsecond) == (0, 0, 0, 0)


def ago(at: datetime) -> str:
    """14 days, 3 months: how long ago something was, in its largest whole unit."""
    return age_in_words((house().clock() - at).total_seconds())


def age_in_words(seconds: float) -> str:
    """A length of time in its largest whole unit, two of which are needed before the unit changes."""
    unit, size = next(((unit, size) for unit, size in _UNITS if seconds >= 2 * size), ("minute", 60))
    amount = int(seconds // size)
    return f"{amount} {unit}{'s' if amount > 1 else ''}" if amount > 0 else "less than a minute"


def verdict(state: State, words: str = "") -> Markup:
    """The state as sign, colour and word; `words` replace the word."""
    return Markup('<span class="verdict {}">{}</span>').format(_MARKS[state], words or STATES[state])


def country(code: str) -> str:
    """The country of an ISO 3166-1 code, in English."""
    name: str = Locale("en").territories.get(code.upper(), code)
    return name


def language(code: str) -> str:
    """The language of a BCP 47 code, in English."""
    name, _, region = code.partition("-")
    spoken: str = Locale("en").languages.get(name.lower(), name)
    return f"{spoken} ({country(region)})" if region else spoken


def percent(share: float) -> str:
    """86 %; never 0 or 100, because we are never certain."""
    return f"{min(99, max(1, round(share * 100)))} %"


def zone_name(local: datetime) -> str:
    """CET, or UTC+03 where the zone has no letters of its own."""
    name = local.tzname() or ""
    return name if name.isalpha() else f"UTC{name}"
