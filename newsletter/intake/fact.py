"""One fact as another system tells it, read strictly: what is guessed at would change a verdict. Pure."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Self
from unicodedata import category

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
)
from pydantic import model_validator as checks

from newsletter.errors import BadTime, Refused
from newsletter.signal.kinds import Kind
from newsletter.signal.lines import read_time
from newsletter.signal.rules import State

TELLABLE = frozenset(
    {
        Kind.INSTALLATION,
        Kind.PARTS_ORDER,
        Kind.SERVICE_CALL,
        Kind.FIRMWARE_DOWNLOAD,
        Kind.TELEMETRY,
        Kind.AGREEMENT,
        Kind.STAFF_NOTE,
    }
)
"""What an ERP, a shop or a machine can know. What people told us themselves, nobody tells for them."""

_EARLIEST = datetime(1850, 1, 1, tzinfo=UTC)
_LONGEST_NAME, _LONGEST_SOURCE, _LONGEST_NOTE = 200, 60, 2_000


def _name(value: object) -> object:
    """Systems number their things; a number is a name like any other."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _clean(text: str) -> str:
    if any(category(letter) in {"Cc", "Cs"} for letter in text):
        raise ValueError("holds something that is no character of a text")
    return text


def _lines(text: str) -> str:
    for line in text.splitlines():
        _clean(line)
    return text


def _kind(value: object) -> object:
    if not isinstance(value, str) or value not in TELLABLE:
        raise ValueError(f"cannot be {_shown(value)}; other systems tell {', '.join(sorted(TELLABLE))}")
    return value


def _says(value: object) -> object:
    if value is not None and (not isinstance(value, str) or value not in set(State)):
        raise ValueError(f"cannot be {_shown(value)}; a machine is {', '.join(State)}")
    return value


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("is no time: write 2026-11-21 or 2026-11-21T09:00:00+01:00")  # noqa: TRY004 - pydantic lets a TypeError through
    try:
        at = read_time(value)
    except BadTime as error:
        raise ValueError(f"is no time: {error.message} {error.hint}".rstrip(". ")) from error
    if at < _EARLIEST:
        raise ValueError(f"is {_shown(value)}, before there were machines of ours")
    return at


def _origin(source: str) -> str:
    source = _clean(source)
    if not source or ":" in source:
        raise ValueError("is empty or holds a colon, which parts it from the key")
    return source


_Name = Annotated[
    str,
    BeforeValidator(_name),
    Field(min_length=1, max_length=_LONGEST_NAME),
    AfterValidator(_clean),
    WithJsonSchema({"type": ["string", "integer"], "minLength": 1, "maxLength": _LONGEST_NAME}),
]
_TIMES = {
    "description": "a time with its offset, or a day, read as its end in UTC",
    "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
}
_Word = Annotated[str, Field(max_length=_LONGEST_NAME), AfterValidator(_clean)]
_Source = Annotated[str, Field(min_length=1, max_length=_LONGEST_SOURCE), AfterValidator(_origin)]


class Fact(BaseModel):
    """One observation. A day is read as its end in UTC, as `newsletter signal weigh` reads it, and takes its words too.

    `key` is the source's own name for the fact: the same key again is the same fact. The machine is named by `serial`,
    with `account` or `model` where that is not enough; `account` alone tells of no machine by name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    key: _Name = Field(description="also read as `id`", validation_alias=AliasChoices("key", "id"))
    account: _Name | None = None
    serial: _Name | None = Field(
        None, description="also read as `unit`", validation_alias=AliasChoices("serial", "unit")
    )
    model: _Name | None = None
    kind: Annotated[Kind, BeforeValidator(_kind), WithJsonSchema({"type": "string", "enum": sorted(TELLABLE)})]
    says: Annotated[State | None, BeforeValidator(_says)] = None
    detail: _Word = ""
    observed_at: Annotated[datetime, BeforeValidator(_time), WithJsonSchema(_TIMES)]
    source: _Source
    author: _Word = ""
    note: Annotated[str, Field(max_length=_LONGEST_NOTE), AfterValidator(_lines)] = ""

    @checks(mode="after")
    def _is_about_something(self) -> Self:
        if self.account is None and self.serial is None:
            raise ValueError("It names neither an account nor a serial number.")
        if self.kind is Kind.STAFF_NOTE and not self.author:
            raise ValueError("A staff note takes an author, who puts a name to it.")
        return self

    @property
    def evidence_key(self) -> str:
        """The key among all evidence, where other sources and our own rooms have theirs."""
        return f"told:{self.source}:{self.key}"


def read_fact(written: object) -> Fact:
    """A fact from a JSON value. Raises Refused with a sentence that says what is wrong with it."""
    if not isinstance(written, dict):
        raise Refused("This is no object.")
    try:
        return Fact.model_validate(written)
    except ValidationError as error:
        raise Refused(_sentence(error)) from error


def read_json(octets: bytes) -> object:
    """A JSON document; a name that stands twice in an object is no JSON of ours. Raises Refused."""
    try:
        return _JSON.decode(octets.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Refused("This is not JSON.", hint="Send UTF-8, and each name once.") from error


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    once = dict(pairs)
    if len(once) != len(pairs):
        raise ValueError("A name stands in it twice.")
    return once


_JSON = json.JSONDecoder(object_pairs_hook=_once)


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong."""
    wrong = error.errors(include_url=False, include_input=False)[0]
    field = str(wrong["loc"][0]) if wrong["loc"] else ""
    match wrong["type"]:
        case "missing":
            return f"It has no `{field}`."
        case "extra_forbidden":
            return f"There is no {_shown(field)} in a fact."
        case "string_too_long":
            return f"Its `{field}` is longer than {wrong['ctx']['max_length']:,} characters."
        case "value_error":
            reason = str(wrong["ctx"]["error"])
            return f"Its `{field}` {reason}." if field else reason
        case _:
            return f"Its `{field}` is empty or no text."


def _shown(value: object) -> str:
    return repr(value)[:40]
