"""The version of a package by the name of its folder: its metadata are a mail, and what reads mails takes 0.9 MB."""

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_FOLDER = re.compile(r"(?P<package>.+)-(?P<version>[^-]+)\.dist-info")


def version_of(package: str) -> str | None:
    """The version of an installed package; None where no folder tells it, or several do."""
    versions = set(_versions(_plain(package)))
    return versions.pop() if len(versions) == 1 else None


def _versions(package: str) -> Iterator[str]:
    for place in sys.path:
        with suppress(OSError):
            for folder in (_FOLDER.fullmatch(path.name) for path in Path(place).iterdir()):
                if folder and _plain(folder["package"]) == package:
                    yield folder["version"]


def _plain(package: str) -> str:
    return re.sub(r"[-_.]+", "_", package).lower()
