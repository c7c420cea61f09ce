"""Lists that come as files: one serial number or account number a line, as an audience that stays living."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.db import Database
from newsletter.errors import BadFile, Conflict, Refused
from newsletter.segment.saving import LONGEST_NAME
from newsletter.segment.table import Listed, SegmentList, SegmentListValue
from newsletter.staff.audit import AuditEntry

LARGEST = 2_000_000  # octets
MOST_VALUES = 100_000
LONGEST_VALUE = 100
_AT_ONCE = 400
_HEADINGS = frozenset({"serial", "serials", "serial number", "serialnumber", "account", "accounts", "number", "id",
                       "account number", "customer", "seriennummer", "kundennummer"})  # fmt: skip
_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class Brought:
    """A list that was kept: how many values it has, and those that nothing on record has now."""

    key: str
    values: int
    unknown: tuple[str, ...]


def keep_list(db: Database, key: str, name: str, kind: Listed, file: bytes, *, author: str, now: datetime) -> Brought:
    """Keep the first column of a CSV file as a list. Raises BadFile, Refused, and Conflict where the key is taken.

    A value that nothing has is kept and told: the machine may come with the next import.
    """
    name = " ".join(name.split())
    if not _KEY.fullmatch(key):
        raise Refused("A list needs a short key.", hint="Small letters, digits and dashes: recall-2026.")
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused("A list needs a name.", hint=f"One line of up to {LONGEST_NAME} characters.")
    values = read_values(file)
    try:
        with db.write() as session:
            row = SegmentList(key=key, name=name, kind=kind, author=author, written_at=now)
            session.add(row)
            session.flush()
            spelled, unknown = _on_record(session, values, kind)
            kept = [{"list_id": row.id, "value": value} for value in dict.fromkeys(spelled)]
            session.execute(insert(SegmentListValue), kept)
            session.add(AuditEntry(at=now, who=author, act="uploaded a list", subject=key))
            return Brought(key, len(kept), tuple(unknown))
    except IntegrityError as error:
        raise Conflict(f"There is a list {key!r} already.", hint="Choose another key.") from error


def read_values(file: bytes) -> list[str]:
    """What stands in the first column, each once. Raises BadFile with the line."""
    if len(file) > LARGEST:
        raise BadFile(f"The file is larger than {LARGEST:,} octets.", hint="Split it in two lists.")
    try:
        text = file.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = file.decode("cp1252", errors="replace")
    head = text[:1000]
    comma = ";" if head.count(";") > head.count(",") else ","
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=comma))
    except csv.Error as error:
        raise BadFile("The file cannot be read as CSV.", hint="One value a line.") from error
    values = dict.fromkeys(_values(rows))
    if not values:
        raise BadFile("The file holds no value.", hint="One serial number or account number a line.")
    if len(values) > MOST_VALUES:
        raise BadFile(f"The file holds more than {MOST_VALUES:,} values.", hint="Split it in two lists.")
    return list(values)


def lists(session: Session) -> Sequence[SegmentList]:
    """All lists, by name."""
    return session.scalars(select(SegmentList).order_by(SegmentList.name)).all()


def _values(rows: Iterable[Sequence[str]]) -> Iterable[str]:
    for number, row in enumerate(rows, 1):
        value = row[0].strip() if row else ""
        if not value or (number == 1 and value.casefold() in _HEADINGS):
            continue
        if len(value) > LONGEST_VALUE or not value.isprintable():
            raise BadFile(f"Line {number} holds no serial number or account number.", hint="Save it as CSV in UTF-8.")
        yield value


def _on_record(session: Session, values: Sequence[str], kind: Listed) -> tuple[list[str], list[str]]:
    """The values as they are spelled on record, and those that are not there in any spelling."""
    column = Unit.serial if kind is Listed.SERIALS else Account.number
    known: set[str] = set()
    spellings = list(dict.fromkeys(spelling for value in values for spelling in _spellings(value)))
    for start in range(0, len(spellings), _AT_ONCE):
        known.update(session.scalars(select(column).where(column.in_(spellings[start : start + _AT_ONCE]))))
    spelled = [next((one for one in _spellings(value) if one in known), value) for value in values]
    return spelled, [value for value in spelled if value not in known]


def _spellings(value: str) -> tuple[str, ...]:
    """As it was brought first, then as it is usual on plates."""
    return tuple(dict.fromkeys((value, value.upper(), "".join(value.split()).upper())))
