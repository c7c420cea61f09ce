"""How often strangers may make us write: counted in the database, so that it holds over all web processes.

Against list bombing: thousands of forms, from many machines, filled in with one victim's address.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.domain import domain_of
from newsletter.staff.attempts import Attempts
from newsletter.staff.secret import fingerprint


@dataclass(frozen=True, slots=True)
class Ration:
    """At most so many for one key in one window."""

    key: str
    most: int
    window: timedelta


def rations(errand: str, address: str, network: str) -> tuple[Ration, ...]:
    """What one letter that a stranger asks for is counted under, the narrowest first.

    An errand has its own count for each mailbox, so that who asked to subscribe may still ask for the way out.
    """
    hour, day = timedelta(hours=1), timedelta(days=1)
    mailbox = f"letter:{errand}:{mailbox_of(address)}"
    return (
        Ration(f"{mailbox}:day", 1, day),
        Ration(f"{mailbox}:month", 4, timedelta(days=30)),
        Ration(f"letter:network:{network_of(network)}", 20, hour),
        Ration(f"letter:domain:{domain_of(address)}", 50, hour),
        Ration("letter:all", 1000, hour),
    )


def draw(session: Session, wanted: Sequence[Ration], now: datetime) -> bool:
    """Whether all of these rations still hold one, which is then taken. Does not commit.

    A wider ration is not used up by what a narrower one refuses; its row is written all the same, so that a refusal
    takes no less work.
    """
    is_left = True
    for ration in wanted:
        taken = count(session, ration, int(is_left), now)
        is_left = is_left and taken <= ration.most
    return is_left


def mailbox_of(address: str) -> str:
    """The mailbox behind an address, as a bomber would multiply it: without +tag and dots.

    For counting only: at most providers a dot makes another mailbox.
    """
    local, _, _ = address.casefold().rpartition("@")
    domain = domain_of(address)
    return f"{local.partition('+')[0].replace('.', '')}@{'gmail.com' if domain == 'googlemail.com' else domain}"


def network_of(caller: str) -> str:
    """The network a machine is in: /24, or /64 where one customer has that many addresses. Empty for nonsense."""
    try:
        address = ip_address(caller.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


def spent(session: Session, ration: Ration, now: datetime) -> tuple[int, datetime]:
    """How many were taken in the window that is open now, and when it ends."""
    is_open = (Attempts.key == fingerprint(ration.key)) & (Attempts.until > now)
    row = session.scalars(select(Attempts).where(is_open)).one_or_none()
    return (row.count, row.until) if row else (0, now)


def count(session: Session, ration: Ration, amount: int, now: datetime) -> int:
    """How many were taken in the window, after taking `amount` more. Does not commit."""
    is_open, until = Attempts.until > now, now + ration.window
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(Attempts).values(key=fingerprint(ration.key), count=amount, until=until)
    counted = row.on_conflict_do_update(
        index_elements=[Attempts.key],
        set_={
            "count": case((is_open, Attempts.count + amount), else_=amount),
            "until": case((is_open, Attempts.until), else_=until),
        },
    )
    return session.scalars(counted.returning(Attempts.count)).one()
