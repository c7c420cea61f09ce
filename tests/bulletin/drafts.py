"""Bulletins to look over."""

from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.finding import Finding
from newsletter.bulletin.preflight import Facts, preflight
from newsletter.bulletin.source import read_source
from newsletter.links import Links

SENDER = Sender("Acme", "news@acme.example", "service@acme.example", "1 Works Road, Example City", "acme.example")
BODY = "Dear {{ name }},\n\nplease grease the spindle bearing with half the usual amount.\n"


def draft(body: str = BODY, *, title: str = "Grease the spindle", preheader: str = "With half the amount") -> str:
    return f"---\nnumber: TB-1\ntitle: {title}\npreheader: {preheader}\nclass: technical\nlanguage: en\n---\n{body}"


def press_of(text: str, links: Links, sender: Sender = SENDER) -> Press:
    return Press(read_source(text), sender, List(1, "bulletins", "Bulletins"), links, "seed")


def findings(text: str, links: Links, facts: Facts | None = None, sender: Sender = SENDER) -> list[Finding]:
    return preflight(press_of(text, links, sender), facts or Facts(targeted=1))


def codes(found: list[Finding], severity: str) -> set[str]:
    return {finding.code for finding in found if finding.severity == severity}
