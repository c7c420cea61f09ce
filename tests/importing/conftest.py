from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.db import Database
from newsletter.importing.apply import import_file
from newsletter.importing.import_report import ImportReport

Write = Callable[[str], Path]
Import = Callable[..., ImportReport]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Writes a text as export.csv, UTF-8 without mark, and gives the path."""

    def write(text: str, name: str = "export.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write


@pytest.fixture
def imported(sqlite_db: Database, written: Write, now: datetime) -> Import:
    """Imports a text into `sqlite_db` and gives the report."""

    def run(text: str, **options: Any) -> ImportReport:  # noqa: ANN401 - any option of import_file
        return import_file(sqlite_db, written(text), now=now, **options)

    return run
