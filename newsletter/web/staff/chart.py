"""Charts over time as SVG: stacked columns, and a line with its interval. Pure: numbers in, markup out.

A chart stands beside a table of the same numbers, so it has a name and a sentence instead of a reading of every value.
What it shows it shows by pattern and by words as well as by colour; colours are classes of the style sheet.
"""

from collections.abc import Iterable, Sequence
from math import ceil

from markupsafe import Markup

from newsletter.web.staff.chart_parts import (
    LEFT,
    RIGHT,
    WIDTH,
    Series,
    Share,
    legend,
    nice,
    patterns,
    percent,
    rect,
    svg,
)

_TOP, _BOTTOM = 34, 28
_HEIGHT = 260
_LABELS = 8  # along the lower edge; more would touch


def stacked(key: str, title: str, told: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Columns of layers, the first series lowest. `key` is unlike that of every other chart on the page."""
    totals = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    top = nice(max([4, *totals]))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(labels))
    parts = [
        patterns(key),
        *_grid([(top * n / 4, f"{top * n / 4:,.0f}") for n in range(5)], top),
        legend(key, series),
    ]
    for place in range(len(labels)):
        base = 0
        for one in series:
            value = one.values[place]
            high, low = _y(base + value, top), _y(base, top)
            x = LEFT + place * step + step * 0.12
            if value:
                parts.append(rect(key, one.mark, x, high, step * 0.76, low - high))
            base += value
    parts += _along(labels, step)
    return svg(key, title, told, _HEIGHT, parts)


def line(key: str, title: str, told: str, points: Sequence[Share]) -> Markup:
    """A line through shares, in the band of their intervals; it is broken where there is too little to say."""
    top = min(1.0, nice(max((p.high for p in points if p.share is not None), default=1.0)))
    step = (WIDTH - LEFT - RIGHT) / max(1, len(points))
    parts = _grid([(top * n / 4, percent(top * n / 4)) for n in range(5)], top)
    stretches = _stretches(points)
    if not stretches:
        parts.append(Markup('<text x="{}" y="{}">Too few to say, in any month.</text>').format(LEFT + 12, _TOP + 24))
    for stretch in stretches:
        at = [(LEFT + (place + 0.5) * step, points[place]) for place in stretch]
        upper = [f"{x:.1f},{_y(p.high, top):.1f}" for x, p in at]
        lower = [f"{x:.1f},{_y(p.low, top):.1f}" for x, p in reversed(at)]
        middle = [f"{x:.1f},{_y(p.share or 0, top):.1f}" for x, p in at]
        parts.append(Markup('<polygon class="band" points="{}"/>').format(" ".join(upper + lower)))
        parts.append(Markup('<polyline class="line" points="{}"/>').format(" ".join(middle)))
        for x, p in at:
            dot = Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="3"/>')
            parts.append(dot.format(x, _y(p.share or 0, top)))
    return svg(key, title, told, _HEIGHT, [*parts, *_along([p.label for p in points], step)])


def _grid(ticks: Iterable[tuple[float, str]], top: float) -> list[Markup]:
    row = Markup(
        '<line class="grid-line" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}">{}</text>'
    )
    return [row.format(LEFT, WIDTH - RIGHT, y := _y(value, top), y, LEFT - 6, y + 4, words) for value, words in ticks]


def _along(labels: Sequence[str], step: float) -> list[Markup]:
    every = max(1, ceil(len(labels) / _LABELS))
    text = Markup('<text class="along" x="{:.1f}" y="{}">{}</text>')
    last = len(labels) - 1
    return [
        text.format(LEFT + (place + 0.5) * step, _HEIGHT - 8, label)
        for place, label in enumerate(labels)
        if (last - place) % every == 0
    ]


def _stretches(points: Sequence[Share]) -> list[list[int]]:
    """The places of points that follow each other without a gap."""
    found: list[list[int]] = [[]]
    for place, point in enumerate(points):
        if point.share is None:
            found.append([])
        else:
            found[-1].append(place)
    return [stretch for stretch in found if stretch]


def _y(value: float, top: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value / top)
