"""Setting and checking a text in another process: the tools take 8 MB for good, and are wanted once a run."""

import logging
import pickle
import subprocess
import sys

from newsletter.bulletin.compose import Press, set_here
from newsletter.bulletin.source import Section
from newsletter.errors import NewsletterError
from newsletter.ledger.gate import refuse_here
from newsletter.message.look import HOUSE_LOOK, Look
from newsletter.message.prepared import Prepared

log = logging.getLogger(__name__)

_PATIENCE = 60.0  # seconds
_LOST = (OSError, subprocess.SubprocessError, EOFError, pickle.UnpicklingError)


def set_elsewhere(section: Section, vendor: str, topic: str, postal_address: str, look: Look = HOUSE_LOOK) -> Prepared:
    """A section in its frame. Raises BadBulletin, with line and column."""
    try:
        answer = _elsewhere("set", section, vendor, topic, postal_address, look)
    except _LOST as error:
        log.warning("no process to set a text in, so it is set here: %s", error)
        return set_here(section, vendor, topic, postal_address, look)
    assert isinstance(answer, Prepared)  # noqa: S101 - for mypy
    return answer


def refuse_elsewhere(press: Press) -> None:
    """Raises BadBulletin for a text that may not be sent."""
    try:
        _elsewhere("refuse", press)
    except _LOST as error:
        log.warning("no process to check a text in, so it is checked here: %s", error)
        refuse_here(press)


def _elsewhere(what: str, *about: object) -> object:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "newsletter.engine.typesetter"],
        input=pickle.dumps((what, about)),
        stdout=subprocess.PIPE,
        check=True,
        timeout=_PATIENCE,
    )
    answer: object = pickle.loads(done.stdout)  # noqa: S301 - a process of our own wrote it
    if isinstance(answer, NewsletterError):
        raise answer
    return answer
