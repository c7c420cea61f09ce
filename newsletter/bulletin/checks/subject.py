"""The subject: how much of it is read, and what may not stand in it (RFC 5322 section 2.2)."""

import re
from collections.abc import Iterator

from newsletter.bulletin.composed import Told
from newsletter.bulletin.finding import Finding, Severity
from newsletter.bulletin.source import Section

PHONE, LONG = 40, 70  # characters: what a phone held upright shows, and what a mail program on a desk does
# As `message.words` refuses them. The marks that Arabic and Hebrew need (U+200E, U+200F, U+061C) are none of them.
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def forbidden_in_subject(section: Section) -> Iterator[Finding]:
    """What no header field may hold."""
    if found := FORBIDDEN.search(section.title):
        sentence = f"The subject holds U+{ord(found[0]):04X}, which breaks a line or turns its reading round."
        hint = "Type the subject anew instead of pasting it."
        yield Finding(Severity.BLOCK, "subject-characters", sentence, hint, section.language, section.title_line)


def about_subject(told: Told) -> Iterator[Finding]:
    """How long it is, and what phones show."""
    subject, where = told.letter.subject, (told.section.language, told.section.title_line)
    if len(subject) > LONG:
        sentence = f"The subject has {len(subject)} characters; phones show about “{_cut(subject)}”."
        yield Finding(Severity.WARN, "subject-long", sentence, "Say what matters in the first 40.", *where)
    elif len(subject) > PHONE:
        sentence = f"Phones show the subject as about “{_cut(subject)}”."
        yield Finding(Severity.FINE, "subject", sentence, "", *where)
    else:
        yield Finding(Severity.FINE, "subject", "Phones show the whole subject.", "", *where)


def _cut(subject: str) -> str:
    return f"{subject[: PHONE - 1].rstrip()}…"
