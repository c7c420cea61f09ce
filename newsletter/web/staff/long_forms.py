"""Forms that hold whole texts: what is too long is refused in words, with the text kept, and not by its octets."""

from flask import request

LARGEST = 24 * 1024 * 1024
"""Octets: 5 MB of text may be three times as much on its way."""


def take_long_forms() -> None:
    """Runs before the guard, which is the first to read the form; strangers' forms are never read."""
    request.max_content_length = LARGEST
    request.max_form_memory_size = LARGEST
