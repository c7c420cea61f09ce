"""`newsletter user …`, `newsletter token …`, `newsletter topic …`."""

import re
from enum import StrEnum

import click

from newsletter.archive.opening import close_archive, open_archive
from newsletter.audience.topic import Topic
from newsletter.cli.shop import opened
from newsletter.clock import utc_now
from newsletter.errors import Refused
from newsletter.staff.invite import invite
from newsletter.staff.keys import add_token, revoke
from newsletter.staff.token import Scope
from newsletter.staff.user import Duty


def _one_of(words: type[StrEnum]) -> click.Choice[str]:
    """A choice of the words themselves; given an enum, click would ask for the names its members have in the code."""
    return click.Choice([word.value for word in words])


@click.group()
def user() -> None:
    """Colleagues who sign in."""


@user.command("add")
@click.argument("email")
@click.option("--role", "duties", multiple=True, type=_one_of(Duty), help="Again for each further role.")
def add_user(email: str, duties: tuple[str, ...]) -> None:
    """Let EMAIL sign in, and print the one-time link with which they set their password."""
    with opened() as shop:
        token = invite(shop.db, email, [Duty(duty) for duty in duties] or [*Duty], utc_now())
        click.echo(f"{shop.config.public_url}/staff/welcome/{token}")


@click.group()
def token() -> None:
    """Keys of other systems."""


@token.command("add")
@click.option("--scope", type=_one_of(Scope), required=True, help="What the holder may do.")
@click.option("--name", default="command line", help="Whose key it is.")
def add_key(scope: str, name: str) -> None:
    """Print a new key. It is shown this once; we keep only its hash."""
    with opened() as shop:
        click.echo(add_token(shop.db, name, Scope(scope), utc_now()))


@token.command("revoke")
@click.argument("name")
def revoke_keys(name: str) -> None:
    """Take back every key of NAME."""
    with opened() as shop:
        click.echo(f"{revoke(shop.db, name, utc_now())} keys taken back.")


@click.group()
def topic() -> None:
    """What people subscribe to."""


@topic.command("add")
@click.argument("key")
@click.argument("name")
def add_topic(key: str, name: str) -> None:
    """Add the topic NAME, known as KEY (lower-case letters, digits, dashes) for ever."""
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key):
        raise Refused(f"{key!r} is no key for a topic.", hint="Use lower-case letters, digits and dashes.")
    with opened() as shop, shop.db.write() as session:
        if session.query(Topic).filter_by(key=key).first():
            raise Refused(f"There is a topic {key!r} already.")
        session.add(Topic(key=key, name=name, created_at=utc_now()))


@topic.command("archive")
@click.argument("key")
@click.argument("state", type=click.Choice(["on", "off"]))
def switch_archive(key: str, state: str) -> None:
    """Let everybody read the bulletins of the topic KEY on the web, or keep them private (as they are by default)."""
    with opened() as shop:
        if state == "off":
            close_archive(shop.db, key, "command line", utc_now())
            click.echo(f"{key} is private, but for bulletins that say `archive: true`.")
            return
        titles = open_archive(shop.db, key, "command line", utc_now())
        click.echo(f"{key} is public at {shop.config.links().archive(key)}")
        for title in titles:
            click.echo(f"  now public: {title}")
