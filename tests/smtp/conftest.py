"""What tests of the client may ask for."""

import dataclasses

import pytest

from newsletter.smtp.envelope import Envelope
from newsletter.smtp.timeouts import Timeouts

_BRIEF = 0.3


@pytest.fixture
def envelope() -> Envelope:
    return Envelope("bounce+x@example.com", "anna@example.com")


@pytest.fixture
def brief() -> Timeouts:
    """Timeouts short enough to wait for, long enough for a busy machine to answer in."""
    return Timeouts(**dict.fromkeys((field.name for field in dataclasses.fields(Timeouts)), _BRIEF))
