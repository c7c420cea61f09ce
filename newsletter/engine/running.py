"""What the process does that `newsletter engine` becomes. It knows neither settings nor command line, to be small."""

import gc
import pickle
import sys
import time
from collections.abc import Callable

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.begin import begin
from newsletter.engine.companion import Companion
from newsletter.engine.engine import Engine
from newsletter.engine.outfit import FLAGS, Outfit, handed_over
from newsletter.engine.setter import refuse_elsewhere, set_elsewhere
from newsletter.engine.stopping import stop_with_parent
from newsletter.errors import Unavailable
from newsletter.message.dkim import DkimSigner

_ALONE = 3.0  # seconds: what is due to be sent goes first, and an engine that ends at once needs no timekeeper


def main() -> None:
    """Send what is due, until told to stop."""
    stop = begin()
    outfit = handed_over(int(sys.argv[1]))
    if outfit.ends_with_stdin:
        stop_with_parent(stop)
    engine = _engine(outfit)
    # What is loaded by now stays; walking it again and again is most of what the collector would do.
    gc.freeze()
    try:
        engine.start()
    except Unavailable as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(75)
    timekeeper = Companion("the timekeeper", (*FLAGS, "-m", "newsletter.engine.timekeeper"), pickle.dumps(outfit))
    began = time.monotonic()
    while not stop.wait(0.2) and not engine.has_failed.is_set():
        if time.monotonic() - began > _ALONE:
            timekeeper.restart_if_dead()
    engine.stop()
    timekeeper.stop()
    engine.db.close()
    if engine.has_failed.is_set():
        sys.exit(70)


def _engine(outfit: Outfit) -> Engine:
    return Engine(
        db=Database(outfit.database_url, prepares=True),
        relays=outfit.relays,
        sender=outfit.sender,
        links=outfit.links,
        folder=outfit.folder,
        clock=utc_now,
        connections=outfit.connections,
        timeouts=outfit.timeouts,
        zone=outfit.zone,
        signer=_signer(outfit),
        setter=set_elsewhere,
        approval=outfit.approval,
        refuse=refuse_elsewhere,
    )


def _signer(outfit: Outfit) -> Callable[[], DkimSigner | None]:
    if outfit.dkim_keys is None:
        return lambda: None
    from newsletter.message.dkim_keys import DkimKeys  # noqa: PLC0415 - an engine that signs nothing is smaller

    # Threads that compose would keep those that sign from the interpreter for five milliseconds a letter.
    sys.setswitchinterval(0.0005)
    keys, domain = DkimKeys(outfit.dkim_keys), outfit.sender.address.rpartition("@")[2]
    return lambda: keys.for_sender(domain)
