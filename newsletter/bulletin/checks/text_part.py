"""The plain-text part: whether there is something to read in it, and nothing that was meant for a machine."""

import re
from collections.abc import Iterator

from newsletter.bulletin.composed import Told
from newsletter.bulletin.finding import Finding, Severity

_FEWEST_WORDS = 8
_IMAGE = re.compile(r"!\[[^\]]*\](?:\([^)]*\))?")
_LEFT_OVER = {
    "a merge tag": re.compile(r"\{\{|\}\}"),
    "Markdown for bold": re.compile(r"(?<![\w*])\*\*(?=\S)|(?<=\S)\*\*(?![\w*])"),
    "a Markdown link": re.compile(r"\]\((?=\S)"),
    "an HTML tag": re.compile(
        r"</?(?:a|b|br|div|em|font|i|img|o:p|p|script|span|strong|style|table|td|tr|u)\b[^>\n]*>", re.IGNORECASE
    ),
    "an HTML entity": re.compile(r"&(?:nbsp|amp|lt|gt|quot|#\d{2,6});"),
}


def about_text_part(told: Told) -> Iterator[Finding]:
    """What is left over in it, and whether it says anything."""
    section, text = told.section, told.letter.text
    found = [(what, hit) for what, pattern in _LEFT_OVER.items() if (hit := pattern.search(text))]
    for what, hit in found:
        sentence = f"Readers would see {what}: “{_around(text, hit)}”."
        hint = "Text pasted from a web page or from Word brings such signs. Take them out, or put them in `code`."
        line = _line_of(hit[0], section.text_alone, section.line)
        yield Finding(Severity.WARN, "text-left-over", sentence, hint, section.language, line)
    words = len(_IMAGE.sub(" ", section.text_alone).split())
    if words < _FEWEST_WORDS:
        sentence = "Hardly anything can be read where images are not shown: in the text part, on a watch, read aloud."
        hint = "Say in words what the image shows."
        yield Finding(Severity.WARN, "text-short", sentence, hint, section.language, section.line)
    elif not found:
        yield Finding(Severity.FINE, "text", "The text part reads by itself.", "", section.language, section.line)


def _around(text: str, hit: re.Match[str]) -> str:
    return " ".join(text[max(0, hit.start() - 12) : hit.end() + 24].split())[:60]


def _line_of(said: str, markdown: str, first_line: int) -> int:
    at = markdown.find(said)
    return first_line + markdown.count("\n", 0, at) if at >= 0 else first_line
