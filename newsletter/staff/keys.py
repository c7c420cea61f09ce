"""Keys of other systems: made, looked up, taken back."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.db import Database, rows_changed
from newsletter.errors import NotFound
from newsletter.staff.audit import AuditEntry
from newsletter.staff.secret import fingerprint, new_secret
from newsletter.staff.token import ApiToken, Scope


def add_token(db: Database, name: str, scope: Scope, now: datetime, *, by: str = "command line") -> str:
    """A new key for the system `name`. Shown once; only its hash is kept."""
    key = new_secret()
    with db.write() as session:
        session.add(ApiToken(name=name, sha256=fingerprint(key), scope=scope, created_at=now))
        session.add(AuditEntry(at=now, who=by, act=f"made a key to {scope}", subject=name))
    return key


def token_scope(session: Session, key: str) -> str | None:
    """What the holder of a key may do: a Scope, or one that only a newer release knows.

    None where the key is not ours or was taken back.
    """
    mine = (ApiToken.sha256 == fingerprint(key)) & ApiToken.revoked_at.is_(None)
    return session.scalar(select(ApiToken.scope).where(mine))


def revoke(db: Database, name: str, now: datetime, *, by: str = "command line") -> int:
    """Take back every key of the system `name`; how many there were. Raises NotFound where there was none."""
    with db.write() as session:
        held = (ApiToken.name == name) & ApiToken.revoked_at.is_(None)
        revoked = rows_changed(session, update(ApiToken).where(held).values(revoked_at=now))
        if not revoked:
            raise NotFound(f"No key in use is named {name!r}.")
        session.add(AuditEntry(at=now, who=by, act="took back the keys", subject=name))
    return revoked
