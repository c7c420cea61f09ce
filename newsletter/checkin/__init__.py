"""Hearing of machines without an opt-out: the heartbeat line, check-in letters, "done for this serial", reminders."""
