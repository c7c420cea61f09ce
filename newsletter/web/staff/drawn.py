"""The charts of the retention reports, from their figures."""

from collections.abc import Mapping, Sequence
from datetime import date

from markupsafe import Markup

from newsletter.followup.causes import IN_WORDS as CAUSES
from newsletter.followup.causes import Cause
from newsletter.question.rates import Tally, wilson
from newsletter.question.reasons import Reason
from newsletter.report.base import Fates, Month, Part
from newsletter.report.came_of_work import CameOf
from newsletter.report.retention_tables import NO_VALUE
from newsletter.report.teams import Year
from newsletter.report.why_over_time import FEWEST, Reasons
from newsletter.report.wording import REASONS
from newsletter.retention.verdict_month import Side
from newsletter.signal.rules import State
from newsletter.web.staff import chart, chart_bars
from newsletter.web.staff.chart_parts import Series, Share, percent
from newsletter.web.staff.show import country

_LAYERS = (
    (State.IN_USE, "in use", "in-use"),
    (State.BACKUP, "back-up", "backup"),
    (State.NOT_IN_USE, "not in use", "gone"),
    (State.UNKNOWN, "unknown", "unknown"),
)
_BARS = 12


def base(months: Sequence[Month]) -> Markup:
    """The installed base by verdict, month by month."""
    series = [Series(name, mark, [month.machines.get(state, 0) for month in months]) for state, name, mark in _LAYERS]
    told = f"Machines at the end of each month, {_span([month.month for month in months])}. The table has the numbers."
    return chart.stacked("base", "Installed base by verdict", told, [month_in_words(m.month) for m in months], series)


def parts(found: Sequence[Part], side: Side) -> Markup:
    """The machines of each model, country or owner by verdict."""
    shown = found[:_BARS]
    series = [Series(name, mark, [part.last.machines.get(state, 0) for part in shown]) for state, name, mark in _LAYERS]
    told = "Those with most machines. The table has the numbers."
    return chart_bars.layers(
        "parts", f"Machines by {side} and verdict", told, [label(p.value, side) for p in shown], series
    )


def label(value: str, side: Side) -> str:
    """A model, a country in English, an owner, or that none is on record."""
    return (country(value) if side is Side.COUNTRY else value) or NO_VALUE


def churn(fates: Sequence[tuple[date, Fates]]) -> Markup:
    """Of the machines in use a year before, how many were lost, month by month."""
    points = [bar(month_in_words(month), fate.churn) for month, fate in fates]
    told = f"The band is the 95 % interval, {_span([month for month, _ in fates])}. The table has the numbers."
    return chart.line("churn", "Machines lost within a year", told, points)


def reasons(found: Reasons[date]) -> Markup:
    """How often each reason was given, all months together."""
    together = found.together
    rows = [bar(REASONS[reason], together.share(reason)) for reason in found.frequent]
    return chart_bars.bars("together", "Reasons of those who said why", "Each bar has its 95 % interval.", rows)


def reason_over_time(found: Reasons[date], reason: Reason) -> Markup:
    """How often one reason was given, month by month."""
    points = [bar(month_in_words(month), said.share(reason)) for month, said in found.said.items()]
    told = "The band is the 95 % interval; where it is missing, too few said why."
    return chart.line("months", f"“{REASONS[reason]}”, month by month", told, points)


def reason_by_bulletin(found: Reasons[str], reason: Reason) -> Markup:
    """How often one reason was given, by bulletin."""
    rows = [bar(number, said.share(reason)) for number, said in found.said.items()]
    return chart_bars.bars("bulletins", f"“{REASONS[reason]}”, by bulletin", "Each bar has its 95 % interval.", rows)


def renewed(years: Sequence[Year]) -> Markup:
    """The share of agreements that were renewed, by owner."""
    rows = [bar(year.owner or NO_VALUE, year.renewed) for year in years[:_BARS]]
    return chart_bars.bars("renewed", "Agreements renewed", "Each bar has its 95 % interval.", rows)


def still(years: Sequence[Year]) -> Markup:
    """The share of those who opted out and are customers still, by owner."""
    rows = [bar(year.owner or NO_VALUE, year.still) for year in years[:_BARS]]
    return chart_bars.bars("still", "Opted out and customers still", "Each bar has its 95 % interval.", rows)


def touched(years: Sequence[Year]) -> Markup:
    """The share of each owner's accounts that a colleague was in touch with."""
    shares = {
        year.owner: year.contact.by_anybody / year.contact.accounts for year in years[:_BARS] if year.contact.accounts
    }
    rows = [Share(owner or NO_VALUE, share, share, share) for owner, share in shares.items()]
    told = "Accounts with machines, in twelve months. The table has the numbers."
    return chart_bars.bars("touched", "Accounts a colleague was in touch with", told, rows)


def work(found: Mapping[Cause, CameOf]) -> Markup:
    """How often somebody was spoken to, by what opened the work."""
    rows = [bar(CAUSES[cause], one.contacted) for cause, one in found.items()]
    return chart_bars.bars("work", "Somebody was spoken to", "Each bar has its 95 % interval.", rows[:_BARS])


def share_in_words(tally: Tally) -> str:
    """18 %, or that there are too few to say."""
    return percent(tally.rate) if tally.asked >= FEWEST else "too few to say"


def between(tally: Tally) -> str:
    """9 to 31 %: where the share lies with 95 % confidence; empty where there are too few."""
    if tally.asked < FEWEST:
        return ""
    interval = wilson(tally)
    return f"{percent(interval.low).removesuffix(' %')} to {percent(interval.high)}"


def month_in_words(month: date) -> str:
    """Nov 2026."""
    return f"{month:%b %Y}"


def bar(label: str, tally: Tally) -> Share:
    """A share with its interval, without a number where there are too few."""
    if tally.asked < FEWEST:
        return Share(label, None)
    interval = wilson(tally)
    return Share(label, tally.rate, interval.low, interval.high)


def _span(months: Sequence[date]) -> str:
    return f"from {month_in_words(months[0])} to {month_in_words(months[-1])}" if months else "none so far"
