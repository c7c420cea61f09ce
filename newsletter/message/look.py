"""How a letter looks: a logo and colours, by day and by night, that everybody can read. Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from newsletter.errors import Refused

LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text against what it stands on

_COLOUR = re.compile(r"#[0-9a-f]{6}")
_INK, _CHALK = ("#1d1f21", "#5c6166"), ("#eceae6", "#a5abb0")
"""Text and quiet text, on light paper and on dark."""
_STEPS = 20
_NIGHT_BACKGROUND, _NIGHT_PAPER = "#16181a", "#1e2123"


@dataclass(frozen=True, slots=True)
class Colours:
    """Colours as #rrggbb. `accent` is for links and buttons, `on_accent` for words on it; the last four are made."""

    accent: str
    on_accent: str
    background: str
    paper: str
    text: str
    quiet: str
    line: str
    tint: str


@dataclass(frozen=True, slots=True)
class Look:
    """Colours by day and by night. `logo` is an address, empty for the vendor's name in letters."""

    day: Colours
    night: Colours
    logo: str = ""
    logo_alt: str = ""


HOUSE_LOOK = Look(
    day=Colours("#0b5f66", "#ffffff", "#fbfaf8", "#ffffff", "#1d1f21", "#5c6166", "#e2dfd9", "#eef4f4"),
    night=Colours("#6cc5cc", "#10191a", "#16181a", "#1e2123", "#eceae6", "#a5abb0", "#34383b", "#1c2a2b"),
)
"""The look of a bulletin that names no theme."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The four colours that somebody chooses, as typed; empty ones of the night are made from those of the day."""

    accent: str = ""
    on_accent: str = ""
    background: str = ""
    paper: str = ""


def day_of(chosen: Chosen) -> Colours:
    """The colours by day. Raises Refused in words for what is no colour, and for what is hard to read."""
    return _readable(_whole(chosen), "")


def night_of(chosen: Chosen, day: Colours) -> Colours:
    """The colours by night, those not chosen made from the day's. Raises Refused like `day_of`."""
    background, paper = chosen.background or _NIGHT_BACKGROUND, chosen.paper or _NIGHT_PAPER
    for colour in filter(None, (chosen.accent, chosen.on_accent, background, paper)):
        _check(colour, "one of the dark colours")
    accent = chosen.accent or _lightened(day.accent, lambda colour: contrast(colour, paper) >= LEAST_CONTRAST)
    on_accent = chosen.on_accent or max("#000000", "#ffffff", key=lambda colour: contrast(colour, accent))
    return _readable(_whole(Chosen(accent, on_accent, background, paper)), " in the dark")


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG reckons it, from 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def contrasts(colours: Colours) -> list[tuple[str, float]]:
    """What is read on what, in words, with the contrast."""
    return [(words, contrast(*pair)) for words, pair in _pairs(colours).items()]


def colour(written: str) -> str:
    """A colour in our spelling, #rgb as #rrggbb; what is none stays as it is."""
    spelled = written.strip().lower()
    if re.fullmatch(r"#?[0-9a-f]{3}", spelled):
        return "#" + "".join(2 * digit for digit in spelled.removeprefix("#"))
    return f"#{spelled}" if re.fullmatch(r"[0-9a-f]{6}", spelled) else spelled


def _whole(chosen: Chosen) -> Colours:
    for name, value in (
        ("The accent colour", chosen.accent),
        ("The colour on the accent", chosen.on_accent),
        ("The background", chosen.background),
        ("The paper", chosen.paper),
    ):
        _check(value, name)
    # The paper decides, and where it is neither light nor dark `_readable` says so.
    text, quiet = max((_INK, _CHALK), key=lambda pair: contrast(pair[0], chosen.paper))
    line, tint = _mixed(text, chosen.paper, 0.14), _mixed(chosen.accent, chosen.paper, 0.08)
    tint = tint if min(contrast(chosen.accent, tint), contrast(text, tint)) >= LEAST_CONTRAST else chosen.paper
    return Colours(chosen.accent, chosen.on_accent, chosen.background, chosen.paper, text, quiet, line, tint)


def _check(value: str, what: str) -> None:
    if not _COLOUR.fullmatch(value):
        raise Refused(f"{what[:1].upper()}{what[1:]} is no colour: {value[:20]!r}.", hint="Write it like #0b5f66.")


def _readable(colours: Colours, when: str) -> Colours:
    for words, (one, other) in _pairs(colours).items():
        found = contrast(one, other)
        if found < LEAST_CONTRAST:
            # Rounded up it could read as if it were enough.
            said = f"{int(found * 10) / 10:.1f}"
            raise Refused(
                f"{words}{when} have a contrast of {said} to 1; many people could not read them.",
                hint=f"WCAG asks for {LEAST_CONTRAST} to 1: choose a darker or a lighter colour.",
            )
    return colours


def _pairs(colours: Colours) -> dict[str, tuple[str, str]]:
    return {
        "Links on the paper": (colours.accent, colours.paper),
        "Words on a button": (colours.on_accent, colours.accent),
        "Words on the paper": (colours.text, colours.paper),
        "Quiet words on the paper": (colours.quiet, colours.paper),
        "Quiet words on the background": (colours.quiet, colours.background),
    }


def _lightened(colour: str, is_enough: Callable[[str], bool]) -> str:
    shades = (_mixed("#ffffff", colour, step / _STEPS) for step in range(_STEPS + 1))
    return next((shade for shade in shades if is_enough(shade)), "#ffffff")


def _mixed(one: str, other: str, share: float) -> str:
    """So much of one colour in another."""
    mixed = (round(share * a + (1 - share) * b) for a, b in zip(_octets(one), _octets(other), strict=True))
    return "#" + "".join(f"{octet:02x}" for octet in mixed)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(octet / 255) for octet in _octets(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _octets(colour: str) -> bytes:
    return bytes.fromhex(colour[1:])
