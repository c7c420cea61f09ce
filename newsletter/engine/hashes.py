"""Whose hashes a process computes with: OpenSSL's, which is 3.5 MB, or those that Python has of its own."""

import sys
from importlib.util import find_spec
from typing import Final

OWN_HASHES: Final = "own-hashes"
"""What is said to an engine that is to compute with Python's own."""

_NEEDED = (("_md5",), ("_sha1",), ("_blake2",), ("_sha3",), ("_sha2", "_sha256"), ("_sha2", "_sha512"))
"""What `hashlib` must find in place of OpenSSL; of several names each Python has one."""


def use_own_hashes() -> None:
    """Keep OpenSSL out of `hashlib`, if this Python has all hashes itself. To be called before that is imported."""
    if all(any(find_spec(name) for name in names) for names in _NEEDED):
        sys.modules["_hashlib"] = None  # type: ignore[assignment] # how to tell the import system that there is none
