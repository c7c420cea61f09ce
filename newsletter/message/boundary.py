"""What parts the parts of a letter, and the heads of its parts (RFC 2046 section 5.1)."""

from hashlib import blake2b

Fields = tuple[tuple[str, str], ...]


def boundary_of(seed: str) -> str:
    """What parts the parts; the same for the same seed.

    "=_" cannot occur in quoted-printable (RFC 2045 section 6.7), whatever the parts say.
    """
    return "=_" + blake2b(seed.encode(errors="replace"), digest_size=16).hexdigest()


def mime_fields(boundary: str, coding: str) -> Fields:
    """The fields that say of what a letter is made."""
    content = f'multipart/alternative; boundary="{boundary}"'
    return (("Content-Type", content), ("Content-Transfer-Encoding", coding))


def delimiters(boundary: str) -> tuple[bytes, bytes]:
    """What stands before each part and after the last, from the end of the line before."""
    line = f"\r\n--{boundary}"
    return f"{line}\r\n".encode(), f"{line}--\r\n".encode()


def part_head(subtype: str, coding: str = "quoted-printable") -> bytes:
    """The head of a part and the empty line after it."""
    return f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {coding}\r\n\r\n".encode()
