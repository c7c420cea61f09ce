"""When to ask an account again, and about each of its machines. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from newsletter.signal.ask import ask_again
from newsletter.signal.evidence import Evidence
from newsletter.signal.replay import installed_at, spoken_of
from newsletter.signal.rules import USED, Observed, Rules, State, Weighed

_TRACES = 12
"""So many of the newest traces are looked at: a machine that reports daily is asked for by its last reports."""


def when_to_ask(
    machines: Sequence[tuple[int, date | None]], rows: Sequence[Evidence], now: datetime, rules: Rules
) -> Mapping[int, datetime | None]:
    """By unit id, and under 0 about what was said without naming a machine; None where it will not fade."""
    told = spoken_of(rows, len(machines))
    units = {
        id_: ask_again(_newest([*told[id_], *told[0]], rules), now, rules, installed=installed_at(day))
        for id_, day in machines
    }
    return {**units, 0: ask_again(_newest(told[0], rules), now, rules)}


def when_to_ask_account(
    verdict: Weighed, units: Mapping[int, Weighed], days: Mapping[int, datetime | None]
) -> datetime | None:
    """When the verdict on the account is unknown if nothing is heard; None where that never comes."""
    if verdict.state in USED:
        fading = [days[id_] for id_, weighed in units.items() if weighed.state in USED] or [days[0]]
        return max((day for day in fading if day), default=None)
    if not units:
        return days[0]
    open_ = [day for id_, day in days.items() if id_ and (verdict.state != State.UNKNOWN or _is_open(units[id_]))]
    return min((day for day in open_ if day), default=None)


def _is_open(weighed: Weighed) -> bool:
    return weighed.state == State.UNKNOWN


def _newest(told: Sequence[Observed], rules: Rules) -> list[Observed]:
    words = [piece for piece in told if rules.kinds[piece.kind].is_word]
    traces = sorted((e for e in told if not rules.kinds[e.kind].is_word), key=lambda e: e.observed_at)
    return [*words, *traces[-_TRACES:]]
