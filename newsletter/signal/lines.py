"""Evidence as lines of JSON: one object a line, read strictly, because what is guessed at would change a verdict."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from newsletter.errors import BadFile, BadTime
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import State

LONGEST = 65_536
"""Bytes of the longest line that is read."""
_EARLIEST = datetime(1850, 1, 1, tzinfo=UTC)
_LONGEST_NAME = 200
_FARTHEST = 2**63
_KINDS = {kind.value: kind for kind in Kind}
_STATES = {state.value: state for state in State}

Name = str | int


@dataclass(frozen=True, slots=True)
class Line:
    """One observation as it was written. `observed_at` in UTC; a day is read as its end."""

    id: Name
    account: Name
    unit: Name | None
    kind: Kind
    says: State | None
    detail: str
    observed_at: datetime


def read_line(raw: bytes) -> Line:
    """One line as an observation. Raises BadFile with a sentence that says what is wrong with it."""
    written = _object(raw)
    return Line(
        id=_name(written, "id"),
        account=_name(written, "account"),
        unit=None if written.get("unit") is None else _name(written, "unit"),
        kind=_kind(written.get("kind")),
        says=_says(written.get("says")),
        detail=_detail(written.get("detail")),
        observed_at=_observed_at(written.get("observed_at")),
    )


def end_of(day: date) -> datetime:
    """The last moment of a day in UTC: what a day without a time is read as."""
    return datetime.combine(day, time.max, UTC)


def read_time(text: str) -> datetime:
    """A day (its end in UTC) or a time with its offset. Raises BadTime."""
    try:
        if len(text) == len("2026-11-21"):
            return end_of(date.fromisoformat(text))
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise BadTime(f"{text!r} says no offset.", hint="Write 2026-11-21T09:00:00+01:00, or a day alone.")
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadTime(f"{text[:40]!r} is no time.", hint="Write 2026-11-21 or 2026-11-21T09:00:00+01:00.") from error


def _object(raw: bytes) -> dict[str, object]:
    if len(raw) > LONGEST:
        raise BadFile(f"The line is longer than {LONGEST} bytes.")
    try:
        written = _JSON.decode(raw.decode())
    except (ValueError, RecursionError) as error:
        raise BadFile("This is not JSON.") from error
    if not isinstance(written, dict):
        raise BadFile("This is no object.")
    return written


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    once = dict(pairs)
    if len(once) != len(pairs):
        raise BadFile("A name stands in it twice.")
    return once


_JSON = json.JSONDecoder(object_pairs_hook=_once)


def _name(written: dict[str, object], field: str) -> Name:
    value = written.get(field)
    if isinstance(value, int) and not isinstance(value, bool) and -_FARTHEST <= value < _FARTHEST:
        return value
    if not isinstance(value, str) or not value or len(value) > _LONGEST_NAME or not _is_text(value):
        raise BadFile(f"Its {field} is no name of 1 to {_LONGEST_NAME} characters.")
    return value


def _is_text(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def _kind(value: object) -> Kind:
    kind = _KINDS.get(value) if isinstance(value, str) else None
    if kind is None:
        raise BadFile(f"There is no kind {_shown(value)}.")
    return kind


def _says(value: object) -> State | None:
    says = _STATES.get(value) if isinstance(value, str) else None
    if says is None and value is not None:
        raise BadFile(f"{_shown(value)} is nothing a machine can be.")
    return says


def _detail(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or not _is_text(value):
        raise BadFile(f"Its detail is no text of at most {_LONGEST_NAME} characters.")
    return value


def _observed_at(value: object) -> datetime:
    if not isinstance(value, str):
        raise BadFile("It does not say when it was observed.")
    try:
        at = read_time(value)
    except BadTime as error:
        raise BadFile(str(error)) from error
    if at < _EARLIEST:
        raise BadFile(f"{value!r} is before there were machines of ours.")
    return at


def _shown(value: object) -> str:
    return repr(value)[:40]
