"""How a colleague gets in: a one-time link, and a password only the colleague knows."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from newsletter.db import Database, rows_changed
from newsletter.errors import BadToken
from newsletter.staff.audit import AuditEntry
from newsletter.staff.invitation import Invitation
from newsletter.staff.secret import fingerprint, new_secret
from newsletter.staff.sign_in import end_all
from newsletter.staff.user import Duty, Role, User, read_email

LASTS = timedelta(days=7)


def invite(db: Database, email: str, duties: Iterable[Duty], now: datetime, *, by: str = "command line") -> str:
    """The one-time token with which a colleague sets a password within 7 days. Shown once; only its hash is kept.

    A new address becomes a colleague; a known one gains the duties and may set a new password, which is also how a
    forgotten one is replaced. Links made before end. Raises BadAddress.
    """
    address, wanted, token = read_email(email), set(duties), new_secret()
    with db.write() as session:
        user = session.scalar(select(User).where(User.email == address)) or _newcomer(session, address, now)
        held = {role.name for role in user.roles}
        user.roles += [role for role in ensure_roles(session) if role.name in wanted - held]
        _end_links(session, user.id, now)
        session.add(Invitation(user_id=user.id, sha256=fingerprint(token), created_at=now, expires_at=now + LASTS))
        session.add(AuditEntry(at=now, who=by, act="invited", subject=address))
    return token


def ensure_roles(session: Session) -> list[Role]:
    """A row for each duty, made where missing. Does not commit."""
    known = {role.name: role for role in session.scalars(select(Role))}
    for duty in Duty:
        if duty not in known:
            session.add(known.setdefault(duty, Role(name=duty)))
    session.flush()
    return list(known.values())


def invited(session: Session, token: str, now: datetime) -> User:
    """Whom a link is for. Raises BadToken where it was used, replaced, is too old or not ours."""
    user = session.scalar(
        select(User).join(Invitation, Invitation.user_id == User.id).where(*_usable(token, now), User.active)
    )
    if user is None:
        raise BadToken(
            "This link does not work any more.",
            hint="It is good for one use within 7 days. Ask for a new one: newsletter user add ADDRESS.",
        )
    return user


def set_password(db: Database, token: str, password_hash: str, now: datetime) -> User:
    """Use a link up: the password is set and every sign-in with the old one ends. Raises BadToken."""
    with db.write() as session:
        user = invited(session, token, now)
        if not rows_changed(session, update(Invitation).where(*_usable(token, now)).values(used_at=now)):
            raise BadToken("This link was used a moment ago.", hint="Sign in with the password that was set.")
        user.password, user.fs_uniquifier = password_hash, new_secret()
        end_all(session, user.id, now)
        session.add(AuditEntry(at=now, who=user.email, act="set password", subject=user.email))
    return user


def _newcomer(session: Session, address: str, now: datetime) -> User:
    user = User(email=address, password=None, fs_uniquifier=new_secret(), created_at=now, roles=[])
    session.add(user)
    session.flush()
    return user


def _end_links(session: Session, user_id: int, now: datetime) -> None:
    open_links = (Invitation.user_id == user_id) & Invitation.used_at.is_(None)
    session.execute(update(Invitation).where(open_links).values(used_at=now))


def _usable(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Invitation.sha256 == fingerprint(token), Invitation.used_at.is_(None), Invitation.expires_at > now
