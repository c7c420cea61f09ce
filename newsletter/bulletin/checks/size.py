"""Gmail shows the first 102 KB of the HTML and hides the rest, and with it the way out at the end."""

from collections.abc import Iterator

from newsletter.bulletin.composed import Told
from newsletter.bulletin.finding import Finding, Severity

CLIPPED = 102 * 1024  # octets
_ROOM = 6 * 1024  # what a list of machines, long names and links may add for one reader


def about_size(told: Told) -> Iterator[Finding]:
    """How far from the cut the HTML of a letter is."""
    octets, language = len(told.letter.html.encode()), told.section.language
    said = f"The HTML has {octets / 1024:.0f} KB"
    if octets > CLIPPED:
        sentence = f"{said}; Gmail hides what comes after 102 KB, and with it the way out."
        yield Finding(Severity.WARN, "html-clipped", sentence, "Put the details on a page and link to it.", language)
    elif octets > CLIPPED - _ROOM:
        sentence = f"{said}; with the values of some readers Gmail may cut it at 102 KB."
        yield Finding(Severity.WARN, "html-nearly-clipped", sentence, "Make it a little shorter.", language)
    else:
        yield Finding(Severity.FINE, "html-size", f"{said} of the 102 that Gmail shows.", "", language)
