"""A chart of one share against another: dots with their intervals beside the line of equality. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from newsletter.web.staff.chart_parts import LEFT, RIGHT, WIDTH, Share, percent, svg

_TOP, _BOTTOM, _HEIGHT = 34, 46, 400
_TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True, slots=True)
class Point:
    """What was expected, from 0 to 1, and what was seen; a share that is None has too few to be drawn."""

    expected: float
    seen: Share


def against(key: str, title: str, told: str, axes: tuple[str, str], points: Sequence[Point]) -> Markup:
    """Dots, `axes` naming what runs along and what runs up. `key` is unlike that of every other chart on the page."""
    along, up = axes
    name = Markup('<text x="{}" y="{}"{}>{}</text>')
    end = Markup(' text-anchor="end"')
    parts = [
        *map(_gridded, _TICKS),
        name.format(LEFT, _TOP - 14, "", up),
        name.format(WIDTH - RIGHT, _HEIGHT - 6, end, along),
        Markup('<path class="equal" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(_x(0), _y(0), _x(1), _y(1)),
    ]
    enough = [point for point in points if point.seen.share is not None]
    if not enough:
        parts.append(name.format(LEFT + 12, _TOP + 24, "", "Too few to say."))
    parts += [_dot(point.expected, point.seen, point.seen.share or 0.0) for point in enough]
    return svg(key, title, told, _HEIGHT, parts)


def _dot(expected: float, seen: Share, share: float) -> Markup:
    x = _x(expected)
    whisker = Markup('<path class="between" d="M{0:.1f} {1:.1f}V{2:.1f}M{3:.1f} {1:.1f}h8M{3:.1f} {2:.1f}h8"/>')
    dot = Markup('<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="5"/>')
    return whisker.format(x, _y(seen.low), _y(seen.high), x - 4) + dot.format(x, _y(share))


def _gridded(value: float) -> Markup:
    row = Markup(
        '<line class="grid-line" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>'
        '<text class="tick" x="{}" y="{:.1f}">{}</text>'
        '<text class="along" x="{:.1f}" y="{}">{}</text>'
    )
    y, words = _y(value), percent(value)
    return row.format(LEFT, WIDTH - RIGHT, LEFT - 6, y + 4, words, _x(value), _HEIGHT - _BOTTOM + 18, words, y=y)


def _x(value: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * value


def _y(value: float) -> float:
    return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - value)
