"""What the process beside an engine does, that is, what the rooms do by themselves: the engine had better stay small.

Its outfit comes on standard input, whose end is the end of the engine.
"""

import pickle
import sys

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.begin import begin
from newsletter.engine.bells import Bells
from newsletter.engine.outfit import Outfit
from newsletter.engine.stopping import stop_with_parent
from newsletter.engine.timed import Means, bells


def main() -> None:
    """Ring until told to stop."""
    stop = begin()
    outfit = pickle.load(sys.stdin.buffer)  # noqa: S301 - the engine wrote it
    assert isinstance(outfit, Outfit)  # noqa: S101 - for mypy
    stop_with_parent(stop)
    db = Database(outfit.database_url)
    ringing = Bells()
    ringing.start(bells(Means(db, outfit.sender, outfit.links, outfit.zone), utc_now))
    stop.wait()
    ringing.stop()
    db.close()
