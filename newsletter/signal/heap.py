"""Evidence in any order, sorted by machine on disk: a file of any size takes little memory."""

import random
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import itemgetter
from types import TracebackType
from typing import Any, Self

from newsletter.signal.kinds import KINDS, Kind
from newsletter.signal.lines import Line, Name
from newsletter.signal.rules import Observed, State

_TABLE = "CREATE TABLE told (line INTEGER PRIMARY KEY, id, account, unit, kind, says, detail, at)"
_ROWS = "SELECT account, unit, line, id, kind, says, detail, at FROM told"
_WORDS = [kind for kind, weight in KINDS.items() if weight.is_word]
_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine of a heap with what was observed of it.

    The `id` of each piece is the number of its line; `called` says what the line calls itself.
    """

    account: Name
    unit: Name
    evidence: list[Observed]
    called: dict[int, Name]


class Heap:
    """Lines by number. They are kept in a nameless database of the system's own, which goes when the heap does."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        for order in ("PRAGMA journal_mode = OFF", "PRAGMA synchronous = OFF", "PRAGMA cache_size = -64000", _TABLE):
            self._db.execute(order)
        self._db.execute("BEGIN")
        self._waiting: list[tuple[Any, ...]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._db.close()

    def add(self, number: int, line: Line) -> None:
        """Keep one line."""
        at = line.observed_at.timestamp()
        self._waiting.append((number, line.id, line.account, line.unit, line.kind, line.says, line.detail, at))
        if len(self._waiting) >= _BATCH:
            self._write()

    def settle(self) -> tuple[int, list[tuple[int, ...]]]:
        """How many lines repeat another word for word, and the lines of each id that says different things.

        Of a repeat one is kept; of what contradicts itself nothing is, because nobody can tell which of it is meant.
        """
        self._write()
        twice = self._db.execute("SELECT id FROM told GROUP BY id HAVING count(*) > 1").fetchall()
        self._db.execute("CREATE TEMP TABLE twice (id PRIMARY KEY)")
        self._db.executemany("INSERT INTO twice VALUES (?)", twice)
        rows = self._db.execute("SELECT told.* FROM told JOIN twice USING (id) ORDER BY id, line")
        repeats, contradicting = list[tuple[int]](), list[tuple[int, ...]]()
        for _, group in groupby(rows, key=itemgetter(1)):
            said = list(group)
            if len({row[2:] for row in said}) == 1:
                repeats += [(row[0],) for row in said[1:]]
            else:
                contradicting.append(tuple(row[0] for row in said))
        self._db.executemany("DELETE FROM told WHERE line = ?", repeats)
        # The machines were seen all the same.
        self._db.executemany(
            "UPDATE told SET kind = NULL WHERE line = ?", [(line,) for lines in contradicting for line in lines]
        )
        self._db.execute("CREATE INDEX by_machine ON told (account, unit)")
        return len(repeats), sorted(contradicting)

    def machines(self) -> Iterator[Machine]:
        """Every machine of the heap, with what was said at its account without naming one."""
        yield from _machines(self._db.execute(f"{_ROWS} ORDER BY account, unit"))

    def sample(self, size: int) -> Iterator[Machine]:
        """The machines of so many accounts that gave an answer, chosen by chance and always the same."""
        marks = ",".join("?" * len(_WORDS))
        answered = f"SELECT DISTINCT account FROM told WHERE kind IN ({marks}) ORDER BY account"  # noqa: S608 - marks
        accounts = self._db.execute(answered, _WORDS).fetchall()
        if len(accounts) > size:
            accounts = random.Random(size).sample(accounts, size)  # noqa: S311 - a sample, not a secret
        for account in accounts:
            yield from _machines(self._db.execute(f"{_ROWS} WHERE account = ? ORDER BY unit", account))

    def _write(self) -> None:
        self._db.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?, ?, ?, ?)", self._waiting)
        self._waiting.clear()


def _machines(rows: Iterable[Sequence[Any]]) -> Iterator[Machine]:
    for account, of_account in groupby(rows, key=itemgetter(0)):
        units = {unit: list(of_unit) for unit, of_unit in groupby(of_account, key=itemgetter(1))}
        unnamed = units.pop(None, [])
        spoken = _observed(unnamed, len(units))
        for unit, of_unit in units.items():
            called = {line: id_ for _, _, line, id_, *_ in (*of_unit, *unnamed)}
            yield Machine(account, unit, _observed(of_unit, 1) + spoken, called)


def _observed(rows: Iterable[Sequence[Any]], among: int) -> list[Observed]:
    return [
        Observed(line, Kind(kind), State(says) if says else None, detail, datetime.fromtimestamp(at, UTC), among)
        for _, _, line, _, kind, says, detail, at in rows
        if kind
    ]
