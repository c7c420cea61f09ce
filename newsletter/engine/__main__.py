"""The process that `newsletter engine` becomes. It knows neither settings nor command line, to be small."""

import gc
import logging
import sys
from collections.abc import Callable

from newsletter.clock import utc_now
from newsletter.db import Database
from newsletter.engine.engine import Engine
from newsletter.engine.memory import share_one_heap
from newsletter.engine.outfit import Outfit, handed_over
from newsletter.engine.setter import set_elsewhere
from newsletter.engine.stopping import stop_on_signals, stop_with_parent
from newsletter.errors import Unavailable
from newsletter.message.dkim import DkimSigner


def main() -> None:
    """Send what is due, until told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    for chatty in ("apscheduler", "procrastinate", "psycopg.pool"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)  # what they say of a lost database, we say in a sentence
    share_one_heap()
    stop = stop_on_signals()
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
    while not stop.wait(0.2) and not engine.has_failed.is_set():
        pass
    engine.stop()
    engine.db.close()
    if engine.has_failed.is_set():
        sys.exit(70)


def _engine(outfit: Outfit) -> Engine:
    return Engine(
        db=Database(outfit.database_url),
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
    )


def _signer(outfit: Outfit) -> Callable[[], DkimSigner | None]:
    if outfit.dkim_keys is None:
        return lambda: None
    from newsletter.message.dkim_keys import DkimKeys  # noqa: PLC0415 - an engine that signs nothing is smaller

    # Threads that compose would keep those that sign from the interpreter for five milliseconds a letter.
    sys.setswitchinterval(0.0005)
    keys, domain = DkimKeys(outfit.dkim_keys), outfit.sender.address.rpartition("@")[2]
    return lambda: keys.for_sender(domain)


main()
