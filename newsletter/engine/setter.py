"""Setting a text in another process: the tools take 8 MB for good, and are wanted once a run and language."""

import logging
import pickle
import subprocess
import sys

from newsletter.bulletin.compose import set_here
from newsletter.bulletin.source import Section
from newsletter.errors import NewsletterError
from newsletter.message.prepared import Prepared

log = logging.getLogger(__name__)

_PATIENCE = 60.0  # seconds


def set_elsewhere(section: Section, vendor: str, topic: str, postal_address: str) -> Prepared:
    """A section in its frame. Raises BadBulletin, with line and column."""
    asked = pickle.dumps((section, vendor, topic, postal_address))
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "newsletter.engine.typesetter"],
            input=asked,
            stdout=subprocess.PIPE,
            check=True,
            timeout=_PATIENCE,
        )
        answer = pickle.loads(done.stdout)  # noqa: S301 - a process of our own wrote it
    except (OSError, subprocess.SubprocessError, EOFError, pickle.UnpicklingError) as error:
        log.warning("no process to set a text in, so it is set here: %s", error)
        return set_here(section, vendor, topic, postal_address)
    if isinstance(answer, NewsletterError):
        raise answer
    assert isinstance(answer, Prepared)  # noqa: S101 - for mypy
    return answer
