"""The charts of what came of what we had said, from their figures."""

from collections.abc import Sequence

from markupsafe import Markup

from newsletter.report.calibrated import Silent, Tenth
from newsletter.web.staff import chart_against, chart_bars
from newsletter.web.staff.chart_against import Point
from newsletter.web.staff.drawn import bar

_ROWS = 5


def tenths(found: Sequence[Tenth]) -> Markup:
    """What we had said against what came of it, for each tenth of the probability."""
    points = [Point(one.predicted, bar("", one.still)) for one in found]
    told = "On the dashed line both are the same. Each dot has its 95 % interval. The table has the numbers."
    return chart_against.against(
        "tenths", "What we had said, and what they answered", told, ("we had said", "they answered"), points
    )


def silent(found: Sequence[Silent]) -> Markup:
    """Of the silent who answered, how many used their machine still, by age and silence; where there are enough."""
    rows = [bar(one.label, one.still) for one in found]
    enough = [row for row in rows if row.share is not None] or rows[:_ROWS]
    told = "Each bar has its 95 % interval. Where too few answered, there is no bar; the table has their number."
    return chart_bars.bars("silent", "Still in use, of the silent who answered", told, enough)
