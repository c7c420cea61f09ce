"""What makes a password good enough, and whether the one given is right."""

import re

from flask import current_app
from flask_security import PasswordUtil, hash_password
from flask_security.utils import password_complexity_validator, password_length_validator

from newsletter.errors import BadAddress
from newsletter.staff.user import read_email
from newsletter.web.house import house
from newsletter.web.staff.colleague import Colleague

SHORTEST = 12
_LOOKED_AT = 72  # zxcvbn refuses to look at more, and what is that long is not common


class Passwords(PasswordUtil):
    """Long enough, and none that is guessed first: common ones, keyboard rows, our name, the colleague's own."""

    def validate(self, password: str, is_register: bool, **known: str) -> tuple[list[str] | None, str]:  # noqa: FBT001 - the signature is the library's
        """What is wrong with a password, if anything, and the form in which it is hashed."""
        normal = self.normalize(password)
        wrong = password_length_validator(normal) or password_complexity_validator(
            normal[:_LOOKED_AT], is_register, **known
        )
        return wrong, normal


def good_hash(password: str, email: str) -> tuple[str, str]:
    """(hash, "") of a password that is good enough, else ("", what is wrong with it)."""
    vendor = house().config.vendor_name
    known = (email, re.sub(r"\W", "", vendor), *re.findall(r"\w+", f"{email} {vendor}"))
    own_words = {word: word for word in known}
    wrong, normal = current_app.extensions["security"].password_util.validate(password, True, **own_words)  # noqa: FBT003 - the signature is the library's
    return ("", wrong[0].rstrip(".") + ".") if wrong else (hash_password(normal), "")


def admitted(email: str, password: str) -> Colleague | None:
    """The colleague whose password this is.

    Takes the same time whether nobody has the address, the password is wrong or was never set: one argon2 each.
    """
    security = current_app.extensions["security"]
    colleague = _by_email(email)
    normal = security.password_util.normalize(password)
    if colleague is None or not colleague.password:
        hash_password(normal)
        return None
    is_right = colleague.verify_and_update_password(normal)
    return colleague if is_right and colleague.active else None


def _by_email(email: str) -> Colleague | None:
    try:
        spelled = read_email(email)
    except BadAddress:
        return None
    found: Colleague | None = current_app.extensions["security"].datastore.find_user(email=spelled)
    return found
