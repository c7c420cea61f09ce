from datetime import datetime

import pytest

from newsletter.db import Database
from tests import cast
from tests.optout.copies import Stage, set_stage


@pytest.fixture
def stage(db: Database, now: datetime) -> Stage:
    """The cast, with copies of one bulletin sent to four of them."""
    with db.write() as session:
        return set_stage(session, cast.play(session, now), now)
