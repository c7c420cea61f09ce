"""A letter to change and send, and what every letter's bytes must keep."""

import email
import re
from datetime import UTC, datetime
from email import policy
from email.header import decode_header, make_header
from email.message import EmailMessage

from newsletter.message.headers import ListIdentity, list_headers
from newsletter.message.letter import Letter, Mailbox

IDENTITY = ListIdentity(
    list_id="lubrication.news.example.com",
    name="Schmierung & Öl",
    help_uri="https://news.example.com/help",
    owner_uri="mailto:owner@news.example.com",
)
BULLETIN = list_headers(
    IDENTITY,
    unsubscribe="https://news.example.com/o/" + "t" * 200,
    mailto="mailto:out+abc@news.example.com",
    feedback=("tb-14", "technical", "7", "vexler"),
)
LETTER = Letter(
    sender=Mailbox("Vexler Maschinenbau GmbH", "news@news.example.com"),
    to=Mailbox("Jürgen Müller", "j.mueller@works.example"),
    reply_to=Mailbox("Service, Vexler", "service@example.com"),
    subject="Spindle bearing lubrication",
    text="Hello Jürgen,\n\ngrease it.\n",
    html="<p>Hello Jürgen,</p>\n<p>grease it.</p>\n",
    language="en",
    message_id="<d17.abc@news.example.com>",
    date=datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
    headers=BULLETIN,
)
OURS = [
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Language",
]
EXPECTED = OURS + [name for name, _ in BULLETIN]


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    for name, value in message.items():
        assert not value.defects, name
    return message


def assert_lawful(raw: bytes) -> None:
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\0" not in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    head = raw.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        if b"=?" in line:
            assert len(line) <= 76
        assert line.strip()
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ ]+\?=", head))


def name_read(raw: bytes, field: str) -> str:
    """The display name as a reader that follows RFC 2047 section 6.2 sees it."""
    address = parsed(raw)[field].addresses[0]
    words = re.search(rf"^{field}: ([^\r]*(?:\r\n [^\r]*)*)", raw.decode("ascii"), re.MULTILINE)
    assert words is not None
    if words[1].count("=?utf-8?") < 2:
        return str(address.display_name)
    # Python's own parser reads a space between two encoded words of a name (CPython issue 128110).
    return str(make_header(decode_header(words[1].rpartition("<")[0].replace("\r\n", "").strip())))
