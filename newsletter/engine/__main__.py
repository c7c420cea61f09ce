"""The process that `newsletter engine` becomes."""

from newsletter.engine.later import put_off

put_off()

from newsletter.engine.running import main  # noqa: E402 - it imports what is to be put off

main()
