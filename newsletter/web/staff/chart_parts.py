"""What every chart is made of: the frame with its name, the patterns, the axis. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, log10

from markupsafe import Markup

WIDTH, LEFT, RIGHT = 640, 60, 32


@dataclass(frozen=True, slots=True)
class Series:
    """One layer of stacked columns. `mark` is a class of the style sheet: "in-use"."""

    name: str
    mark: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Share:
    """A share from 0 to 1 under a label, with its interval; `share` is None where there is too little to say one."""

    label: str
    share: float | None
    low: float = 0.0
    high: float = 1.0


def svg(key: str, title: str, told: str, height: int, parts: Iterable[Markup]) -> Markup:
    """The picture: its name and what it tells, then its parts."""
    head = Markup(
        '<svg class="chart" role="img" viewBox="0 0 {width} {height}" aria-labelledby="{key}-title {key}-told">'
        '<title id="{key}-title">{title}</title><desc id="{key}-told">{told}</desc>'
    ).format(width=WIDTH, height=height, key=key, title=title, told=told)
    return head + Markup("").join(parts) + Markup("</svg>")


def patterns(key: str) -> Markup:
    """Back-up is striped and what is gone is dotted; what is in use is full, what is unknown is empty."""
    return Markup(
        '<defs><pattern id="{0}-backup" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<path class="on-backup" d="M-1 1l2-2M0 6l6-6M5 7l2-2"/></pattern>'
        '<pattern id="{0}-gone" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle class="on-gone" cx="3" cy="3" r="1.6"/></pattern></defs>'
    ).format(key)


def rect(key: str, mark: str, x: float, y: float, width: float, height: float) -> Markup:
    """A rectangle filled as its mark says."""
    shape = Markup('<rect class="s-{}"{} x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
    fill = Markup(' fill="url(#{}-{})"').format(key, mark) if mark in {"backup", "gone"} else Markup("")
    return shape.format(mark, fill, x, y, width, max(0.0, height))


def legend(key: str, series: Sequence[Series]) -> Markup:
    """The names of the layers, with their patterns."""
    x, parts = float(LEFT), list[Markup]()
    for one in series:
        parts.append(rect(key, one.mark, x, 7, 13, 13))
        parts.append(Markup('<text x="{:.0f}" y="18">{}</text>').format(x + 18, one.name))
        x += 40 + 8 * len(one.name)
    return Markup("").join(parts)


def nice(value: float) -> float:
    """The next number at which an axis may end: 1, 2, 4 or 8 times a power of ten."""
    if value <= 0:
        return 1.0
    size = 10.0 ** (ceil(log10(value)) - 1)
    return next(size * step for step in (1, 2, 4, 8, 10) if size * step >= value * (1 - 1e-9))


def percent(share: float) -> str:
    """A share in words: "18 %", "4.2 %"."""
    return f"{share * 100:.0f} %" if share in (0, 1) or share >= 0.1 else f"{share * 100:.1f} %"
