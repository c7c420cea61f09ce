"""Bringing a database to the newest schema, safely with several processes starting at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.util import CommandError
from sqlalchemy import text

from newsletter.db import Database, translated_errors
from newsletter.errors import Misconfigured

_HOUSE = Path(__file__).parent.parent
_LOCK = 7_203_114  # any number, as long as every process of this product asks for the same one


def migrate(db: Database) -> None:
    """Run every migration the database has not seen. A second process waits, then finds nothing to do.

    Raises Misconfigured where the database has seen a migration that this program does not know.
    """
    config = AlembicConfig(str(_HOUSE / "alembic.ini"))
    with translated_errors(), db.engine.begin() as connection:  # on SQLite this is BEGIN IMMEDIATE
        if not db.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except CommandError as error:
            sentence = f"The database is not one this version knows: {error}."
            raise Misconfigured(sentence, hint="Start the version that last used it, or restore a backup.") from error
