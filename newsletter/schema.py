"""Bringing a database to the newest schema, safely with several processes starting at once."""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from newsletter.db import Database, translated_errors
from newsletter.errors import Misconfigured

_HOUSE = Path(__file__).parent.parent
_LOCK = 7_203_114  # any number, as long as every process of this product asks for the same one


def migrate(db: Database) -> None:
    """Run every migration the database has not seen. A second process waits, then finds nothing to do.

    Raises Misconfigured where the database has seen a migration that this program does not know.
    """
    if _is_newest(db):
        return
    with translated_errors(), db.engine.begin() as connection:  # on SQLite this is BEGIN IMMEDIATE
        if not db.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        _upgrade(connection)


def newest() -> str:
    """The revision of the newest migration: migrations are numbered, and named by their number."""
    return max(page.stem for page in (_HOUSE / "migrations" / "versions").glob("[0-9]*.py")).partition("_")[0]


def _is_newest(db: Database) -> bool:
    with db.read() as session:
        has_any = inspect(session.connection()).has_table("alembic_version")
        return has_any and session.scalar(text("SELECT version_num FROM alembic_version")) == newest()


def _upgrade(connection: Connection) -> None:
    # Alembic takes 10 MB, and nearly every start finds nothing to do.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config as AlembicConfig  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = AlembicConfig(str(_HOUSE / "alembic.ini"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        sentence = f"The database is not one this version knows: {error}."
        raise Misconfigured(sentence, hint="Start the version that last used it, or restore a backup.") from error
