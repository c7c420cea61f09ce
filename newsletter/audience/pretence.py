"""Doing the work of an answer that is not meant, so that nobody learns from its time whom we know."""

from collections.abc import Callable

from sqlalchemy.orm import Session


def write_or_pretend(session: Session, write: Callable[[], object], *, is_meant: bool) -> None:
    """Do it, and where it is not meant take it back at once: both ways send the same statements."""
    with session.begin_nested() as savepoint:
        write()
        session.flush()
        if not is_meant:
            savepoint.rollback()
