"""A letter is plain data that becomes bytes."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from newsletter.message.attachment import NOTHING_ATTACHED, Attached

Fields = tuple[tuple[str, str], ...]
"""Header fields, name and value, in wire form: ASCII on one line each, as `newsletter.message.headers` builds them."""


class Mailbox(NamedTuple):
    """A display name, which may be empty, and an address (`local@domain`, the domain in any script)."""

    name: str
    address: str

    @property
    def needs_smtputf8(self) -> bool:
        """Whether only a server that offers SMTPUTF8 can take this address (RFC 6531 section 3.2)."""
        return not self.address.rpartition("@")[0].isascii()


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person.

    `message_id` is in wire form, `<token@domain>`; `date` is aware; `language` is a BCP 47 tag.
    """

    sender: Mailbox
    to: Mailbox
    reply_to: Mailbox | None
    subject: str
    text: str
    html: str
    language: str
    message_id: str
    date: datetime
    headers: Fields = ()
    files: Attached = NOTHING_ATTACHED
