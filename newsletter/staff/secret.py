"""Secrets we hand out once and keep only as a hash: one-time links, sign-ins, keys of other systems."""

import secrets
from hashlib import sha256


def new_secret() -> str:
    """256 random bits as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def fingerprint(secret: str) -> str:
    """What we keep of a secret, in hexadecimal.

    256 random bits cannot be guessed from it, so a slow hash adds nothing; and looking it up in an index tells a timer
    about the hash, never about the secret.
    """
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
