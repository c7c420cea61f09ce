"""The journal of erasures: one JSON object a line, kept beside the database so that a restored one can catch up."""

import json
import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.audience.erasure import Erasure
from newsletter.errors import BadFile
from newsletter.privacy.erase import Erased

_log = logging.getLogger(__name__)


def erasures(session: Session) -> Iterator[Erased]:
    """Everybody who was ever erased, as the database knows it, oldest first."""
    for row in session.execute(select(Erasure.address_hash, Erasure.erased_at).order_by(Erasure.id)):
        yield Erased(row.address_hash, row.erased_at)


def as_line(erased: Erased) -> str:
    """One line, without its end."""
    return json.dumps({"address_hash": erased.address_hash, "erased_at": erased.erased_at.isoformat()})


def append(file: Path, erased: Erased) -> None:
    """Write an erasure down beside the database. The erasure stands where that fails, so the failure is only logged."""
    try:
        with file.open("a", encoding="utf-8") as journal:
            journal.write(as_line(erased) + "\n")
    except OSError:
        _log.exception("An erasure is in the database and not in %s.", file.name)


def read_lines(lines: Iterable[str]) -> Iterator[Erased]:
    """The erasures in a journal. Raises BadFile with the number of a line that is none."""
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
            erased = Erased(str(told["address_hash"]), datetime.fromisoformat(told["erased_at"]))
        except (ValueError, KeyError, TypeError) as error:
            raise BadFile(f"Line {number} is no erasure.", hint="`newsletter person erasures` prints some.") from error
        if erased.erased_at.tzinfo is None:
            raise BadFile(f"Line {number} has a time without a zone.")
        yield erased
