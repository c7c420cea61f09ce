"""Writing a version of the questions: in place while nobody saw it, and as the next one after that."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import BadWording, Conflict, NotFound
from newsletter.language import LANGUAGES
from newsletter.question.reasons import Question, Reason
from newsletter.question.staff_words import kept_line, kept_name
from newsletter.question.version import Wording, WordingLine
from newsletter.question.versions import Version, in_catalogue, version
from newsletter.question.wording import BUILT_IN, FIRST_OF_STAFF, LINES, line_of
from newsletter.staff.audit import AuditEntry

FEWEST_REASONS = 2

OVERTAKEN = "Somebody else saved this version while you wrote."


@dataclass(frozen=True, slots=True)
class Draft:
    """What a colleague typed: the lines of one language, and which reasons are asked in which order."""

    name: str
    reasons: Sequence[Reason]
    language: str
    lines: Mapping[str, str]


def write_next(db: Database, base: int, draft: Draft, *, author: str, now: datetime) -> int:
    """Make a new version of `base`, which keeps the other languages; its number.

    Raises BadWording; NotFound where there is no such base; Conflict where a colleague made one this very moment.
    """
    try:
        with db.write() as session:
            written = _written(version(session, base), draft)
            number = 1 + max(session.scalar(select(func.max(Wording.number))) or 0, FIRST_OF_STAFF - 1)
            row = Wording(number=number, base=base, revision=1, **_facts(written, author, now))
            session.add(row)
            _keep_lines(session, number, written)
            session.add(AuditEntry(at=now, who=author, act="wrote a version of the question", subject=str(number)))
            return number
    except IntegrityError as error:
        raise Conflict("A colleague made a version this very moment.", hint="Save it again.") from error


def rewrite(db: Database, number: int, draft: Draft, *, seen: int, author: str, now: datetime) -> None:
    """Change a version that no reader saw. `seen` is the revision the colleague began from.

    Raises BadWording; NotFound; Conflict where somebody saved it since, or where readers may have seen it since.
    """
    with db.write() as session:
        row = held(session, number)
        if row.frozen_at:
            hint = "Make a new version of it instead."
            raise Conflict("Readers may have seen this version, so it stays as it is.", hint=hint)
        if row.revision != seen:
            raise Conflict(OVERTAKEN, hint="Save again to put yours in its place.")
        written = _written(version(session, number), draft)
        for name, value in _facts(written, author, now).items():
            setattr(row, name, value)
        row.revision += 1
        session.execute(delete(WordingLine).where(WordingLine.number == number))
        _keep_lines(session, number, written)
        session.add(AuditEntry(at=now, who=author, act="changed a version of the question", subject=str(number)))


def held(session: Session, number: int) -> Wording:
    """A version of staff that nobody else touches until the transaction ends. Raises NotFound."""
    row = session.get(Wording, number, with_for_update=True)
    if row is None:
        raise NotFound(f"There is no version {number} of the question.")
    return row


def freeze(session: Session, number: int, now: datetime) -> None:
    """Keep a version as it is from now on, because readers will see it. Raises NotFound."""
    if number not in BUILT_IN:
        row = held(session, number)
        row.frozen_at = row.frozen_at or now


def checked(written: Version) -> Version:
    """The version, where every language can be asked in it. Pure. Raises BadWording."""
    if len(written.reasons) < FEWEST_REASONS:
        raise BadWording("Leave at least two reasons on.", line="reasons")
    for language, name in LANGUAGES.items():
        spoken = written.spoken(language)
        shown = Counter(spoken[line_of(Question.WHY, code)].casefold() for code in written.reasons)
        for code in written.reasons:
            words = spoken[line_of(Question.WHY, code)]
            if shown[words.casefold()] > 1:
                raise BadWording(f"Two reasons read the same in {name}: “{words}”.", line=line_of(Question.WHY, code))
    return written


def _written(base: Version, draft: Draft) -> Version:
    if draft.language not in LANGUAGES:
        raise BadWording("That is none of the languages of our readers.", line="language")
    ours = in_catalogue(draft.language)
    typed = {line: kept_line(line, draft.lines.get(line, "")) for line in LINES}
    # What reads as our own does is no line of staff's: it follows the catalogue.
    own = {line: words for line, words in typed.items() if words and words != ours[line]}
    lines = {**base.lines, draft.language: own}
    return checked(Version(0, kept_name(draft.name), tuple(dict.fromkeys(draft.reasons)), lines))


def _facts(written: Version, author: str, now: datetime) -> dict[str, object]:
    return {"name": written.name, "reasons": ",".join(written.reasons), "author": author, "written_at": now}


def _keep_lines(session: Session, number: int, written: Version) -> None:
    session.flush()  # a line refers to its version
    session.add_all(
        WordingLine(number=number, language=language, line=line, words=words)
        for language, lines in written.lines.items()
        for line, words in lines.items()
    )
