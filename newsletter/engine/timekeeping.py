"""What the process beside an engine does, that is, what the rooms do by themselves: the engine had better stay small.

Its outfit comes on standard input, whose end is the end of the engine.
"""

import os
import pickle
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.begin import begin
from newsletter.engine.bells import Bells
from newsletter.engine.outfit import Outfit
from newsletter.engine.stopping import stop_with_parent
from newsletter.engine.timed import Means, bells

_NICE: Final = 10
_GROUP: Final = Path("/proc/self/autogroup")


def main() -> None:
    """Ring until told to stop."""
    stop = begin()
    _let_others_first()
    outfit = pickle.load(sys.stdin.buffer)  # noqa: S301 - the engine wrote it
    assert isinstance(outfit, Outfit)  # noqa: S101 - for mypy
    stop_with_parent(stop)
    db = Database(outfit.database_url)
    ringing = Bells()
    ringing.start(bells(Means(db, outfit.sender, outfit.links, outfit.zone), utc_now))
    stop.wait()
    ringing.stop()
    db.close()


def _let_others_first() -> None:
    """A million verdicts take minutes once a day, and the letters of a run would take a third longer meanwhile."""
    os.nice(_NICE)
    with suppress(OSError):  # Linux may weigh sessions against each other, and this process has one of its own
        _GROUP.write_text(str(_NICE))
