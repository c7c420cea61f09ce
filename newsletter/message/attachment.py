"""A file that goes with a letter, as octets that are the same in every letter of a press."""

import re
from base64 import encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from newsletter.message.boundary import Fields, boundary_of

_ASCII = re.compile(r"[A-Za-z0-9 !#$&()+.=@\[\]^_{}~-]{1,55}")
_CODED = re.compile(r"(?:%[0-9A-F]{2}|[^%]){1,15}")  # no code is cut in two


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; `kind` is a media type such as `application/pdf`. Its name was judged before (`enclosure.file_name`)."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """Files ready for the wire: `octets` are what follows the text of a letter, up to its end.

    `boundary` parts them, empty where there are none.
    """

    boundary: str
    octets: bytes

    def fields(self, coding: str) -> Fields:
        """The fields that say of what such a letter is made."""
        content = f'multipart/mixed; boundary="{self.boundary}"'
        return (("Content-Type", content), ("Content-Transfer-Encoding", coding))

    def before(self, alternative: Fields) -> bytes:
        """What stands between the head of a letter and its text; `alternative` are the fields of the text alone."""
        if not self.boundary:
            return b""
        fields = "".join(f"{name}: {value}\r\n" for name, value in alternative)
        return f"\r\n--{self.boundary}\r\n{fields}".encode()


NOTHING_ATTACHED = Attached("", b"")


def attach(attachments: Sequence[Attachment]) -> Attached:
    """The files of a letter, the first one first."""
    if not attachments:
        return NOTHING_ATTACHED
    # "=_" is in no base64, nor does a file's head begin a line with two dashes.
    boundary = boundary_of(" ".join(one.name for one in attachments))
    parts = [part for one in attachments for part in (f"--{boundary}\r\n".encode(), as_part(one), b"\r\n")]
    return Attached(boundary, b"".join((*parts, f"--{boundary}--\r\n".encode())))


def as_part(attachment: Attachment) -> bytes:
    """Head and body of one file: base64 in lines of 76 (RFC 2045 section 6.8), without the break after the last."""
    head = (
        f"Content-Type: {attachment.kind}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment;{_file_name(attachment.name)}\r\n\r\n"
    )
    return head.encode() + encodebytes(attachment.content).replace(b"\n", b"\r\n").removesuffix(b"\r\n")


def coded_size(octets: int) -> int:
    """How many octets a file of so many has on its way."""
    lines = -(-octets // 57)
    return -(-octets // 3) * 4 + 2 * lines


def _file_name(name: str) -> str:
    """The parameter: quoted where it is plain, else coded and cut into lines (RFC 2231 sections 3 and 4)."""
    if _ASCII.fullmatch(name):
        return f'\r\n filename="{name}"'
    pieces = _CODED.findall(quote(name, safe=""))
    coded = [f"filename*{number}*={piece}" for number, piece in enumerate([f"utf-8''{pieces[0]}", *pieces[1:]])]
    return "\r\n " + ";\r\n ".join(coded)
