"""The process beside an engine for the timed work of the rooms."""

from newsletter.engine.hashes import use_own_hashes
from newsletter.engine.later import put_off

put_off()
use_own_hashes()

from newsletter.engine.timekeeping import main  # noqa: E402 - it imports what is to be put off

main()
