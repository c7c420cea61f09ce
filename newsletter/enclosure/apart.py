"""Drawing a picture anew in a process of its own: with little memory and time, and nothing of it in this one."""

import json
import logging
import subprocess
import sys
from pathlib import Path
from threading import BoundedSemaphore

from newsletter.enclosure.drawn import Drawn
from newsletter.errors import BadFile, Unavailable

_HOUSE = Path(__file__).parents[2]
_PATIENCE = 25.0  # seconds, with those who wait in line for the processor
_TOO_HARD = "The picture takes more memory or time than we give it."
_HINT = "Save it as JPEG with fewer pixels, then upload it."

log = logging.getLogger(__name__)
_at_once = BoundedSemaphore(2)


def redraw_apart(octets: bytes) -> Drawn:
    """The picture as readers get it. Raises BadFile, in words, for what is none or too much."""
    with _at_once:
        try:
            done = subprocess.run(
                [sys.executable, "-m", "newsletter.enclosure.redrawer"],
                cwd=_HOUSE,
                env={},  # our settings, and with them our secrets, are none of its business
                input=octets,
                capture_output=True,
                check=False,
                timeout=_PATIENCE,
            )
        except subprocess.TimeoutExpired as error:
            raise BadFile(_TOO_HARD, hint=_HINT) from error
        except OSError as error:
            raise Unavailable("There is no process to draw the picture in.", hint="Try again in a minute.") from error
    if done.returncode:
        log.warning("a picture was not drawn: exit code %d, %r", done.returncode, done.stderr[-300:])
        raise BadFile(_TOO_HARD, hint=_HINT)
    head, _, drawn = done.stdout.partition(b"\n")
    said = json.loads(head)
    if "refused" in said:
        raise BadFile(said["refused"], hint=said["hint"])
    return Drawn(drawn, said["kind"], said["width"], said["height"])
