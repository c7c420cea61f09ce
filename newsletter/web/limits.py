"""Counting tries in our own database, so that a limit holds over all web processes. Names itself to `limits`."""

from datetime import timedelta
from typing import Any

from limits.storage import Storage
from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from newsletter.clock import utc_now
from newsletter.db import Database, rows_changed
from newsletter.staff.attempts import Attempts
from newsletter.staff.secret import fingerprint

URI = "newsletter://"


class SqlStorage(Storage):
    """The `limits` storage behind URI. Needs the option `db`."""

    STORAGE_SCHEME = ["newsletter"]  # noqa: RUF012 - the base class declares it as a plain list

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: Any) -> None:  # noqa: ANN401, FBT001, FBT002 - the signature is the base class's
        super().__init__(uri, wrap_exceptions)
        self._db: Database = options["db"]

    @property
    def base_exceptions(self) -> type[Exception]:
        """What our calls may raise when the database fails."""
        return SQLAlchemyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """The count after adding `amount`; a new window of `expiry` seconds begins where the last one is over."""
        now = utc_now()
        is_open, until = Attempts.until > now, now + timedelta(seconds=expiry)
        insert = sqlite.insert if self._db.is_sqlite else postgresql.insert
        statement = insert(Attempts).values(key=fingerprint(key), count=amount, until=until)
        counted = statement.on_conflict_do_update(
            index_elements=[Attempts.key],
            set_={
                "count": case((is_open, Attempts.count + amount), else_=amount),
                "until": case((is_open, Attempts.until), else_=until),
            },
        )
        with self._db.write() as session:
            _forget_past_windows(session)
            return session.scalars(counted.returning(Attempts.count)).one()

    def get(self, key: str) -> int:
        """The count in the window that is open now."""
        with self._db.read() as session:
            is_open = (Attempts.key == fingerprint(key)) & (Attempts.until > utc_now())
            return session.scalar(select(Attempts.count).where(is_open)) or 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970."""
        with self._db.read() as session:
            until = session.scalar(select(Attempts.until).where(Attempts.key == fingerprint(key)))
        return (until or utc_now()).timestamp()

    def check(self) -> bool:
        """Whether the database answers."""
        with self._db.read() as session:
            return session.scalar(select(func.count()).select_from(Attempts)) is not None

    def reset(self) -> int | None:
        """Forget every count; how many there were."""
        with self._db.write() as session:
            return rows_changed(session, delete(Attempts))

    def clear(self, key: str) -> None:
        """Forget one count."""
        with self._db.write() as session:
            session.execute(delete(Attempts).where(Attempts.key == fingerprint(key)))


def _forget_past_windows(session: Session) -> None:
    past = select(Attempts.key).where(Attempts.until <= utc_now()).limit(100).with_for_update(skip_locked=True)
    session.execute(delete(Attempts).where(Attempts.key.in_(past)))
