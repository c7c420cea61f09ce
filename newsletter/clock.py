"""The only place that reads the wall clock. Everything else takes `now`, an aware UTC datetime."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)
