"""A letter's HTML as a mail program shows it in the light or in the dark, whatever the screen it is looked at on."""

import re

_STYLE = re.compile(r"<style\b[^>]*>.*?</style>", re.IGNORECASE | re.DOTALL)
_PREFERS = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.IGNORECASE)
_SCHEME = re.compile(r"color-scheme\s*:\s*light\s+dark", re.IGNORECASE)
_META = re.compile(
    r"""(<meta\s+name=["']?(?:supported-)?color-schemes?["']?\s+content=)["'][^"']*["']""", re.IGNORECASE
)
_ALWAYS, _NEVER = "(min-width: 0)", "(max-width: 0)"


def in_scheme(html: str, *, dark: bool) -> str:
    """The HTML with what its style sheets say for one scheme, and nothing for the other."""
    scheme = "dark" if dark else "light"

    def settled(style: re.Match[str]) -> str:
        held = _PREFERS.sub(lambda said: _ALWAYS if said[1].lower() == scheme else _NEVER, style[0])
        return _SCHEME.sub(f"color-scheme: {scheme}", held)

    return _META.sub(rf'\1"{scheme}"', _STYLE.sub(settled, html))
