"""What every letter must hold: who writes from where (CAN-SPAM, EU law), and how to make it end (RFC 8058)."""

import html
import re
from collections.abc import Iterator

from newsletter.bulletin.composed import Composed, Told
from newsletter.bulletin.finding import Finding, Severity

_TAG = re.compile(r"<[^>]*>")


def about_ways_out(composed: Composed) -> Iterator[Finding]:
    """The postal address and the opt-out, in both parts of every language."""
    wanting = [finding for told in composed.told for finding in _wanting(told, composed.postal_address)]
    yield from wanting
    if not wanting:
        yield Finding(Severity.FINE, "postal-address", "Every letter names a postal address.")
        yield Finding(Severity.FINE, "opt-out", "Every language has its way out, in the text and for mail programs.")


def _wanting(told: Told, postal_address: str) -> Iterator[Finding]:
    language, letter = told.section.language, told.letter
    parts = {"HTML": html.unescape(_TAG.sub(" ", letter.html)), "text": letter.text}
    for part, said in parts.items():
        address = " ".join(postal_address.split())
        if not address or address not in " ".join(said.split()):
            sentence = f"The {part} part names no postal address, which the law asks for."
            yield Finding(Severity.BLOCK, "postal-address", sentence, "Set NEWSLETTER_POSTAL_ADDRESS.", language)
    link = _one_click(told)
    for part, said in {"HTML": html.unescape(letter.html), "text": letter.text}.items():
        if not link or link not in said:
            sentence = f"The {part} part has no way to opt out."
            yield Finding(Severity.BLOCK, "opt-out", sentence, "The frame of the mail must hold it.", language)


def _one_click(told: Told) -> str:
    """The link of the header that mail programs press (RFC 8058 section 3.1)."""
    fields = dict(told.letter.headers)
    found = re.match(r"<(https?://[^>]+)>", fields.get("List-Unsubscribe", ""))
    return found[1] if found and "List-Unsubscribe-Post" in fields else ""
