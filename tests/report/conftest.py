from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from sqlalchemy import event

from newsletter.db import Database
from tests import cast
from tests.optout.copies import Stage, set_stage


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    """The cast, with copies of one bulletin sent to four of them."""
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)


@contextmanager
def _counted(db: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    yield statements
    event.remove(db.engine, "before_cursor_execute", listen)


@pytest.fixture
def counted() -> object:
    """Collects what is sent to a database while a `with` block is open."""
    return _counted
