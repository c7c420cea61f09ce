"""The first way in: nobody has a password yet, so a one-time link is printed where only the operator sees it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from newsletter.cli.shop import Shop
from newsletter.clock import utc_now
from newsletter.staff.invite import invite
from newsletter.staff.user import Duty, User


@dataclass(frozen=True, slots=True)
class Welcome:
    """A one-time link, and whose it is."""

    url: str
    email: str


def welcome_link(shop: Shop) -> Welcome | None:
    """A new link for the first colleague, as long as nobody has set a password."""
    with shop.db.read() as session:
        if session.scalar(select(func.count()).where(User.password.is_not(None))):
            return None
    email = f"admin@{shop.config.sender_address.rpartition('@')[2]}"
    token = invite(shop.db, email, [*Duty], utc_now())
    return Welcome(f"{shop.config.public_url}/staff/welcome/{token}", email)
