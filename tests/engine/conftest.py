"""The stage of every test of the engine."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from newsletter.db import Database
from newsletter.links import Links
from tests.engine.relay import Relay
from tests.engine.stage import Clock, Stage


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    relay.open()
    yield relay
    relay.close()


@pytest.fixture
def sqlite_stage(sqlite_db: Database, relay: Relay, now: datetime, links: Links, tmp_path: Path) -> Iterator[Stage]:
    """For what does not depend on the database."""
    stage = Stage(sqlite_db, relay, Clock(now), links, tmp_path / "var" / "engine")
    yield stage
    stage.close()


@pytest.fixture
def stage(db: Database, relay: Relay, now: datetime, links: Links, tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(db, relay, Clock(now), links, tmp_path / "var" / "engine")
    yield stage
    stage.close()
