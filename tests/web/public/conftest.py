from datetime import datetime

import pytest

from newsletter.db import Database
from tests.conftest import MakeConfig
from tests.web.public.doors import Door, open_door


@pytest.fixture
def door(sqlite_db: Database, config: MakeConfig, now: datetime) -> Door:
    """What does not hang on the database is asked of one."""
    return open_door(sqlite_db, config, now)


@pytest.fixture
def either_door(db: Database, config: MakeConfig, now: datetime) -> Door:
    """What does, of both."""
    return open_door(db, config, now)
