"""The stage of the fault table: that of the engine's own tests, and Postfix's sink."""

from collections.abc import Iterator

import pytest

from tests.engine.conftest import relay, sqlite_stage, stage
from tests.faults.smtp_sink import SmtpSink

__all__ = ["relay", "sqlite_stage", "stage"]


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """Postfix's smtp-sink, not yet running."""
    sink = SmtpSink()
    yield sink
    sink.stop()
