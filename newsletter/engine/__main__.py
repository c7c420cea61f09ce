"""The process that `newsletter engine` becomes."""

import sys

from newsletter.engine.hashes import OWN_HASHES, use_own_hashes
from newsletter.engine.later import put_off

put_off()
if OWN_HASHES in sys.argv[2:]:
    use_own_hashes()

from newsletter.engine.running import main  # noqa: E402 - it imports what is to be put off

main()
