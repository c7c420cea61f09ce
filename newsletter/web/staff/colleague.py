"""Our colleagues as the sign-in library wants to see them, without teaching our tables about Flask."""

from typing import Any

from flask import session as cookie
from flask_login import current_user
from flask_security import RoleMixin, UserMixin
from flask_security.datastore import UserDatastore
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.staff.sign_in import is_signed_in
from newsletter.staff.user import Duty, User
from newsletter.web.house import house

SIGN_IN = "sign_in"
"""Under this name the browser's cookie keeps the key of its sign-in."""


class Post(RoleMixin):
    """A role of a colleague."""

    def __init__(self, name: str) -> None:
        self.name = name


class Colleague(UserMixin):
    """Somebody who may sign in: a copy of the row, so that no database session stays open behind a page."""

    fs_uniquifier: str = ""  # the library looks for the name on the class

    def __init__(self, user: User) -> None:
        self.id = user.id
        self.email = user.email
        self.password = user.password
        self.active = user.active
        self.fs_uniquifier = user.fs_uniquifier
        self.roles = [Post(role.name) for role in user.roles]

    @property
    def duties(self) -> frozenset[Duty]:
        """What the colleague is here for."""
        return frozenset(Duty(post.name) for post in self.roles)


class Colleagues(UserDatastore):
    """The library's way to our `user` table. Each call is a transaction of its own."""

    def __init__(self) -> None:
        super().__init__(Colleague, Post)

    def find_user(self, case_insensitive: bool = False, **named: Any) -> Colleague | None:  # noqa: ANN401, ARG002, FBT001, FBT002 - the signature is the library's
        """The colleague with this `email`, or the one whose cookie says this `fs_uniquifier` and is signed in."""
        with house().db.read() as session:
            user = session.scalar(select(User).filter_by(**named))
            if user is None or ("fs_uniquifier" in named and not _is_here(session, user)):
                return None
            return Colleague(user)

    def put(self, model: Colleague) -> Colleague:
        """Keep a password hash that the library made stronger."""
        with house().db.write() as session:
            session.execute(update(User).where(User.id == model.id).values(password=model.password))
        return model


def somebody() -> Colleague:
    """Who is signed in. Only behind the guard, which lets nobody else pass."""
    colleague: Colleague = current_user._get_current_object()  # noqa: SLF001 - documented way to the object behind the proxy
    return colleague


def _is_here(session: Session, user: User) -> bool:
    return is_signed_in(session, user.id, cookie.get(SIGN_IN, ""), house().clock())
