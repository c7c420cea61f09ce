"""The demo: a small installed base and one bulletin, for an empty database that mails the built-in mailbox."""

from pathlib import Path

from sqlalchemy import select

from newsletter.account.account import Account
from newsletter.bulletin.when import When
from newsletter.cli.shop import Shop
from newsletter.clock import utc_now
from newsletter.importing.apply import import_file

_DEMO = Path(__file__).parents[2] / "demo"


def load_demo(shop: Shop) -> bool:
    """Load the demo where there is nothing yet and mail stays on this machine; whether it was loaded."""
    if not (shop.config.demo and shop.config.has_mailbox and _is_empty(shop)):
        return False
    now = utc_now()
    import_file(shop.db, _DEMO / "installed_base.csv", now=now)
    text = (_DEMO / "bulletin.md").read_text(encoding="utf-8")
    shop.desk.order(text, topic="", when=When(now), author="demo", now=now)
    return True


def _is_empty(shop: Shop) -> bool:
    with shop.db.read() as session:
        return session.scalar(select(Account.id).limit(1)) is None
