"""What counts as an e-mail address, and when two spellings are one mailbox."""

from dataclasses import dataclass

from newsletter.errors import BadAddress

_LONGEST_LOCAL_PART = 64  # octets, RFC 5321 section 4.5.3.1.1; the validator counts characters


@dataclass(frozen=True, slots=True)
class Address:
    """`spelled` is what we write to, `key` tells mailboxes apart.

    The key folds the case of the whole address and writes the domain as A-label. RFC 5321 lets a server tell `Pia@`
    from `pia@`, but no CRM does and nobody must get two copies for it; dots and +tags are left alone.
    """

    spelled: str
    key: str


def read_address(text: str) -> Address:
    """The address in a field, trimmed. Raises BadAddress with a sentence. Never asks the DNS."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - an engine reads none

    try:
        valid = validate_email(text.strip(), check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        raise BadAddress(f"{text.strip()[:100]!r} is no e-mail address.", hint=str(error)) from error
    if len(valid.local_part.encode()) > _LONGEST_LOCAL_PART:
        raise BadAddress(f"{text.strip()[:100]!r} is no e-mail address.", hint="It is too long before the @-sign.")
    return Address(valid.normalized, f"{valid.local_part.casefold()}@{valid.ascii_domain.lower()}")


def masked(address: str) -> str:
    """An address its owner recognises and nobody else learns: `n•••@firm.example`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"
