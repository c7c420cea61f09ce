"""The secret key where it is kept in a file, or made and kept at the first start."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from newsletter.errors import Misconfigured


def stored_key(file: Path | None, var: Path) -> bytes:
    """The key in a file, or the one this house made for itself in its folder. Raises Misconfigured."""
    return _kept_key(file, "NEWSLETTER_SECRET_KEY_FILE") if file else _own_key(var / "secret_key")


def _kept_key(file: Path, variable: str) -> bytes:
    try:
        key = file.read_bytes().strip()
    except OSError as error:
        raise Misconfigured(f"{variable}: the secret key cannot be read: {error}.") from error
    if len(key) < 32:
        raise Misconfigured(f"{variable}: the secret key in {file} is shorter than 32 characters.")
    return key


def _own_key(file: Path) -> bytes:
    if not file.exists():
        try:
            _make_key(file)
        except OSError as error:
            raise Misconfigured(f"NEWSLETTER_VAR: the secret key cannot be kept there: {error}.") from error
    return _kept_key(file, "NEWSLETTER_VAR")


def _make_key(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # The file has mode 0600 and gets its name when it is whole, so nobody reads half a key.
    with NamedTemporaryFile("w", dir=file.parent) as new:
        new.write(secrets.token_urlsafe(48))
        new.flush()
        with suppress(FileExistsError):
            os.link(new.name, file)
