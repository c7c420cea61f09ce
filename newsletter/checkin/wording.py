"""What a check-in letter says: the built-in words in our languages, or those of staff, which are data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from newsletter.checkin.check_in import CheckInText
from newsletter.db import Database, rows_changed
from newsletter.errors import Refused
from newsletter.language import SUPPORTED, sentence, translator
from newsletter.message.characters import check_text
from newsletter.staff.audit import AuditEntry

PLACEHOLDERS = ("vendor", "machines")
LONGEST_SUBJECT, LONGEST_BODY = 150, 3_000  # characters

SUBJECT = sentence("Is it still running?")
PARAGRAPHS = (
    sentence(
        "{vendor} once delivered to you: {machines}. We have not heard of it for long, and that may be good news."
    ),
    sentence(
        "Is it still running? One tap is enough. It helps our service team to keep parts and people ready for you."
    ),
    sentence("This is no advertising, and we will not ask again soon."),
)

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and paragraphs in one language; {vendor} and {machines} stand for themselves still."""

    subject: str
    paragraphs: tuple[str, ...]

    @property
    def body(self) -> str:
        """The paragraphs as one text, parted by empty lines."""
        return "\n\n".join(self.paragraphs)

    def filled(self, values: Mapping[str, str]) -> "Text":
        """The text with its values."""
        return Text(_filled(self.subject, values), tuple(_filled(p, values) for p in self.paragraphs))


def built_in(language: str) -> Text:
    """Our own words in a language we speak."""
    speak = translator(language).gettext
    return Text(speak(SUBJECT), tuple(map(speak, PARAGRAPHS)))


def text_in(session: Session, language: str) -> Text:
    """What is sent in a language: the words of staff, else our own."""
    row = session.get(CheckInText, language)
    return Text(row.subject, _paragraphs(row.body)) if row else built_in(language)


def read_text(subject: str, body: str) -> Text:
    """What a colleague wrote. Raises Refused for anything between braces that is not {vendor} or {machines}."""
    text = Text(" ".join(subject.split()), _paragraphs(body))
    if not text.subject or not text.paragraphs:
        raise Refused("A letter needs a subject and a text.", hint="Or go back to the built-in words.")
    if len(text.subject) > LONGEST_SUBJECT or len(body) > LONGEST_BODY:
        raise Refused(f"At most {LONGEST_SUBJECT} characters of subject and {LONGEST_BODY:,} of text.")
    for part in (text.subject, *text.paragraphs):
        check_text(part)
        _check_braces(part)
    return text


def write_text(db: Database, language: str, text: Text, author: str, now: datetime) -> None:
    """Send these words in a language from now on. Raises Refused for a language we do not speak."""
    _check_language(language)
    with db.write() as session:
        row = CheckInText(language=language, subject=text.subject, body=text.body, author=author, written_at=now)
        session.merge(row)
        session.add(AuditEntry(at=now, who=author, act="write check-in text", subject=language))


def forget_text(db: Database, language: str, author: str, now: datetime) -> None:
    """Send the built-in words in a language again."""
    _check_language(language)
    with db.write() as session:
        if rows_changed(session, delete(CheckInText).where(CheckInText.language == language)):
            session.add(AuditEntry(at=now, who=author, act="forget check-in text", subject=language))


def _check_language(language: str) -> None:
    if language not in SUPPORTED:
        raise Refused("This is no language of ours.", hint=f"We speak {', '.join(SUPPORTED)}.")


def _check_braces(text: str) -> None:
    left = _PLACEHOLDER.sub(lambda found: "" if found[1] in PLACEHOLDERS else found[0], text)
    if "{" in left or "}" in left:
        shown = left[left.find("{") if "{" in left else left.find("}") :][:30]
        raise Refused(f"“{shown}” cannot be filled.", hint="Only {vendor} and {machines} stand between braces.")


def _paragraphs(body: str) -> tuple[str, ...]:
    parts = re.split(r"\n\s*\n", body.replace("\r\n", "\n").replace("\r", "\n"))
    return tuple(" ".join(part.split()) for part in parts if part.strip())


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
