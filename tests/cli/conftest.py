"""What the tests of the command may ask for."""

from pathlib import Path

import pytest

from newsletter.db import Database
from tests.cli.commands import Shell


@pytest.fixture
def shell(db: Database, tmp_path: Path) -> Shell:
    """On a migrated, empty database of either kind."""
    return Shell(tmp_path, {"NEWSLETTER_DATABASE_URL": db.engine.url.render_as_string(hide_password=False)})


@pytest.fixture
def sqlite_shell(sqlite_db: Database, tmp_path: Path) -> Shell:
    """For what does not depend on the database."""
    return Shell(tmp_path, {"NEWSLETTER_DATABASE_URL": sqlite_db.engine.url.render_as_string()})
