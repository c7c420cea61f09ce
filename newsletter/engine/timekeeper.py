"""The process beside an engine for the timed work of the rooms."""

from newsletter.engine.later import put_off

put_off()

from newsletter.engine.timekeeping import main  # noqa: E402 - it imports what is to be put off

main()
