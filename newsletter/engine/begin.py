"""What every process of an engine does before anything else."""

import logging
import sys
import threading

from newsletter.engine.memory import share_one_heap
from newsletter.engine.stopping import stop_on_signals


def begin() -> threading.Event:
    """Log to standard error and stay small; what comes back is set when this process is asked to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    # What it says of a lost database, we say in a sentence.
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)
    share_one_heap()
    return stop_on_signals()
