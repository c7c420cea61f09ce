"""Charts of parts under each other: bars with their intervals, and bars of layers. Pure: numbers in, markup out."""

from collections.abc import Sequence

from markupsafe import Markup

from newsletter.web.staff.chart_parts import WIDTH, Series, Share, legend, nice, patterns, percent, rect, svg

_NAMES = 220
_ROW = 26


def bars(key: str, title: str, told: str, rows: Sequence[Share]) -> Markup:
    """Bars under each other, each with the line of its interval and its number in words."""
    top = min(1.0, nice(max((row.high for row in rows if row.share is not None), default=1.0)))
    left, height = _NAMES, _ROW
    width = WIDTH - left - 185
    parts = list[Markup]()
    for place, row in enumerate(rows):
        y = place * height + 8
        parts.append(Markup('<text class="name" x="{}" y="{}">{}</text>').format(left - 8, y + 13, _short(row.label)))
        if row.share is None:
            parts.append(Markup('<text class="value" x="{}" y="{}">too few to say</text>').format(left, y + 13))
            continue
        low, high = (left + width * edge / top for edge in (row.low, row.high))
        parts.append(rect(key, "bar", left, y + 2, width * row.share / top, 14))
        words = percent(row.share)
        if low < high:
            words = f"{words} ({percent(row.low)} to {percent(row.high)})"
            parts.append(_whisker(low, high, y))
        parts.append(Markup('<text class="value" x="{:.1f}" y="{}">{}</text>').format(high + 8, y + 13, words))
    return svg(key, title, told, len(rows) * height + 12, parts)


def layers(key: str, title: str, told: str, labels: Sequence[str], series: Sequence[Series]) -> Markup:
    """Bars of layers, the first series leftmost, each with its sum."""
    totals = [sum(values) for values in zip(*(one.values for one in series), strict=True)]
    top, width, above = nice(max(totals, default=0)), WIDTH - _NAMES - 80, 30
    parts = [patterns(key), legend(key, series)]
    for place, label in enumerate(labels):
        x, y = float(_NAMES), above + place * _ROW
        parts.append(Markup('<text class="name" x="{}" y="{}">{}</text>').format(_NAMES - 8, y + 13, _short(label)))
        for one in series:
            if one.values[place]:
                length = width * one.values[place] / top
                parts.append(rect(key, one.mark, x, y + 2, length, 14))
                x += length
        parts.append(Markup('<text class="value" x="{:.1f}" y="{}">{:,}</text>').format(x + 6, y + 13, totals[place]))
    return svg(key, title, told, above + len(labels) * _ROW + 4, parts)


def _whisker(low: float, high: float, y: float) -> Markup:
    """The line of an interval over a bar."""
    shape = Markup('<path class="between" d="M{0:.1f} {1}H{2:.1f}M{0:.1f} {3}v8M{2:.1f} {3}v8"/>')
    return shape.format(low, y + 9, high, y + 5)


def _short(label: str) -> str:
    return label if len(label) <= 30 else f"{label[:29]}…"
